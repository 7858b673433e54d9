/* SPDX-License-Identifier: MIT
 *
 * aneprobe-mil: reads and checks one MIL file. The summary and complaints go to stdout, errors in
 * the text to stderr; every line starts with its place.
 */
#include "base/files.h"
#include "base/options.h"
#include "base/program.h"
#include "mil/check/check.h"
#include "mil/check/fix.h"
#include "mil/check/summary.h"
#include "mil/type.h"
#include "table/colour.h"
#include "table/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mil_options {
    bool rules;
    enum table_format format;
    const char *limits; /* NULL: everything */
    const char *fixed;  /* where to write the rewritten text; NULL: nowhere */
};

static const struct option options[] = {
    {"--device-limits", "LIST", NULL,
        "only rules seen on all of these, such as m4,macos27, or on every chip", OPTION_WORD,
        OPTION_FIELD(struct mil_options, limits)},
    {"--fix", "OUT.mil", NULL,
        "write the program with fixes that do not change its results, and print the difference: "
        "literals among arguments become consts, statements get names, the "
        "program a buildInfo",
        OPTION_WORD, OPTION_FIELD(struct mil_options, fixed)},
    {"--rules", NULL, NULL, "the rules that programs are checked against", OPTION_SWITCH,
        OPTION_FIELD(struct mil_options, rules)},
    {"--format", "F", "text", TABLE_FORMAT_TEXT "; of a program, the others hold its complaints",
        OPTION_CHOICE, OPTION_FIELD(struct mil_options, format), .words = table_format_words},
};

static const struct command_line line = {.name = "aneprobe mil",
    .usage = "[--device-limits LIST] [--fix OUT.mil] [--format F] FILE.mil\n--rules [--format F]",
    .text = "Reads a program, prints what it contains, and checks it against what engines are "
            "known to refuse. Every line starts with its place. A complaint is an error (the text "
            "is wrong), refused (an engine refuses it or gets it wrong), a warning (it goes wrong "
            "on some chips, or according to some sources), not known here (this suite does not "
            "know the operator), or a note. Files may have up to 256 MiB.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .most_operands = 1,
    .end = "Exit status: 0 nothing refused (there may be warnings), 1 something refused or wrong, "
           "2 usage, 77 nothing refused but something not known here, 99 cannot read the file."};

static void value_print(const char *path, const char *what, const struct mil_value *value) {
    char type[MIL_TYPE_TEXT_MAX];
    printf("%s:%u:%u: %s %s %s\n", path, value->place.line, value->place.column, what, value->name,
        mil_type_format(type, &value->type));
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
    printf("\n%s:%u:%u: elements of constants:", path, f->place.line, f->place.column);
    for (int dtype = 0; dtype < MIL_DTYPE_COUNT; dtype++)
        if (s.weights[dtype] > 0)
            printf(" %s %s", mil_dtype_name((enum mil_dtype)dtype),
                amount(text[0], (double)s.weights[dtype]));
    printf("\n%s:%u:%u: %sproducts %sFLOP, constants %sB, inputs and outputs %sB, operands and "
           "results of every operator %sB, values in use at most %sB\n",
        path, f->place.line, f->place.column,
        s.is_whole ? "" : "at least, as some sizes are open: ", amount(text[0], s.flop),
        amount(text[1], s.weight_bytes), amount(text[2], s.io_bytes),
        amount(text[3], s.moved_bytes), amount(text[4], s.peak_bytes));
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
                mil_type_format(type, &f->values[op->result + r].type));
        puts("");
        for (int b = 0; b < op->n_blocks; b++)
            ops_print(path, f, op->blocks[b].ops, op->blocks[b].n_ops);
    }
}

static void function_print(const char *path, const struct mil_function *f) {
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
    summary_print(path, f);
}

/* Whether the rule was seen on every word of "m4,macos27"; always true for NULL. */
static bool is_wanted(const struct mil_rule *rule, const char *limits) {
    while (limits && *limits) {
        size_t bytes = strcspn(limits, ",");
        if (bytes > 0 && !mil_rule_is_about(rule, limits, bytes))
            return false;
        limits += bytes + (limits[bytes] == ',');
    }
    return true;
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
        if (!is_wanted(rule, limits))
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

/* Prints errors to stderr and the rest to stdout. Returns the exit status. */
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

/* ---- the same as a table */

static void place_put(struct table *table, const char *path, struct mil_place place) {
    table_put_text(table, path);
    table_put_count(table, place.line);
    table_put_count(table, place.column);
}

/* What no rule is about: `text` is what there is to say. */
static void said_put(struct table *table, const char *path, struct mil_place place,
    const char *severity, const char *text) {
    place_put(table, path, place);
    table_put_text(table, severity);
    table_put_empty(table);
    table_put_text(table, text);
    for (int i = 0; i < 4; i++)
        table_put_empty(table);
    table_end_row(table, &(const struct table_origin){.clock = NULL});
}

static int findings_put(
    struct table *table, const char *path, const struct mil_finding *findings, int n) {
    int status = EXIT_DONE;
    for (int i = 0; i < n; i++) {
        const bool is_error = findings[i].kind == MIL_FINDING_ERROR;
        said_put(table, path, findings[i].place, is_error ? "error" : "not known here",
            findings[i].text);
        if (is_error || status == EXIT_DONE)
            status = is_error ? EXIT_FAILED : EXIT_UNSUPPORTED;
    }
    return status;
}

static int complaints_put(
    struct table *table, const char *path, const struct mil_program *program, const char *limits) {
    int n, refused = 0;
    struct mil_complaint *complaints = mil_check(program, &n);
    if (n < 0)
        return -1;
    for (int i = 0; i < n; i++) {
        const struct mil_rule *rule = complaints[i].rule;
        if (!is_wanted(rule, limits))
            continue;
        place_put(table, path, complaints[i].place);
        table_put_text(table, mil_severity_name(rule->severity));
        table_put_text(table, rule->id);
        table_put_text(table, complaints[i].detail);
        table_put_text(table, rule->text);
        table_put_text(table, rule->seen_on);
        table_put_text(table, rule->source);
        table_put_text(table, rule->against);
        table_end_row(table, &(const struct table_origin){.clock = NULL});
        refused += rule->severity == MIL_REFUSED;
    }
    free(complaints);
    return refused;
}

/* As program_check(), for other programs to read. */
static int program_tabulate(const char *path, const char *text, size_t bytes,
    const struct mil_options *o, struct error *error) {
    struct mil_program *program = NULL;
    struct mil_finding *findings = NULL;
    struct mil_error why;
    int n_findings = 0, refused = 0;
    struct table *table = table_new(&table_form_mil);
    if (!table)
        return error_set(error, EXIT_BROKEN, "out of memory");
    const int read = mil_read(text, bytes, &program, &findings, &n_findings, &why);
    int status = findings_put(table, path, findings, n_findings);
    if (read < 0) {
        said_put(table, path, why.place, "error", why.text);
        status = EXIT_FAILED;
    } else if ((refused = complaints_put(table, path, program, o->limits)) > 0) {
        status = EXIT_FAILED;
    }
    if (refused < 0)
        status = error_set(error, EXIT_BROKEN, "%s: out of memory while checking", path);
    else if (table_print(table, o->format, stdout, error) != 0)
        status = -1;
    if (read >= 0)
        mil_program_free(program);
    free(findings);
    table_free(table);
    return status;
}

static size_t line_bytes(const char *at) {
    return strcspn(at, "\n");
}

static bool lines_equal(const char *a, const char *b) {
    size_t bytes = line_bytes(a);
    return bytes == line_bytes(b) && memcmp(a, b, bytes) == 0;
}

static const char *line_next(const char *at) {
    at += line_bytes(at);
    return *at ? at + 1 : at;
}

static void line_print(char mark, const char *at) {
    putchar(mark);
    fwrite(at, 1, line_bytes(at), stdout);
    putchar('\n');
}

/* Whether the line is a const that mil_fix added. */
static bool line_is_stated(const char *at) {
    const char *found = strstr(at, " stated_");
    return found && found < at + line_bytes(at) &&
           strncmp(found + strcspn(found + 1, " ") + 1, " = const()", 10) == 0;
}

/* Lines were changed or inserted, never removed; consts come before the changed line. */
static void difference_print(const char *before, const char *after) {
    while (*after) {
        if (lines_equal(before, after)) {
            before = line_next(before);
            after = line_next(after);
            continue;
        }
        bool is_put_in = lines_equal(before, line_next(after)); /* buildInfo */
        if (!is_put_in)
            line_print('-', before);
        for (; line_is_stated(after); after = line_next(after))
            line_print('+', after);
        line_print('+', after);
        after = line_next(after);
        before = is_put_in ? before : line_next(before);
    }
}

/* Returns 0, or -1 and *error. */
static int fix_write(const char *path, const char *out_path, const struct mil_program *program,
    const char *text, size_t bytes, struct error *error) {
    struct mil_program *again = NULL;
    struct mil_error why;
    size_t fixed_bytes;
    int n, status = -1;
    char *fixed = mil_fix(program, text, bytes, &fixed_bytes, &n);
    struct mil_finding *findings = NULL;
    int n_findings = 0;
    if (!fixed)
        return error_set(error, EXIT_BROKEN, "%s: out of memory while rewriting", path);
    if (mil_read(fixed, fixed_bytes, &again, &findings, &n_findings, &why) < 0) {
        error_set(error, EXIT_FAILED,
            "%s: cannot rewrite: first put each statement on a line of its own", path);
    } else if (file_replace(out_path, fixed, fixed_bytes, error) == 0) {
        printf("%s:1:1: %d rewritten, in %s\n", path, n, out_path);
        difference_print(text, fixed);
        status = 0;
    }
    mil_program_free(again);
    free(findings);
    free(fixed);
    return status;
}

/* Returns the exit code, after printing; or -1 and *error. */
static int program_check(const char *path, const char *text, size_t bytes,
    const struct mil_options *o, struct error *error) {
    struct mil_program *program;
    struct mil_finding *findings;
    struct mil_error why;
    int n_findings, status = mil_read(text, bytes, &program, &findings, &n_findings, &why);
    if (status < 0) {
        findings_print(path, findings, n_findings);
        free(findings);
        fprintf(stderr, "%s:%u:%u: error: %s\n", path, why.place.line, why.place.column, why.text);
        return EXIT_FAILED;
    }
    printf("%s:1:1: program(%s), scalars %s\n", path, program->version,
        program->scalar_form == MIL_SCALARS_BARE ? "bare" : "as tensor<T, []>");
    for (int i = 0; i < program->n_functions; i++)
        function_print(path, &program->functions[i]);
    status = findings_print(path, findings, n_findings);
    const int refused = complaints_print(path, program, o->limits);
    free(findings);
    const int fixed = o->fixed && status != EXIT_FAILED
                          ? fix_write(path, o->fixed, program, text, bytes, error)
                          : 0;
    mil_program_free(program);
    if (fixed < 0)
        return -1;
    if (refused < 0)
        return error_set(error, EXIT_BROKEN, "%s: out of memory while checking", path);
    return refused > 0 ? EXIT_FAILED : status;
}

static void file_check(const char *path, const struct mil_options *o, struct error *error) {
    size_t bytes;
    char *text;
    if (path_check(path, error) != 0 ||
        (o->fixed && output_check(o->fixed, "--fix", false, error) != 0) ||
        file_take(path, MIL_TEXT_MAX_BYTES, &text, &bytes, error) != 0)
        return;
    const int code = o->format == TABLE_AS_TEXT ? program_check(path, text, bytes, o, error)
                                                : program_tabulate(path, text, bytes, o, error);
    if (code > EXIT_DONE)
        error->code = (enum exit_code)code; /* already reported */
    free(text);
}

static void rules_print(enum table_format format, struct error *error) {
    const struct mil_rule *rule;
    struct table *table = table_new(&table_form_mil_rules);
    if (!table) {
        error_set(error, EXIT_BROKEN, "out of memory");
        return;
    }
    for (int i = 0; (rule = mil_rule_at(i)) != NULL; i++) {
        table_put_text(table, rule->id);
        table_put_text(table, mil_severity_name(rule->severity));
        table_put_text(table, rule->text);
        table_put_text(table, rule->seen_on);
        table_put_text(table, rule->source);
        table_put_text(table, rule->against);
        table_end_row(table, &(const struct table_origin){.clock = NULL});
    }
    (void)table_print(table, format, stdout, error);
    table_free(table);
}

static void work(char **files, int n_files, void *values, struct error *error) {
    const struct mil_options *o = values;
    if (o->fixed && o->format != TABLE_AS_TEXT)
        error_set(error, EXIT_USAGE, "--fix prints a difference: it goes with text only");
    else if (o->rules == (n_files == 1))
        error_set(error, EXIT_USAGE, "give FILE.mil or --rules ('%s --help' has more)", line.name);
    else if (o->rules)
        rules_print(o->format, error);
    else
        file_check(files[0], o, error);
}

int main(int argc, char **argv) {
    struct mil_options o = {.rules = false};
    return program_run(&line, argc, argv, &o, work);
}
