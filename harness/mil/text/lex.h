/* SPDX-License-Identifier: MIT
 *
 * The lexer: reads MIL text token by token and keeps the place.
 */
#ifndef ANEPROBE_MIL_TEXT_LEX_H
#define ANEPROBE_MIL_TEXT_LEX_H

#include "mil/build/draft.h"
#include "mil/text/number.h"

struct mil_lex {
    const char *at, *end;
    const char *line_start;
    uint32_t line;
    struct mil_error *error;
};

/* Past white space and comments. */
void mil_lex_skip_space(struct mil_lex *lex);

/* The same; most pieces have none before them. */
static inline void mil_lex_to_piece(struct mil_lex *lex) {
    if (lex->at == lex->end || (unsigned char)*lex->at <= ' ' || *lex->at == '/')
        mil_lex_skip_space(lex);
}

/* The place of the next token; skips white space first. */
static inline struct mil_place mil_lex_place(struct mil_lex *lex) {
    mil_lex_to_piece(lex);
    return (struct mil_place){lex->line, (uint32_t)(lex->at - lex->line_start) + 1};
}

/* Peeks at the next byte that is not white space; -1 at the end of the text. */
static inline int mil_lex_peek(struct mil_lex *lex) {
    mil_lex_to_piece(lex);
    return lex->at < lex->end ? (unsigned char)*lex->at : -1;
}

/* Consumes that byte if it comes next. */
static inline bool mil_lex_take(struct mil_lex *lex, char c) {
    if (mil_lex_peek(lex) != (unsigned char)c)
        return false;
    lex->at++;
    return true;
}

/* The rest return -1 and fill *error when they find something else. `where` completes the message
 * "expected X WHERE, found Y": "after the version". */
int mil_lex_expect_text(struct mil_lex *lex, const char *text, const char *where);

/* A byte alone is by far the most that is expected. */
static inline int mil_lex_expect(struct mil_lex *lex, const char *text, const char *where) {
    return text[1] == '\0' && mil_lex_take(lex, text[0]) ? 0
                                                         : mil_lex_expect_text(lex, text, where);
}

int mil_lex_word(struct mil_lex *lex, const char *what, struct mil_span *out);
int mil_lex_number(struct mil_lex *lex, struct mil_number *out);
/* A "string": *out is the text between the quotes, *escaped says whether it has backslashes. */
int mil_lex_string(struct mil_lex *lex, struct mil_span *out, bool *escaped);
/* Skips to the `close` that matches the brackets already opened, and past it. */
int mil_lex_raw(struct mil_lex *lex, char close, struct mil_span *out);
/* Whether these letters come next. */
bool mil_lex_comes(struct mil_lex *lex, const char *word);
/* Skips past the ';' that ends a statement; -1 when its block has none. */
int mil_lex_skip_statement(struct mil_lex *lex);
/* Fails at the next token and names it. */
int mil_lex_fail(struct mil_lex *lex, const char *expected, const char *where);

#endif
