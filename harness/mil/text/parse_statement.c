/* SPDX-License-Identifier: MIT
 *
 * Statements, and the blocks within them.
 */
#include "mil/text/parser.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int shown(struct mil_span span) {
    return span.bytes < 32 ? (int)span.bytes : 32;
}

/* The statement being read. An argument's values are in parser->values from `first` on; that array
 * may still be reallocated. */
struct statement {
    struct mil_op op;
    struct mil_span operator;
    struct mil_arg args[MIL_ARGS_MAX];
    int first[MIL_ARGS_MAX];
    struct mil_block *blocks;
    int blocks_room, first_result;
};

static int value_push(struct mil_parser *parser, int value) {
    int *values = mil_grow(parser->values, parser->n_values, &parser->values_room, sizeof *values);
    if (!values)
        return mil_draft_no_memory(&parser->draft);
    parser->values = values;
    values[parser->n_values++] = value;
    return 0;
}

/* A name, or a literal, which becomes a const without a name. */
static int item_parse(struct mil_parser *parser) {
    struct mil_lex *lex = &parser->lex, before;
    struct mil_place place = mil_lex_place(lex);
    struct mil_literal literal;
    struct mil_span word;
    int value, c = mil_lex_peek(lex);
    if (c == '-' || c == '"' || c == '[' || (c >= '0' && c <= '9'))
        return mil_fail(lex->error, place,
            "a literal without its type; write it as int32(1) or tensor<int32, [2]>([1, 2])");
    before = *lex;
    if (mil_lex_word(lex, "the name of a value", &word) < 0)
        return -1;
    c = mil_lex_peek(lex);
    if (c == '(' || c == '<') {
        *lex = before;
        if (mil_parse_value(parser, &literal) < 0)
            return -1;
        value = mil_draft_inline(&parser->draft, &literal, place);
        return value < 0 ? -1 : value_push(parser, value);
    }
    value = mil_draft_find(&parser->draft, word);
    if (value < 0)
        return mil_fail(lex->error, place,
            "no value '%.*s' before this place; is it misspelt, or defined further down?",
            shown(word), word.text);
    return value_push(parser, value);
}

/* Names of the table are one string each. */
static bool is_there(const struct mil_op *op, const char *name, bool is_known) {
    for (int i = 0; i < op->n_args; i++)
        if (op->args[i].name == name)
            return true;
    return !is_known && mil_op_arg(op, name);
}

/* NAME "="; *out is the name's copy in the table or the arena. */
static int name_parse(
    struct mil_parser *parser, const struct mil_op *op, const char **out, enum mil_arg_kind *kind) {
    struct mil_lex *lex = &parser->lex;
    struct mil_place place = mil_lex_place(lex);
    const struct mil_arg_spec *specs = mil_op_spec(op->code)->args, *spec;
    struct mil_span word;
    char known[120] = "";
    if (mil_lex_word(lex, "argument", &word) < 0)
        return -1;
    spec = mil_arg_spec_find(specs, word.text, word.bytes);
    if (spec) {
        *out = spec->name;
        *kind = spec->kind;
    } else if (op->code == MIL_OP_UNKNOWN) {
        *out = mil_arena_string(&parser->draft.arena, word.text, word.bytes);
        if (!*out)
            return mil_draft_no_memory(&parser->draft);
        *kind = MIL_ARG_VALUES;
    } else {
        for (spec = specs; spec->name; spec++) {
            strncat(known, " ", sizeof known - strlen(known) - 1);
            strncat(known, spec->name, sizeof known - strlen(known) - 1);
        }
        return mil_fail(lex->error, place, "%s has no argument '%.*s'; it has:%s", mil_op_name(op),
            shown(word), word.text, known[0] ? known : " none");
    }
    if (is_there(op, *out, spec != NULL))
        return mil_fail(lex->error, place, "the argument '%.40s' is given twice", *out);
    return mil_lex_expect(lex, "=", "after the name");
}

static int arg_parse(struct mil_parser *parser, struct statement *s) {
    struct mil_op *op = &s->op;
    struct mil_arg *arg = &s->args[op->n_args];
    struct mil_lex *lex = &parser->lex;
    enum mil_arg_kind kind = MIL_ARG_VALUE;
    if (op->n_args == MIL_ARGS_MAX)
        return mil_lex_fail(lex, "at most 24 arguments", "here");
    *arg = (struct mil_arg){.place = mil_lex_place(lex)};
    if (name_parse(parser, op, &arg->name, &kind) < 0)
        return -1;
    s->first[op->n_args] = parser->n_values;
    if (mil_lex_take(lex, '(')) {
        if (!mil_arg_is_tuple(kind))
            return mil_fail(lex->error, arg->place, "'%s' takes one value, not a tuple", arg->name);
        arg->is_tuple = true;
        if (!mil_lex_take(lex, ')')) {
            do {
                if (item_parse(parser) < 0)
                    return -1;
            } while (mil_lex_take(lex, ','));
            if (mil_lex_expect(lex, ")", "after the values") < 0)
                return -1;
        }
    } else {
        arg->place = mil_lex_place(lex);
        if (item_parse(parser) < 0)
            return -1;
    }
    arg->n_values = parser->n_values - s->first[op->n_args];
    op->n_args++;
    return 0;
}

/* results "=" */
static int results_parse(struct mil_parser *parser, struct statement *s) {
    struct mil_lex *lex = &parser->lex, before;
    bool in_brackets = mil_lex_take(lex, '(');
    struct mil_draft_result *results;
    struct mil_span word;
    if (!in_brackets && !mil_lex_comes(lex, "tensor<")) {
        /* an operator alone, without results */
        before = *lex;
        if (mil_lex_word(lex, "a statement or '}'", &word) < 0)
            return -1;
        in_brackets = mil_lex_peek(lex) == '(';
        *lex = before;
        if (in_brackets)
            return 0;
    }
    do {
        results =
            mil_grow(parser->results, parser->n_results, &parser->results_room, sizeof *results);
        if (!results)
            return mil_draft_no_memory(&parser->draft);
        parser->results = results;
        if (mil_parse_param(parser, &results[parser->n_results]) < 0)
            return -1;
        parser->n_results++;
        s->op.n_results++;
    } while (mil_lex_take(lex, ','));
    if (in_brackets && mil_lex_expect(lex, ")", "after the results") < 0)
        return -1;
    return mil_lex_expect(lex, "=", "after the name of the result");
}

static int block_body_parse(struct mil_parser *parser, int depth, int *n_inputs, int *n_outputs) {
    struct mil_lex *lex = &parser->lex;
    struct mil_draft_result input;
    const struct mil_attr *ignored;
    int n;
    if (mil_lex_expect(lex, "(", "before the block's inputs") < 0)
        return -1;
    if (!mil_lex_take(lex, ')')) {
        do {
            if (mil_parse_param(parser, &input) < 0 ||
                mil_parse_attrs(parser, NULL, &ignored, &n, false) < 0 ||
                mil_draft_block_input(&parser->draft, &input, n_inputs) < 0)
                return -1;
        } while (mil_lex_take(lex, ','));
        if (mil_lex_expect(lex, ")", "after the block's inputs") < 0)
            return -1;
    }
    if (mil_parse_attrs(parser, NULL, &ignored, &n, false) < 0 ||
        mil_lex_expect(lex, "{", "before the block's statements") < 0)
        return -1;
    while (!mil_lex_take(lex, '}'))
        if (mil_parse_statement(parser, depth + 1) < 0)
            return -1;
    if (mil_lex_expect(lex, "->", "after the block's statements") < 0 ||
        mil_lex_expect(lex, "(", "before the block's outputs") < 0)
        return -1;
    *n_outputs = mil_parse_values(parser);
    return *n_outputs < 0 ? -1 : 0;
}

static int block_parse(struct mil_parser *parser, struct statement *s, int depth) {
    struct mil_lex *lex = &parser->lex;
    struct mil_draft_outer outer;
    struct mil_span name = {"", 0};
    struct mil_block *blocks;
    int n_inputs = 0, n_outputs = 0, first_value = parser->n_values;
    if (depth == MIL_DEPTH_MAX)
        return mil_fail(
            lex->error, mil_lex_place(lex), "blocks can be nested at most %d deep", MIL_DEPTH_MAX);
    if (mil_lex_peek(lex) != '(' && mil_lex_word(lex, "a block or ';'", &name) < 0)
        return -1;
    blocks = mil_grow(s->blocks, s->op.n_blocks, &s->blocks_room, sizeof *blocks);
    if (!blocks)
        return mil_draft_no_memory(&parser->draft);
    s->blocks = blocks;
    mil_draft_block_open(&parser->draft, &outer);
    if (block_body_parse(parser, depth, &n_inputs, &n_outputs) < 0) {
        mil_draft_block_drop(&parser->draft, &outer);
        return -1;
    }
    if (mil_draft_block_close(&parser->draft, &outer, name, n_inputs, parser->values + first_value,
            n_outputs, &blocks[s->op.n_blocks]) < 0)
        return -1;
    parser->n_values = first_value;
    s->op.n_blocks++;
    return 0;
}

static int operator_parse(struct mil_parser *parser, struct statement *s) {
    struct mil_lex *lex = &parser->lex;
    int code;
    s->op.place = mil_lex_place(lex);
    if (mil_lex_word(lex, "an operator", &s->operator) < 0)
        return -1;
    code = mil_opcode_find(s->operator.text, s->operator.bytes);
    s->op.code = code < 0 ? MIL_OP_UNKNOWN : (enum mil_opcode)code;
    if (code < 0) {
        s->op.unknown = mil_arena_string(&parser->draft.arena, s->operator.text, s->operator.bytes);
        if (!s->op.unknown)
            return mil_draft_no_memory(&parser->draft);
    }
    if (mil_lex_expect(lex, "(", "after the operator") < 0)
        return -1;
    if (mil_lex_take(lex, ')'))
        return 0;
    do {
        if (arg_parse(parser, s) < 0)
            return -1;
    } while (mil_lex_take(lex, ','));
    return mil_lex_expect(lex, ")", "after the arguments");
}

static int whole_parse(struct mil_parser *parser, struct statement *s, int depth) {
    struct mil_lex *lex = &parser->lex;
    char text[80];
    int n_attrs;
    if (results_parse(parser, s) < 0 || operator_parse(parser, s) < 0 ||
        mil_parse_attrs(parser, &s->op, &s->op.attrs, &n_attrs, false) < 0)
        return -1;
    s->op.n_attrs = (uint8_t)n_attrs;
    while (mil_lex_peek(lex) != ';') {
        mil_lex_take(lex, ',');
        if (block_parse(parser, s, depth) < 0)
            return -1;
    }
    lex->at++;
    if (s->op.code == MIL_OP_CONST && (s->op.n_results != 1 || !mil_op_attr(&s->op, "val")))
        return mil_fail(lex->error, s->op.place,
            s->op.n_results == 1 ? "const: attribute 'val' is missing"
                                 : "const makes exactly one value");
    if (s->op.code == MIL_OP_CONST && strcmp(s->op.attrs[0].name, "val") != 0)
        return mil_fail(
            lex->error, s->op.place, "const: 'val' must be the first attribute except for name");
    for (int i = 0; i < s->op.n_args; i++)
        s->args[i].values = s->args[i].n_values > 0 ? parser->values + s->first[i] : NULL;
    if (s->op.n_blocks > 0) {
        s->op.blocks = mil_arena_copy(
            &parser->draft.arena, s->blocks, (size_t)s->op.n_blocks, sizeof *s->blocks);
        if (!s->op.blocks)
            return mil_draft_no_memory(&parser->draft);
    }
    if (s->op.code == MIL_OP_UNKNOWN && parser->collects) {
        snprintf(text, sizeof text, "unknown operator '%.40s'", s->op.unknown);
        if (mil_parse_find(parser, MIL_FINDING_UNKNOWN, s->op.place, text) < 0)
            return -1;
    }
    const struct mil_draft_result *results =
        s->op.n_results > 0 ? parser->results + s->first_result : NULL;
    return mil_draft_op(&parser->draft, &s->op, results, s->op.code == MIL_OP_UNKNOWN) < 0 ? -1 : 0;
}

/* Skips a wrong statement: its declared results stay, made by an unknown operator. */
static int recover(struct mil_parser *parser, struct statement *s, const struct mil_lex *start) {
    struct mil_op op = {
        .code = MIL_OP_UNKNOWN, .n_results = 0, .name = s->op.name, .place = s->op.place};
    int n = s->op.n_results;
    if (mil_parse_find(
            parser, MIL_FINDING_ERROR, parser->lex.error->place, parser->lex.error->text) < 0)
        return -1;
    parser->lex = *start;
    if (mil_lex_skip_statement(&parser->lex) < 0)
        return -1;
    op.unknown = s->operator.text
                     ? mil_arena_string(&parser->draft.arena, s->operator.text, s->operator.bytes)
                     : "?";
    if (!op.unknown)
        return mil_draft_no_memory(&parser->draft);
    for (int i = 0; i < n; i++) {
        struct mil_draft_result *result = &parser->results[s->first_result + i];
        if (mil_draft_find(&parser->draft, result->name) >= 0)
            continue;
        op.n_results = 1;
        if (mil_draft_op(&parser->draft, &op, result, true) < 0)
            return -1;
        op.name = NULL; /* one statement: its name is not there twice */
    }
    return 0;
}

int mil_parse_statement(struct mil_parser *parser, int depth) {
    struct statement s;
    struct mil_lex start = parser->lex;
    int first_value = parser->n_values, status;
    s.blocks = NULL;
    s.blocks_room = 0;
    s.operator.text = NULL;
    s.first_result = parser->n_results;
    s.op = (struct mil_op){.args = s.args, .place = mil_lex_place(&parser->lex)};
    status = whole_parse(parser, &s, depth);
    if (status < 0 && parser->collects)
        status = recover(parser, &s, &start);
    free(s.blocks);
    parser->n_values = first_value;
    parser->n_results = s.first_result;
    return status;
}
