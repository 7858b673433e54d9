/* SPDX-License-Identifier: MIT
 *
 * aneprobe-mil: parses and checks one MIL file. What it holds and the complaints go to stdout, what
 * stops it to stderr; every line starts with the place it is about.
 */
#include "base/files.h"
#include "base/options.h"
#include "base/program.h"
#include "mil/check/check.h"
#include "mil/type.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mil_options {
    bool rules;
};

static const struct option options[] = {
    {"--rules", NULL, NULL, "the rules that programs are checked against, as CSV", OPTION_SWITCH,
        OPTION_FIELD(struct mil_options, rules)},
};

static const struct command_line line = {.name = "aneprobe mil",
    .usage = "FILE.mil\n--rules",
    .text = "Parses a program and checks it: inputs, outputs, ops and complaints, each with line "
            "and column. Files of up to 256 MiB are taken.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .most_operands = 1,
    .end = "Exit status: 0 no rule refuses it, 1 a rule does or it does not parse, 2 usage, 99 "
           "the file cannot be read."};

static void value_print(const char *path, const char *what, const struct mil_value *value) {
    char type[MIL_TYPE_TEXT_MAX];
    printf("%s:%u:%u: %s %s %s\n", path, value->place.line, value->place.column, what, value->name,
        mil_type_format(type, &value->type));
}

static void function_print(const char *path, const struct mil_function *f) {
    char type[MIL_TYPE_TEXT_MAX];
    int n_consts = 0;
    for (int i = 0; i < f->n_ops; i++)
        n_consts += f->ops[i].code == MIL_OP_CONST;
    printf("%s:%u:%u: function %s<%s>: inputs %d, outputs %d, ops %d, consts %d\n", path,
        f->place.line, f->place.column, f->name, f->target, f->n_inputs, f->n_outputs,
        f->n_ops - n_consts, n_consts);
    for (int i = 0; i < f->n_inputs; i++)
        value_print(path, "input", &f->values[i]);
    for (int i = 0; i < f->n_ops; i++) {
        const struct mil_op *op = &f->ops[i];
        const struct mil_value *result = &f->values[op->result];
        if (op->code != MIL_OP_CONST)
            printf("%s:%u:%u: op %s makes %s %s\n", path, op->place.line, op->place.column,
                mil_opcode_name(op->code), result->name, mil_type_format(type, &result->type));
    }
    for (int i = 0; i < f->n_outputs; i++)
        value_print(path, "output", &f->values[f->outputs[i]]);
}

/* Returns how many complaints refuse the program, -1 when out of memory. */
static int complaints_print(const char *path, const struct mil_program *program) {
    int n, refused = 0;
    struct mil_complaint *complaints = mil_check(program, &n);
    if (n < 0)
        return -1;
    for (int i = 0; i < n; i++) {
        const struct mil_complaint *c = &complaints[i];
        const struct mil_rule *rule = c->rule;
        printf("%s:%u:%u: %s: %s: %s [%s; seen on %s; source %s]\n", path, c->place.line,
            c->place.column, mil_severity_name(rule->severity), c->detail, rule->text, rule->id,
            rule->seen_on, rule->source);
        refused += rule->severity == MIL_REFUSED;
    }
    free(complaints);
    return refused;
}

/* Returns EXIT_DONE or EXIT_FAILED, what it says being printed; or -1 and *error. */
static int program_check(const char *path, const char *text, size_t bytes, struct error *error) {
    struct mil_program *program;
    struct mil_error why;
    if (mil_parse(text, bytes, &program, &why) < 0) {
        fprintf(stderr, "%s:%u:%u: error: %s\n", path, why.place.line, why.place.column, why.text);
        return EXIT_FAILED;
    }
    printf("%s:1:1: program(%s), scalars %s\n", path, program->version,
        program->scalar_form == MIL_SCALARS_BARE ? "bare" : "as tensor<T, []>");
    for (int i = 0; i < program->n_functions; i++)
        function_print(path, &program->functions[i]);
    const int refused = complaints_print(path, program);
    mil_program_free(program);
    if (refused < 0)
        return error_set(error, EXIT_BROKEN, "%s: out of memory while checking", path);
    return refused > 0 ? EXIT_FAILED : EXIT_DONE;
}

static void file_check(const char *path, struct error *error) {
    size_t bytes;
    char *text;
    if (path_check(path, error) != 0 ||
        file_take(path, MIL_TEXT_MAX_BYTES, &text, &bytes, error) != 0)
        return;
    const int code = program_check(path, text, bytes, error);
    if (code == EXIT_FAILED)
        error->code = EXIT_FAILED; /* it is said */
    free(text);
}

/* No rule's text holds a quote. */
static void rules_print(void) {
    const struct mil_rule *rule;
    puts("rule,severity,text,seen_on,source");
    for (int i = 0; (rule = mil_rule_at(i)) != NULL; i++)
        printf("%s,%s,\"%s\",\"%s\",\"%s\"\n", rule->id, mil_severity_name(rule->severity),
            rule->text, rule->seen_on, rule->source);
}

int main(int argc, char **argv) {
    struct mil_options o = {.rules = false};
    struct error error;
    int n_files;
    if (program_begin(&error) == 0)
        switch (options_read(&line, argc, argv, &o, NULL, &n_files, &error)) {
        case OPTIONS_WANT_HELP:
            options_help(&line, stdout);
            break;
        case OPTIONS_WRONG:
            break;
        case OPTIONS_READ:
            if (o.rules == (n_files == 1))
                error_set(&error, EXIT_USAGE, "give FILE.mil or --rules ('%s --help' has more)",
                    line.name);
            else if (o.rules)
                rules_print();
            else
                file_check(argv[1], &error);
        }
    return program_end(line.name, &error);
}
