/* SPDX-License-Identifier: MIT
 *
 * aneprobe-mil: parses and checks one MIL file. What it holds and the complaints go to stdout, what
 * stops it to stderr; every line starts with the place it is about.
 */
#include "base/exit_code.h"
#include "mil/check/check.h"
#include "mil/type.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: aneprobe mil FILE.mil    parse and check a program\n"
    "       aneprobe mil --rules     list the rules it is checked against, as CSV\n"
    "       aneprobe mil --help\n"
    "Exit status: 0 no rule refuses it, 1 a rule does or it does not parse, 2 usage, 99 the file\n"
    "cannot be read. Files of up to 256 MiB are taken.\n";

/* The whole file, to free(); NULL and a message when it cannot be read or is too long. */
static char *file_read(const char *path, size_t *bytes) {
    FILE *file = fopen(path, "rb");
    size_t room = 1 << 16;
    char *text = file ? malloc(room) : NULL;
    *bytes = 0;
    if (!text)
        goto fail;
    for (;;) {
        size_t n = fread(text + *bytes, 1, room - *bytes, file);
        *bytes += n;
        if (*bytes > MIL_TEXT_MAX_BYTES) {
            fprintf(
                stderr, "aneprobe-mil: %s: longer than 256 MiB, the most that is taken\n", path);
            goto fail_said;
        }
        if (*bytes == room) {
            char *grown = realloc(text, room *= 2);
            if (!grown)
                goto fail;
            text = grown;
        } else if (ferror(file)) {
            goto fail;
        } else if (n == 0) {
            fclose(file);
            return text;
        }
    }
fail:
    fprintf(stderr, "aneprobe-mil: %s: %s\n", path, strerror(errno));
fail_said:
    free(text);
    if (file)
        fclose(file);
    return NULL;
}

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

static int file_check(const char *path) {
    struct mil_program *program;
    struct mil_error error;
    size_t bytes;
    char *text = file_read(path, &bytes);
    int refused;
    if (!text)
        return EXIT_BROKEN;
    if (mil_parse(text, bytes, &program, &error) < 0) {
        fprintf(stderr, "%s:%u:%u: error: %s\n", path, error.place.line, error.place.column,
            error.text);
        free(text);
        return EXIT_FAILED;
    }
    free(text);
    printf("%s:1:1: program(%s), scalars %s\n", path, program->version,
        program->scalar_form == MIL_SCALARS_BARE ? "bare" : "as tensor<T, []>");
    for (int i = 0; i < program->n_functions; i++)
        function_print(path, &program->functions[i]);
    refused = complaints_print(path, program);
    mil_program_free(program);
    if (refused < 0) {
        fprintf(stderr, "aneprobe-mil: %s: out of memory while checking\n", path);
        return EXIT_BROKEN;
    }
    return refused > 0 ? EXIT_FAILED : EXIT_DONE;
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
    int status = EXIT_DONE;
    if (argc != 2 ||
        (argv[1][0] == '-' && strcmp(argv[1], "--help") != 0 && strcmp(argv[1], "--rules") != 0)) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0)
        fputs(usage, stdout);
    else if (strcmp(argv[1], "--rules") == 0)
        rules_print();
    else
        status = file_check(argv[1]);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "aneprobe-mil: cannot write to stdout: %s\n", strerror(errno));
        return EXIT_BROKEN;
    }
    return status;
}
