/* SPDX-License-Identifier: MIT
 *
 * What the parts of the parser share: the program and its functions (parse.c), statements
 * (parse_statement.c), types and values (parse_value.c). Internal to the library.
 */
#ifndef ANEPROBE_MIL_TEXT_PARSER_H
#define ANEPROBE_MIL_TEXT_PARSER_H

#include "mil/text/lex.h"

/* Blocks within blocks, and brackets within a literal's brackets. */
enum { MIL_DEPTH_MAX = 32 };

struct mil_parser {
    struct mil_lex lex;
    struct mil_draft draft;
    bool scalar_form_known; /* the first scalar written decides */
    int *values;            /* of the lists being read, one after the other */
    int n_values, values_room;
    struct mil_draft_result *results; /* those declared by the statements being read */
    int n_results, results_room;
    /* NULL: the first error ends the reading. Else errors of statements go here. */
    struct mil_finding *findings;
    int n_findings, findings_room;
    bool collects;
};

int mil_parse_type(struct mil_parser *parser, struct mil_type *out, struct mil_place *place);
/* TYPE(LITERAL), the payload in the draft's arena. */
int mil_parse_value(struct mil_parser *parser, struct mil_literal *out);
/* "[" attr { "," attr } "]" if one comes; those that are not `name` or buildInfo go to the arena.
 * `op`: for a statement, whose name it sets; NULL for whatever else has attributes. */
int mil_parse_attrs(struct mil_parser *parser, struct mil_op *op, const struct mil_attr **attrs,
    int *n_attrs, bool is_program);
/* TYPE WORD */
int mil_parse_param(struct mil_parser *parser, struct mil_draft_result *out);
/* WORD { "," WORD } ")", onto the end of parser->values; returns how many. */
int mil_parse_values(struct mil_parser *parser);
/* One statement; `depth` blocks are open. */
int mil_parse_statement(struct mil_parser *parser, int depth);
/* What is wrong or unknown; -1 when it cannot be kept. */
int mil_parse_find(struct mil_parser *parser, enum mil_finding_kind kind, struct mil_place place,
    const char *text);

#endif
