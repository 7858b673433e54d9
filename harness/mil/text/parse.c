/* SPDX-License-Identifier: MIT
 *
 * The grammar, one function a rule, no recursion:
 *
 *   program   = "program" "(" VERSION ")" [ "[" "buildInfo" "=" dict "]" ] "{" { function } "}"
 *   dict      = "dict<string, string>" "(" "{" pair { "," pair } "}" ")"
 *   function  = "func" WORD "<" target ">" "(" [ param { "," param } ] ")"
 *               "{" { statement } "}" "->" "(" WORD { "," WORD } ")" ";"
 *   statement = type WORD "=" op "(" [ arg { "," arg } ] ")" [ "[" attr { "," attr } "]" ] ";"
 *   arg       = WORD "=" ( WORD | "(" WORD { "," WORD } ")" )
 *   attr      = WORD "=" type "(" literal ")"
 */
#include "mil/text/parser.h"

#include <stdlib.h>
#include <string.h>

static int shown(struct mil_span span) {
    return span.bytes < 32 ? (int)span.bytes : 32;
}

static int version_parse(struct mil_parser *parser) {
    struct mil_lex *lex = &parser->lex;
    struct mil_place place = mil_lex_place(lex);
    struct mil_number number;
    const char *start = lex->at;
    bool plain = true;
    if (mil_lex_number(lex, &number) < 0)
        return -1;
    for (const char *p = start; p < lex->at; p++)
        plain = plain && (*p == '.' || (*p >= '0' && *p <= '9'));
    if (!plain || lex->at - start > 16)
        return mil_fail(lex->error, place, "the version must be written like 1.3");
    parser->draft.version =
        mil_arena_string(&parser->draft.arena, start, (size_t)(lex->at - start));
    return parser->draft.version ? 0 : mil_draft_no_memory(&parser->draft);
}

/* A string of the dictionary as it stands; those with backslashes are of no use here. */
static int plain_string_parse(struct mil_parser *parser, struct mil_span *out) {
    struct mil_place place = mil_lex_place(&parser->lex);
    bool escaped;
    if (mil_lex_string(&parser->lex, out, &escaped) < 0)
        return -1;
    return escaped ? mil_fail(parser->lex.error, place, "no backslashes in buildInfo") : 0;
}

static int build_info_parse(struct mil_parser *parser) {
    struct mil_lex *lex = &parser->lex;
    struct mil_type key, value;
    struct mil_place place;
    struct mil_span key_text, value_text;
    if (mil_lex_expect(lex, "buildInfo", "after '['") < 0 || mil_lex_expect(lex, "=", "here") < 0 ||
        mil_lex_expect(lex, "dict", "after '='") < 0 || mil_lex_expect(lex, "<", "here") < 0 ||
        mil_parse_type(parser, &key, &place) < 0 || mil_lex_expect(lex, ",", "here") < 0 ||
        mil_parse_type(parser, &value, &place) < 0)
        return -1;
    if (key.dtype != MIL_STRING || value.dtype != MIL_STRING)
        return mil_fail(lex->error, place, "buildInfo must be a dictionary of strings to strings");
    if (mil_lex_expect(lex, ">", "here") < 0 || mil_lex_expect(lex, "(", "here") < 0 ||
        mil_lex_expect(lex, "{", "here") < 0)
        return -1;
    do {
        if (mil_lex_expect(lex, "{", "before the pair") < 0 ||
            plain_string_parse(parser, &key_text) < 0 ||
            mil_lex_expect(lex, ",", "between key and value") < 0 ||
            plain_string_parse(parser, &value_text) < 0 ||
            mil_lex_expect(lex, "}", "after the pair") < 0 ||
            mil_draft_pair(&parser->draft, key_text, value_text) < 0)
            return -1;
    } while (mil_lex_take(lex, ','));
    if (mil_lex_expect(lex, "}", "after the pairs") < 0 ||
        mil_lex_expect(lex, ")", "after the pairs") < 0)
        return -1;
    return mil_lex_expect(lex, "]", "after buildInfo");
}

/* The index of a value named in the text. */
static int value_parse(struct mil_parser *parser, struct mil_place *place) {
    struct mil_lex *lex = &parser->lex;
    struct mil_span word;
    int value, c = mil_lex_peek(lex);
    *place = mil_lex_place(lex);
    if (c == '-' || c == '"' || c == '[' || (c >= '0' && c <= '9'))
        return mil_fail(lex->error, *place, "a literal here; make a const first and give its name");
    if (mil_lex_word(lex, "the name of a value", &word) < 0)
        return -1;
    value = mil_names_find(&parser->draft.value_names, word.text, word.bytes);
    if (value >= 0)
        return value;
    c = mil_lex_peek(lex);
    if (c == '(' || c == '<')
        return mil_fail(lex->error, *place, "a literal here; make a const first and give its name");
    return mil_fail(lex->error, *place,
        "no value '%.*s' before this place; is it misspelt, or defined further down?", shown(word),
        word.text);
}

/* WORD { "," WORD } ")" into parser->tuple; returns how many. */
static int values_parse(struct mil_parser *parser) {
    struct mil_place place;
    int n = 0;
    do {
        int value = value_parse(parser, &place);
        int *tuple =
            value < 0 ? NULL : mil_grow(parser->tuple, n, &parser->tuple_room, sizeof *tuple);
        if (value < 0)
            return -1;
        if (!tuple)
            return mil_draft_no_memory(&parser->draft);
        parser->tuple = tuple;
        tuple[n++] = value;
    } while (mil_lex_take(&parser->lex, ','));
    return mil_lex_expect(&parser->lex, ")", "after the values") < 0 ? -1 : n;
}

/* One statement as it is being read; `single` backs the arguments that are one value. */
struct statement {
    struct mil_op op;
    struct mil_arg args[MIL_ARGS_MAX];
    int single[MIL_ARGS_MAX];
    struct mil_attr attrs[MIL_ARGS_MAX];
};

/* NAME "=" with NAME one of `specs`; its spelling there goes to *out. */
static int name_parse(struct mil_parser *parser, const struct mil_op *op, const char *what,
    const struct mil_arg_spec *specs, const char **out) {
    struct mil_lex *lex = &parser->lex;
    struct mil_place place = mil_lex_place(lex);
    const struct mil_arg_spec *spec;
    struct mil_span word;
    char known[120] = "";
    if (mil_lex_word(lex, what, &word) < 0)
        return -1;
    spec = mil_arg_spec_find(specs, word.text, word.bytes);
    if (!spec) {
        for (spec = specs; spec->name; spec++) {
            strncat(known, " ", sizeof known - strlen(known) - 1);
            strncat(known, spec->name, sizeof known - strlen(known) - 1);
        }
        return mil_fail(lex->error, place, "%s has no %s '%.*s'; it has:%s",
            mil_opcode_name(op->code), what, shown(word), word.text, known[0] ? known : " none");
    }
    if (mil_op_arg(op, spec->name) || mil_op_attr(op, spec->name))
        return mil_fail(lex->error, place, "the %s '%s' is there twice", what, spec->name);
    *out = spec->name;
    return mil_lex_expect(lex, "=", "after the name");
}

static int arg_parse(struct mil_parser *parser, struct statement *s) {
    struct mil_op *op = &s->op;
    struct mil_arg *arg = &s->args[op->n_args];
    int value;
    *arg = (struct mil_arg){.place = mil_lex_place(&parser->lex)};
    if (name_parse(parser, op, "argument", mil_op_spec(op->code)->args, &arg->name) < 0)
        return -1;
    if (mil_lex_take(&parser->lex, '(')) {
        if (op->code != MIL_OP_CONCAT || strcmp(arg->name, "values") != 0)
            return mil_fail(
                parser->lex.error, arg->place, "'%s' takes one value, not a tuple", arg->name);
        arg->is_tuple = true;
        arg->n_values = values_parse(parser);
        if (arg->n_values < 0)
            return -1;
        arg->values = parser->tuple; /* the only tuple of a statement */
    } else {
        value = value_parse(parser, &arg->place);
        if (value < 0)
            return -1;
        s->single[op->n_args] = value;
        arg->values = &s->single[op->n_args];
        arg->n_values = 1;
    }
    op->n_args++;
    return 0;
}

static int attr_parse(struct mil_parser *parser, struct statement *s) {
    struct mil_lex *lex = &parser->lex;
    struct mil_op *op = &s->op;
    struct mil_attr *attr = &s->attrs[op->n_attrs];
    struct mil_literal literal;
    struct mil_place place = mil_lex_place(lex);
    const char *start = lex->at;
    struct mil_span word;
    if (mil_lex_word(lex, "attribute", &word) < 0)
        return -1;
    if (word.bytes == 4 && memcmp(word.text, "name", 4) == 0) {
        if (op->name)
            return mil_fail(lex->error, place, "the attribute 'name' is there twice");
        if (mil_lex_expect(lex, "=", "after the name") < 0 || mil_parse_value(parser, &literal) < 0)
            return -1;
        if (!literal.string)
            return mil_fail(lex->error, place, "the attribute 'name' must be a string");
        op->name = literal.string;
        return 0;
    }
    lex->at = start;
    *attr = (struct mil_attr){.place = place};
    if (name_parse(parser, op, "attribute", mil_op_spec(op->code)->attrs, &attr->name) < 0 ||
        mil_parse_value(parser, &attr->literal) < 0)
        return -1;
    op->n_attrs++;
    return 0;
}

static int statement_parse(struct mil_parser *parser) {
    struct mil_lex *lex = &parser->lex;
    struct statement s;
    struct mil_type type;
    struct mil_place type_place, result_place;
    struct mil_span result, word;
    int code;
    if (mil_parse_type(parser, &type, &type_place) < 0)
        return -1;
    result_place = mil_lex_place(lex);
    if (mil_lex_word(lex, "the name of the result", &result) < 0 ||
        mil_lex_expect(lex, "=", "after the name of the result") < 0)
        return -1;
    s.op = (struct mil_op){.args = s.args, .attrs = s.attrs, .place = mil_lex_place(lex)};
    if (mil_lex_word(lex, "an operator", &word) < 0)
        return -1;
    code = mil_opcode_find(word.text, word.bytes);
    if (code < 0)
        return mil_fail(
            lex->error, s.op.place, "no operator '%.*s' is known", shown(word), word.text);
    s.op.code = (enum mil_opcode)code;
    if (mil_lex_expect(lex, "(", "after the operator") < 0)
        return -1;
    if (!mil_lex_take(lex, ')')) {
        do {
            if (arg_parse(parser, &s) < 0)
                return -1;
        } while (mil_lex_take(lex, ','));
        if (mil_lex_expect(lex, ")", "after the arguments") < 0)
            return -1;
    }
    if (mil_lex_take(lex, '[')) {
        do {
            if (attr_parse(parser, &s) < 0)
                return -1;
        } while (mil_lex_take(lex, ','));
        if (mil_lex_expect(lex, "]", "after the attributes") < 0)
            return -1;
    }
    if (!s.op.name)
        return mil_fail(
            lex->error, s.op.place, "this statement lacks its [name = string(\"...\")]");
    if (mil_lex_expect(lex, ";", "after the statement") < 0)
        return -1;
    return mil_draft_op(&parser->draft, &s.op, result, result_place, &type);
}

static int params_parse(struct mil_parser *parser) {
    struct mil_lex *lex = &parser->lex;
    struct mil_type type;
    struct mil_place place;
    struct mil_span word;
    if (mil_lex_take(lex, ')'))
        return 0;
    do {
        if (mil_parse_type(parser, &type, &place) < 0)
            return -1;
        place = mil_lex_place(lex);
        if (mil_lex_word(lex, "the name of an input", &word) < 0 ||
            mil_draft_input(&parser->draft, word, &type, place) < 0)
            return -1;
    } while (mil_lex_take(lex, ','));
    return mil_lex_expect(lex, ")", "after the inputs");
}

static int function_parse(struct mil_parser *parser) {
    struct mil_lex *lex = &parser->lex;
    struct mil_span name, target;
    struct mil_place place, target_place;
    int n_outputs;
    if (mil_lex_expect(lex, "func", "or '}'") < 0)
        return -1;
    place = mil_lex_place(lex);
    if (mil_lex_word(lex, "the function's name", &name) < 0 ||
        mil_lex_expect(lex, "<", "after the function's name") < 0)
        return -1;
    target_place = mil_lex_place(lex);
    if (mil_lex_word(lex, "ios16, ios17 or ios18", &target) < 0)
        return -1;
    if (target.bytes != 5 || memcmp(target.text, "ios1", 4) != 0 || target.text[4] < '6' ||
        target.text[4] > '8')
        return mil_fail(lex->error, target_place, "the target must be ios16, ios17 or ios18");
    if (mil_lex_expect(lex, ">", "after the target") < 0 ||
        mil_lex_expect(lex, "(", "before the inputs") < 0 ||
        mil_draft_function(&parser->draft, name, target, place) < 0 || params_parse(parser) < 0 ||
        mil_lex_expect(lex, "{", "before the statements") < 0)
        return -1;
    while (!mil_lex_take(lex, '}'))
        if (statement_parse(parser) < 0)
            return -1;
    if (mil_lex_expect(lex, "->", "after the statements") < 0 ||
        mil_lex_expect(lex, "(", "before the outputs") < 0)
        return -1;
    n_outputs = values_parse(parser);
    if (n_outputs < 0 || mil_draft_outputs(&parser->draft, parser->tuple, n_outputs) < 0)
        return -1;
    return mil_lex_expect(lex, ";", "after the function's outputs");
}

static int program_parse(struct mil_parser *parser) {
    struct mil_lex *lex = &parser->lex;
    if (mil_lex_expect(lex, "program", "at the start") < 0 ||
        mil_lex_expect(lex, "(", "after program") < 0 || version_parse(parser) < 0 ||
        mil_lex_expect(lex, ")", "after the version") < 0)
        return -1;
    if (mil_lex_take(lex, '[') && build_info_parse(parser) < 0)
        return -1;
    if (mil_lex_expect(lex, "{", "before the functions") < 0)
        return -1;
    do {
        if (function_parse(parser) < 0)
            return -1;
    } while (!mil_lex_take(lex, '}'));
    return mil_lex_peek(lex) < 0 ? 0 : mil_lex_fail(lex, "nothing more", "after the program");
}

int mil_parse(const char *text, size_t bytes, struct mil_program **out, struct mil_error *error) {
    struct mil_parser parser = {
        .lex = {text, text + bytes, text, 1, error},
        /* A statement of 40 bytes makes at most 400 of program. */
        .draft = {.error = error, .arena = {.limit_bytes = 65536 + 32 * bytes}},
    };
    *out = NULL;
    if (bytes > MIL_TEXT_MAX_BYTES)
        return mil_fail(error, (struct mil_place){0}, "the text has %zu bytes, the most is %d",
            bytes, MIL_TEXT_MAX_BYTES);
    if (program_parse(&parser) == 0)
        *out = mil_draft_program(&parser.draft);
    mil_draft_free(&parser.draft);
    free(parser.tuple);
    return *out ? 0 : -1;
}
