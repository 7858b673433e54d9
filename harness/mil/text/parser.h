/* SPDX-License-Identifier: MIT
 *
 * What the two halves of the parser share: statements (parse.c), types and values (parse_value.c).
 */
#ifndef ANEPROBE_MIL_TEXT_PARSER_H
#define ANEPROBE_MIL_TEXT_PARSER_H

#include "mil/text/lex.h"

struct mil_parser {
    struct mil_lex lex;
    struct mil_draft draft;
    bool scalar_form_known; /* the first scalar written decides */
    int *tuple;             /* the values of the list being read */
    int tuple_room;
};

int mil_parse_type(struct mil_parser *parser, struct mil_type *out, struct mil_place *place);
/* TYPE(LITERAL), the payload in the draft's arena. */
int mil_parse_value(struct mil_parser *parser, struct mil_literal *out);

#endif
