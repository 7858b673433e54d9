/* SPDX-License-Identifier: MIT
 *
 * The grammar. White space and "// comments" may appear between any two tokens.
 *
 *   program   = "program" "(" VERSION ")" [ attrs ] "{" function { function } "}"
 *   function  = "func" WORD "<" target ">" "(" [ param { "," param } ] ")" [ attrs ]
 *               body [ attrs ] ";"
 *   param     = type WORD [ attrs ]
 *   body      = "{" { statement } "}" "->" "(" WORD { "," WORD } ")"
 *   statement = [ results "=" ] op "(" [ arg { "," arg } ] ")" [ attrs ] { block } ";"
 *   results   = type WORD { "," type WORD }, with or without brackets around them
 *   arg       = WORD "=" ( item | "(" [ item { "," item } ] ")" )
 *   item      = WORD | literal
 *   block     = [ "," ] WORD "(" [ param { "," param } ] ")" [ attrs ] body
 *   attrs     = "[" attr { "," attr } "]"
 *   attr      = WORD "=" literal
 *   literal   = type "(" value ")"
 *   type      = DTYPE | "tensor" "<" DTYPE "," "[" sizes "]" ">" | "state" "<" type ">"
 *             | ( "list" | "dict" | "tuple" ) "<" ... ">"
 */
#include "mil/text/parser.h"

#include <stdio.h>
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

/* A string of the dictionary, verbatim; backslashes are not supported here. */
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
    if (mil_lex_expect(lex, "dict", "after '='") < 0 || mil_lex_expect(lex, "<", "here") < 0 ||
        mil_parse_type(parser, &key, &place) < 0 || mil_lex_expect(lex, ",", "here") < 0 ||
        mil_parse_type(parser, &value, &place) < 0)
        return -1;
    if (key.dtype != MIL_STRING || value.dtype != MIL_STRING)
        return mil_fail(lex->error, place, "buildInfo must be a dictionary of strings to strings");
    if (mil_lex_expect(lex, ">", "here") < 0 || mil_lex_expect(lex, "(", "here") < 0 ||
        mil_lex_expect(lex, "{", "here") < 0)
        return -1;
    parser->draft.has_build_info = true;
    if (mil_lex_take(lex, '}'))
        return mil_lex_expect(lex, ")", "after the pairs");
    do {
        if (mil_lex_expect(lex, "{", "before the pair") < 0 ||
            plain_string_parse(parser, &key_text) < 0 ||
            mil_lex_expect(lex, ",", "between key and value") < 0 ||
            plain_string_parse(parser, &value_text) < 0 ||
            mil_lex_expect(lex, "}", "after the pair") < 0 ||
            mil_draft_pair(&parser->draft, key_text, value_text) < 0)
            return -1;
    } while (mil_lex_take(lex, ','));
    if (mil_lex_expect(lex, "}", "after the pairs") < 0)
        return -1;
    return mil_lex_expect(lex, ")", "after the pairs");
}

/* WORD "=" literal; a statement's `name` and a program's buildInfo are stored separately. */
static int attr_parse(
    struct mil_parser *parser, struct mil_op *op, struct mil_attr *out, bool is_program) {
    struct mil_lex *lex = &parser->lex;
    struct mil_span word;
    const struct mil_arg_spec *spec;
    *out = (struct mil_attr){.place = mil_lex_place(lex)};
    if (mil_lex_word(lex, "attribute", &word) < 0 || mil_lex_expect(lex, "=", "after the name") < 0)
        return -1;
    if (is_program && word.bytes == 9 && memcmp(word.text, "buildInfo", 9) == 0)
        return build_info_parse(parser);
    if (op && word.bytes == 4 && memcmp(word.text, "name", 4) == 0) {
        if (op->name)
            return mil_fail(lex->error, out->place, "the attribute 'name' is given twice");
        if (mil_parse_value(parser, &out->literal) < 0)
            return -1;
        if (!out->literal.string)
            return mil_fail(lex->error, out->place, "the attribute 'name' must be a string");
        op->name = out->literal.string;
        return 0;
    }
    spec = op ? mil_arg_spec_find(mil_op_spec(op->code)->args, word.text, word.bytes) : NULL;
    if (word.bytes == 3 && memcmp(word.text, "val", 3) == 0)
        out->name = "val";
    else
        out->name =
            spec ? spec->name : mil_arena_string(&parser->draft.arena, word.text, word.bytes);
    if (!out->name)
        return mil_draft_no_memory(&parser->draft);
    if (spec && !(spec->flags & MIL_ARG_EITHER))
        return mil_fail(lex->error, out->place, "'%s' of %s is an argument, not an attribute",
            spec->name, mil_op_name(op));
    return mil_parse_value(parser, &out->literal);
}

int mil_parse_attrs(struct mil_parser *parser, struct mil_op *op, const struct mil_attr **attrs,
    int *n_attrs, bool is_program) {
    struct mil_lex *lex = &parser->lex;
    struct mil_attr list[MIL_ARGS_MAX];
    int n = 0;
    *attrs = NULL;
    *n_attrs = 0;
    if (!mil_lex_take(lex, '['))
        return 0;
    do {
        if (n == MIL_ARGS_MAX)
            return mil_lex_fail(lex, "at most 24 attributes", "here");
        if (attr_parse(parser, op, &list[n], is_program) < 0)
            return -1;
        if (!list[n].name)
            continue;
        for (int i = 0; i < n; i++)
            if (strcmp(list[i].name, list[n].name) == 0)
                return mil_fail(lex->error, list[n].place, "the attribute '%.40s' is given twice",
                    list[n].name);
        n++;
    } while (mil_lex_take(lex, ','));
    *attrs = mil_arena_copy(&parser->draft.arena, list, (size_t)n, sizeof *list);
    *n_attrs = n;
    if (!*attrs)
        return mil_draft_no_memory(&parser->draft);
    return mil_lex_expect(lex, "]", "after the attributes");
}

int mil_parse_param(struct mil_parser *parser, struct mil_draft_result *out) {
    struct mil_place place;
    if (mil_parse_type(parser, &out->type, &place) < 0)
        return -1;
    out->place = mil_lex_place(&parser->lex);
    return mil_lex_word(&parser->lex, "the name of a value", &out->name);
}

int mil_parse_values(struct mil_parser *parser) {
    struct mil_lex *lex = &parser->lex;
    int n = 0;
    do {
        struct mil_place place = mil_lex_place(lex);
        struct mil_span word;
        int value, *values;
        if (mil_lex_word(lex, "the name of a value", &word) < 0)
            return -1;
        value = mil_draft_find(&parser->draft, word);
        if (value < 0)
            return mil_fail(lex->error, place,
                "no value '%.*s' before this place; is it misspelt, or defined further down?",
                shown(word), word.text);
        values = mil_grow(parser->values, parser->n_values, &parser->values_room, sizeof *values);
        if (!values)
            return mil_draft_no_memory(&parser->draft);
        parser->values = values;
        values[parser->n_values++] = value;
        n++;
    } while (mil_lex_take(lex, ','));
    return mil_lex_expect(lex, ")", "after the values") < 0 ? -1 : n;
}

int mil_parse_find(struct mil_parser *parser, enum mil_finding_kind kind, struct mil_place place,
    const char *text) {
    struct mil_finding *findings =
        mil_grow(parser->findings, parser->n_findings, &parser->findings_room, sizeof *findings);
    if (!findings)
        return mil_draft_no_memory(&parser->draft);
    parser->findings = findings;
    findings[parser->n_findings] = (struct mil_finding){.kind = kind, .place = place};
    snprintf(findings[parser->n_findings++].text, sizeof findings->text, "%s", text);
    return 0;
}

static int params_parse(struct mil_parser *parser) {
    struct mil_lex *lex = &parser->lex;
    struct mil_draft_result param;
    const struct mil_attr *ignored;
    int n;
    if (mil_lex_take(lex, ')'))
        return 0;
    do {
        if (mil_parse_param(parser, &param) < 0 ||
            mil_parse_attrs(parser, NULL, &ignored, &n, false) < 0 ||
            mil_draft_input(&parser->draft, param.name, &param.type, param.place) < 0)
            return -1;
    } while (mil_lex_take(lex, ','));
    return mil_lex_expect(lex, ")", "after the inputs");
}

static bool is_target(struct mil_span target) {
    static const char *const targets[] = {"ios15", "ios16", "ios17", "ios18", "ios26"};
    for (int i = 0; i < 5; i++)
        if (target.bytes == 5 && memcmp(target.text, targets[i], 5) == 0)
            return true;
    return false;
}

static int function_parse(struct mil_parser *parser) {
    struct mil_lex *lex = &parser->lex;
    struct mil_span name, target;
    struct mil_place place, target_place;
    const struct mil_attr *attrs, *ignored;
    int n_attrs, n_ignored, n_outputs;
    if (mil_lex_expect(lex, "func", "or '}'") < 0)
        return -1;
    place = mil_lex_place(lex);
    if (mil_lex_word(lex, "the function's name", &name) < 0 ||
        mil_lex_expect(lex, "<", "after the function's name") < 0)
        return -1;
    target_place = mil_lex_place(lex);
    if (mil_lex_word(lex, "the target, such as ios18,", &target) < 0)
        return -1;
    if (!is_target(target))
        return mil_fail(
            lex->error, target_place, "the target must be ios15, ios16, ios17, ios18 or ios26");
    if (mil_lex_expect(lex, ">", "after the target") < 0 ||
        mil_lex_expect(lex, "(", "before the inputs") < 0 ||
        mil_draft_function(&parser->draft, name, target, place) < 0 || params_parse(parser) < 0 ||
        mil_parse_attrs(parser, NULL, &attrs, &n_attrs, false) < 0 ||
        mil_lex_expect(lex, "{", "before the statements") < 0)
        return -1;
    while (!mil_lex_take(lex, '}'))
        if (mil_parse_statement(parser, 0) < 0)
            return -1;
    if (mil_lex_expect(lex, "->", "after the statements") < 0 ||
        mil_lex_expect(lex, "(", "before the outputs") < 0)
        return -1;
    parser->n_values = 0;
    n_outputs = mil_parse_values(parser);
    parser->draft.function.attrs = attrs;
    parser->draft.function.n_attrs = n_attrs;
    if (n_outputs < 0 || mil_draft_outputs(&parser->draft, parser->values, n_outputs) < 0 ||
        mil_parse_attrs(parser, NULL, &ignored, &n_ignored, false) < 0)
        return -1;
    return mil_lex_expect(lex, ";", "after the function's outputs");
}

static int program_parse(struct mil_parser *parser) {
    struct mil_lex *lex = &parser->lex;
    if (mil_lex_expect(lex, "program", "at the start") < 0 ||
        mil_lex_expect(lex, "(", "after program") < 0 || version_parse(parser) < 0 ||
        mil_lex_expect(lex, ")", "after the version") < 0 ||
        mil_parse_attrs(parser, NULL, &parser->draft.attrs, &parser->draft.n_attrs, true) < 0)
        return -1;
    if (mil_lex_expect(lex, "{", "before the functions") < 0)
        return -1;
    do {
        if (function_parse(parser) < 0)
            return -1;
    } while (!mil_lex_take(lex, '}'));
    return mil_lex_peek(lex) < 0 ? 0 : mil_lex_fail(lex, "nothing more", "after the program");
}

static int text_parse(struct mil_parser *parser, size_t bytes, struct mil_program **out) {
    *out = NULL;
    if (bytes > MIL_TEXT_MAX_BYTES)
        return mil_fail(parser->lex.error, (struct mil_place){0},
            "the text has %zu bytes, the limit is %d", bytes, MIL_TEXT_MAX_BYTES);
    if (program_parse(parser) == 0)
        *out = mil_draft_program(&parser->draft);
    mil_draft_free(&parser->draft);
    free(parser->values);
    free(parser->results);
    return *out ? 0 : -1;
}

static struct mil_parser parser_of(const char *text, size_t bytes, struct mil_error *error) {
    /* A statement of 14 bytes needs about 400 bytes of program, a literal of 9 bytes about 500. */
    return (struct mil_parser){
        .lex = {text, text + bytes, text, 1, error},
        .draft = {.error = error, .arena = {.limit_bytes = 65536 + 64 * bytes}},
    };
}

int mil_parse(const char *text, size_t bytes, struct mil_program **out, struct mil_error *error) {
    struct mil_error own;
    struct mil_parser parser = parser_of(text, bytes, error ? error : &own);
    if (text_parse(&parser, bytes, out) < 0)
        return -1;
    for (int i = 0; i < (*out)->n_functions; i++)
        if (mil_function_runs(&(*out)->functions[i], parser.lex.error) < 0) {
            mil_program_free(*out);
            *out = NULL;
            return -1;
        }
    return 0;
}

static int finding_compare(const void *left, const void *right) {
    const struct mil_finding *a = left, *b = right;
    if (a->place.line != b->place.line)
        return a->place.line < b->place.line ? -1 : 1;
    return a->place.column < b->place.column ? -1 : a->place.column > b->place.column;
}

int mil_read(const char *text, size_t bytes, struct mil_program **out,
    struct mil_finding **findings, int *n_findings, struct mil_error *error) {
    struct mil_error own;
    struct mil_parser parser = parser_of(text, bytes, error ? error : &own);
    int status;
    parser.collects = true;
    status = text_parse(&parser, bytes, out);
    if (parser.n_findings > 0)
        qsort(parser.findings, (size_t)parser.n_findings, sizeof *parser.findings, finding_compare);
    *findings = parser.findings;
    *n_findings = parser.n_findings;
    return status;
}
