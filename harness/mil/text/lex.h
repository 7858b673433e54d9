/* SPDX-License-Identifier: MIT
 *
 * Reading MIL text piece by piece, with the place of everything.
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

/* Where the next piece starts; skips white space first. */
static inline struct mil_place mil_lex_place(struct mil_lex *lex) {
    mil_lex_to_piece(lex);
    return (struct mil_place){lex->line, (uint32_t)(lex->at - lex->line_start) + 1};
}

/* The next byte that is not white space, -1 at the end of the text; does not take it. */
static inline int mil_lex_peek(struct mil_lex *lex) {
    mil_lex_to_piece(lex);
    return lex->at < lex->end ? (unsigned char)*lex->at : -1;
}

/* Takes that byte if it comes next. */
static inline bool mil_lex_take(struct mil_lex *lex, char c) {
    if (mil_lex_peek(lex) != (unsigned char)c)
        return false;
    lex->at++;
    return true;
}

/* The rest return -1 and fill *error when something else is there. `where` ends the sentence
 * "expected X WHERE, found Y": "after the version". */
int mil_lex_expect_text(struct mil_lex *lex, const char *text, const char *where);

/* A byte alone is by far the most that is expected. */
static inline int mil_lex_expect(struct mil_lex *lex, const char *text, const char *where) {
    return text[1] == '\0' && mil_lex_take(lex, text[0]) ? 0
                                                         : mil_lex_expect_text(lex, text, where);
}

int mil_lex_word(struct mil_lex *lex, const char *what, struct mil_span *out);
int mil_lex_number(struct mil_lex *lex, struct mil_number *out);
/* A "string": *out is what stands between the quotes, *escaped whether it has backslashes. */
int mil_lex_string(struct mil_lex *lex, struct mil_span *out, bool *escaped);
/* All up to the `close` that belongs to brackets before, which is taken too. */
int mil_lex_raw(struct mil_lex *lex, char close, struct mil_span *out);
/* Whether these letters come next. */
bool mil_lex_comes(struct mil_lex *lex, const char *word);
/* Past the ';' that ends a statement; -1 where there is none within its block. */
int mil_lex_skip_statement(struct mil_lex *lex);
/* Fails at the next piece and names it. */
int mil_lex_fail(struct mil_lex *lex, const char *expected, const char *where);

#endif
