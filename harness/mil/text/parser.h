/* SPDX-License-Identifier: MIT
 *
 * Shared by the parts of the parser: the program and its functions (parse.c), statements
 * (parse_statement.c), types and values (parse_value.c). Internal to the library.
 */
#ifndef ANEPROBE_MIL_TEXT_PARSER_H
#define ANEPROBE_MIL_TEXT_PARSER_H

#include "mil/text/lex.h"

/* Limit on nested blocks, and on nested brackets in a literal. */
enum { MIL_DEPTH_MAX = 32 };

struct mil_parser {
    struct mil_lex lex;
    struct mil_draft draft;
    bool scalar_form_known; /* the first scalar written decides */
    int *values;            /* of the lists being read, concatenated */
    int n_values, values_room;
    struct mil_draft_result *results; /* those declared by the statements being read */
    int n_results, results_room;
    /* NULL: stop at the first error. Otherwise statements' errors are collected here. */
    struct mil_finding *findings;
    int n_findings, findings_room;
    bool collects;
};

int mil_parse_type(struct mil_parser *parser, struct mil_type *out, struct mil_place *place);
/* TYPE(LITERAL), the payload in the draft's arena. */
int mil_parse_value(struct mil_parser *parser, struct mil_literal *out);
/* "[" attr { "," attr } "]" if present. Sets the name of `op`, a statement; NULL for anything else
 * with attributes. Attributes other than `name` and buildInfo are stored in the arena. */
int mil_parse_attrs(struct mil_parser *parser, struct mil_op *op, const struct mil_attr **attrs,
    int *n_attrs, bool is_program);
/* TYPE WORD */
int mil_parse_param(struct mil_parser *parser, struct mil_draft_result *out);
/* WORD { "," WORD } ")", appended to parser->values; returns their number. */
int mil_parse_values(struct mil_parser *parser);
/* One statement; `depth` blocks are open. */
int mil_parse_statement(struct mil_parser *parser, int depth);
/* Records a finding, wrong or unknown; -1 when it cannot be stored. */
int mil_parse_find(struct mil_parser *parser, enum mil_finding_kind kind, struct mil_place place,
    const char *text);

#endif
