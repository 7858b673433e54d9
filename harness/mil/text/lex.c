/* SPDX-License-Identifier: MIT */
#include "mil/text/lex.h"

#include <stdio.h>
#include <string.h>

enum { WORD_START = 1, WORD = 2, SPACE = 4 };

/* Own table: <ctype.h> depends on the locale. */
#define LETTER (WORD_START | WORD)
static const unsigned char char_classes[256] = {
    [' '] = SPACE,
    ['\t'] = SPACE,
    ['\n'] = SPACE,
    ['\r'] = SPACE,
    ['_'] = LETTER,
    ['0'] = WORD,
    WORD,
    WORD,
    WORD,
    WORD,
    WORD,
    WORD,
    WORD,
    WORD,
    WORD,
    ['A'] = LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    ['a'] = LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
    LETTER,
};

static unsigned char_class(unsigned char c) {
    return char_classes[c];
}

void mil_lex_skip_space(struct mil_lex *lex) {
    const char *p = lex->at;
    for (;;) {
        for (; p < lex->end && char_class((unsigned char)*p) == SPACE; p++)
            if (*p == '\n') {
                lex->line++;
                lex->line_start = p + 1;
            }
        if (p + 1 >= lex->end || p[0] != '/' || p[1] != '/')
            break;
        while (p < lex->end && *p != '\n') /* a comment */
            p++;
    }
    lex->at = p;
}

int mil_lex_fail(struct mil_lex *lex, const char *expected, const char *where) {
    struct mil_place place = mil_lex_place(lex);
    int bytes = 0;
    if (lex->at == lex->end)
        return mil_fail(
            lex->error, place, "expected %s %s, but the text ends here", expected, where);
    while (bytes < 32 && lex->at + bytes < lex->end &&
           (char_class((unsigned char)lex->at[bytes]) & WORD))
        bytes++;
    if (bytes == 0 && (*lex->at < ' ' || *lex->at > '~'))
        return mil_fail(lex->error, place, "expected %s %s, found byte 0x%02x", expected, where,
            (unsigned char)*lex->at);
    return mil_fail(lex->error, place, "expected %s %s, found '%.*s'", expected, where,
        bytes ? bytes : 1, lex->at);
}

int mil_lex_expect_text(struct mil_lex *lex, const char *text, const char *where) {
    const size_t bytes = strlen(text);
    char quoted[32];
    mil_lex_to_piece(lex);
    /* A word must end where `text` ends. */
    if ((size_t)(lex->end - lex->at) >= bytes && memcmp(lex->at, text, bytes) == 0 &&
        !((char_class((unsigned char)text[bytes - 1]) & WORD) && lex->at + bytes < lex->end &&
            (char_class((unsigned char)lex->at[bytes]) & WORD))) {
        lex->at += bytes;
        return 0;
    }
    snprintf(quoted, sizeof quoted, "'%s'", text);
    return mil_lex_fail(lex, quoted, where);
}

int mil_lex_word(struct mil_lex *lex, const char *what, struct mil_span *out) {
    const char *p;
    mil_lex_to_piece(lex);
    p = lex->at;
    if (p == lex->end || !(char_class((unsigned char)*p) & WORD_START))
        return mil_lex_fail(lex, what, "here");
    while (p < lex->end && (char_class((unsigned char)*p) & WORD))
        p++;
    *out = (struct mil_span){lex->at, (size_t)(p - lex->at)};
    lex->at = p;
    return 0;
}

int mil_lex_number(struct mil_lex *lex, struct mil_number *out) {
    struct mil_place place = mil_lex_place(lex);
    size_t bytes = mil_number_read(lex->at, (size_t)(lex->end - lex->at), out);
    const char *behind = lex->at + bytes;
    int c = mil_lex_peek(lex);
    if (bytes == 0 && !(c == '-' || c == '+' || c == '.' || (c >= '0' && c <= '9')))
        return mil_lex_fail(lex, "a number", "here");
    if (bytes == 0 ||
        (behind < lex->end && ((char_class((unsigned char)*behind) & WORD) || *behind == '.')))
        return mil_fail(lex->error, place,
            "not a number: write it as 12, -1.5e3 or 0x1.8p-3, below a million digits");
    lex->at = behind;
    return 0;
}

int mil_lex_string(struct mil_lex *lex, struct mil_span *out, bool *escaped) {
    struct mil_place place = mil_lex_place(lex);
    const char *p;
    if (!mil_lex_take(lex, '"'))
        return mil_lex_fail(lex, "a \"string\"", "here");
    *escaped = false;
    for (p = lex->at; p < lex->end && *p != '"'; p++) {
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            return mil_fail(lex->error, place,
                "the string that starts here holds control byte 0x%02x: is its closing quote "
                "missing?",
                (unsigned char)*p);
        if (*p == '\\') {
            *escaped = true;
            if (++p == lex->end || (*p != '"' && *p != '\\'))
                return mil_fail(lex->error, place,
                    "the string that starts here has a backslash before something other than \" "
                    "and \\");
        }
    }
    if (p == lex->end)
        return mil_fail(lex->error, place, "the string that starts here is not closed");
    *out = (struct mil_span){lex->at, (size_t)(p - lex->at)};
    lex->at = p + 1;
    return 0;
}

int mil_lex_raw(struct mil_lex *lex, char close, struct mil_span *out) {
    struct mil_place place = mil_lex_place(lex);
    const char *start = lex->at;
    struct mil_span string;
    int depth = 0;
    bool escaped;
    for (;;) {
        int c = mil_lex_peek(lex);
        if (c < 0)
            return mil_fail(lex->error, place, "what starts here has no '%c' to end it", close);
        if (depth == 0 && c == (unsigned char)close)
            break;
        if (c < ' ' || c == 0x7f)
            return mil_fail(
                lex->error, mil_lex_place(lex), "control byte 0x%02x here; delete it", (unsigned)c);
        if (c == '"') {
            if (mil_lex_string(lex, &string, &escaped) < 0)
                return -1;
            continue;
        }
        depth += c == '(' || c == '[' || c == '{' || c == '<';
        depth -= c == ')' || c == ']' || c == '}' || c == '>';
        if (depth < 0)
            return mil_lex_fail(lex, "matching brackets", "here");
        lex->at++;
    }
    *out = (struct mil_span){start, (size_t)(lex->at - start)};
    lex->at++;
    return 0;
}

bool mil_lex_comes(struct mil_lex *lex, const char *word) {
    size_t bytes = strlen(word);
    mil_lex_to_piece(lex);
    return (size_t)(lex->end - lex->at) >= bytes && memcmp(lex->at, word, bytes) == 0;
}

int mil_lex_skip_statement(struct mil_lex *lex) {
    struct mil_error ignored, *error = lex->error;
    struct mil_span string;
    int depth = 0, status = -1, c;
    bool escaped;
    lex->error = &ignored;
    while (status < 0 && (c = mil_lex_peek(lex)) >= 0) {
        if (c == '"') {
            (void)mil_lex_string(lex, &string, &escaped); /* past the quote, if no more */
            continue;
        }
        if (depth == 0 && c == '}')
            break;
        depth += c == '(' || c == '[' || c == '{';
        depth -= depth > 0 && (c == ')' || c == ']' || c == '}');
        lex->at++;
        status = depth == 0 && c == ';' ? 0 : -1;
    }
    lex->error = error;
    return status;
}
