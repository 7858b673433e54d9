/* SPDX-License-Identifier: MIT
 *
 * What a program holds, and what is said against it, line by line with places.
 */
#include "mil/check/check.h"
#include "mil/check/summary.h"
#include "mil/type.h"
#include "mil_file/mil_file.h"
#include "table/colour.h"

#include <stdio.h>
#include <stdlib.h>

static void value_print(const char *path, const char *what, const struct mil_value *value) {
    char type[MIL_TYPE_TEXT_MAX];
    printf("%s:%u:%u: %s %s %s\n", path, value->place.line, value->place.column, what, value->name,
        mil_type_format(type, value->type));
}

/* "1.23 G" */
static const char *amount(char out[32], double n) {
    static const char *const units[] = {"", "k", "M", "G", "T", "P"};
    int unit = 0;
    for (; n >= 1000 && unit < 5; unit++)
        n /= 1000;
    snprintf(out, 32, unit > 0 ? "%.3g %s" : "%.0f %s", n, units[unit]);
    return out;
}

static void summary_print(const char *path, const struct mil_function *f) {
    struct mil_summary s;
    char text[5][32];
    if (mil_summarize(f, &s) != 0)
        return;
    printf("%s:%u:%u: operators:", path, f->place.line, f->place.column);
    for (int code = 0; code < MIL_OP_COUNT; code++)
        if (s.by_code[code] > 0)
            printf(" %s %d",
                code == MIL_OP_UNKNOWN ? "(not known)" : mil_opcode_name((enum mil_opcode)code),
                s.by_code[code]);
    bool any = false;
    for (int dtype = 0; dtype < MIL_DTYPE_COUNT; dtype++)
        if (s.weights[dtype] > 0) {
            if (!any)
                printf("\n%s:%u:%u: elements of constants:", path, f->place.line, f->place.column);
            any = true;
            printf(" %s %s", mil_dtype_name((enum mil_dtype)dtype),
                amount(text[0], (double)s.weights[dtype]));
        }
    printf("\n%s:%u:%u: %sproducts %sFLOP, constants %sB, inputs and outputs %sB, operands and "
           "results of every operator %sB, values in use at most %sB%s\n",
        path, f->place.line, f->place.column,
        s.is_whole ? "" : "at least, as some sizes are open: ", amount(text[0], s.flop),
        amount(text[1], s.weight_bytes), amount(text[2], s.io_bytes),
        amount(text[3], s.moved_bytes), amount(text[4], s.peak_bytes),
        s.by_code[MIL_OP_WHILE_LOOP] > 0 ? "; loops are counted as one turn" : "");
    if (s.n_unknown + s.n_not_evaluated > 0)
        printf("%s:%u:%u: not evaluated here: %d operators that are known, %d that are not\n", path,
            f->place.line, f->place.column, s.n_not_evaluated, s.n_unknown);
}

static void ops_print(
    const char *path, const struct mil_function *f, const struct mil_op *ops, int n_ops) {
    char type[MIL_TYPE_TEXT_MAX];
    for (int i = 0; i < n_ops; i++) {
        const struct mil_op *op = &ops[i];
        if (op->code == MIL_OP_CONST)
            continue;
        printf("%s:%u:%u: op %s makes%s", path, op->place.line, op->place.column, mil_op_name(op),
            op->n_results > 0 ? "" : " nothing");
        for (int r = 0; r < op->n_results; r++)
            printf("%s %s %s", r ? "," : "", f->values[op->result + r].name,
                mil_type_format(type, f->values[op->result + r].type));
        puts("");
        for (int b = 0; b < op->n_blocks; b++)
            ops_print(path, f, op->blocks[b].ops, op->blocks[b].n_ops);
    }
}

static void function_print(const char *path, const struct mil_function *f, bool is_whole) {
    int n_consts = 0;
    for (int i = 0; i < f->n_ops; i++)
        n_consts += f->ops[i].code == MIL_OP_CONST;
    printf("%s:%u:%u: function %s<%s>: inputs %d, outputs %d, ops %d, consts %d\n", path,
        f->place.line, f->place.column, f->name, f->target, f->n_inputs, f->n_outputs,
        f->n_ops - n_consts, n_consts);
    for (int i = 0; i < f->n_inputs; i++)
        value_print(path, "input", &f->values[i]);
    ops_print(path, f, f->ops, f->n_ops);
    for (int i = 0; i < f->n_outputs; i++)
        value_print(path, "output", &f->values[f->outputs[i]]);
    if (is_whole)
        summary_print(path, f);
}

/* Returns the number of complaints that refuse the program, -1 when out of memory. */
static int complaints_print(
    const char *path, const struct mil_program *program, const char *limits) {
    int n, refused = 0;
    struct mil_complaint *complaints = mil_check(program, &n);
    if (n < 0)
        return -1;
    for (int i = 0; i < n; i++) {
        const struct mil_complaint *c = &complaints[i];
        const struct mil_rule *rule = c->rule;
        if (!mil_rule_is_within(rule, limits))
            continue;
        printf("%s:%u:%u: ", path, c->place.line, c->place.column);
        colour_put(stdout, mil_severity_name(rule->severity));
        printf(": %s: %s [%s; seen on %s; source %s%s%s]\n", c->detail, rule->text, rule->id,
            rule->seen_on, rule->source, rule->against ? "; sources disagree: " : "",
            rule->against ? rule->against : "");
        refused += rule->severity == MIL_REFUSED;
    }
    free(complaints);
    return refused;
}

/* Prints errors to stderr and the rest to stdout. Returns the exit code. */
static int findings_print(const char *path, const struct mil_finding *findings, int n) {
    int status = EXIT_DONE;
    for (int i = 0; i < n; i++) {
        bool is_error = findings[i].kind == MIL_FINDING_ERROR;
        FILE *out = is_error ? stderr : stdout;
        fprintf(out, "%s:%u:%u: ", path, findings[i].place.line, findings[i].place.column);
        colour_put(out, is_error ? "error" : "not known here");
        fprintf(out, ": %s\n", findings[i].text);
        if (is_error || status == EXIT_DONE)
            status = is_error ? EXIT_FAILED : EXIT_UNSUPPORTED;
    }
    return status;
}

bool subject_has_errors(const struct mil_subject *subject) {
    for (int i = 0; i < subject->n_findings; i++)
        if (subject->findings[i].kind == MIL_FINDING_ERROR)
            return true;
    return subject->program == NULL;
}

int subject_say(const struct mil_subject *subject, struct error *error) {
    const char *path = subject->path;
    const struct mil_program *program = subject->program;
    const bool is_whole = !subject_has_errors(subject);
    if (program) {
        printf("%s:1:1: program(%s), scalars %s\n", path, program->version,
            program->scalar_form == MIL_SCALARS_BARE ? "bare" : "as tensor<T, []>");
        if (subject->package->n_left_out > 0)
            printf("%s:1:1: the ML Program of a pipeline; its other models (%d) are left out\n",
                path, subject->package->n_left_out);
        for (int i = 0; i < program->n_functions; i++)
            function_print(path, &program->functions[i], is_whole);
    }
    const int status = findings_print(path, subject->findings, subject->n_findings);
    if (!program) {
        fprintf(stderr, "%s:%u:%u: error: %s\n", path, subject->why.place.line,
            subject->why.place.column, subject->why.text);
        return EXIT_FAILED;
    }
    const int refused = complaints_print(path, program, subject->limits);
    if (refused < 0)
        return error_set(error, EXIT_BROKEN, "%s: out of memory while checking", path);
    return refused > 0 ? EXIT_FAILED : status;
}
