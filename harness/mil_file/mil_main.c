/* SPDX-License-Identifier: MIT
 *
 * aneprobe-mil: reads and checks one program, and rewrites and writes it when asked to. The summary
 * and complaints go to stdout, errors in the text to stderr; every line starts with its place.
 */
#include "base/files.h"
#include "base/program.h"
#include "mil/check/check.h"
#include "mil_file/mil_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct mil_options {
    bool rules, fix;
    enum table_format format;
    const char *limits; /* NULL: everything */
    const char *out;    /* where the program is written; NULL: nowhere */
};

static const struct option options[] = {
    {"--device-limits", "LIST", NULL,
        "only rules that hold on all of these, such as m4,macos27, or on every chip", OPTION_WORD,
        OPTION_FIELD(struct mil_options, limits)},
    {"--fix", NULL, NULL,
        "rewrite what a rule refuses into what is known to be accepted, if no bit of the results "
        "changes, and print the difference",
        OPTION_SWITCH, OPTION_FIELD(struct mil_options, fix)},
    {"--write", "OUT", NULL,
        "write the program, after --fix if given, to a new OUT.mil with its weights beside it, or "
        "to a new OUT.mlpackage",
        OPTION_WORD, OPTION_FIELD(struct mil_options, out)},
    {"--rules", NULL, NULL, "the rules that programs are checked against", OPTION_SWITCH,
        OPTION_FIELD(struct mil_options, rules)},
    {"--format", "F", "text", TABLE_FORMAT_TEXT "; all but text have only the complaints",
        OPTION_CHOICE, OPTION_FIELD(struct mil_options, format), .words = table_format_words},
};

static const struct command_line line = {.name = "aneprobe mil",
    .usage = "[--device-limits LIST] [--fix] [--write OUT] [--format F] FILE\n--rules [--format F]",
    .text =
        "Reads a program (.mil, .mlmodelc, .mlpackage, .mlmodel, or a text from a pipe or, as -, "
        "from standard input), prints what it contains, and "
        "checks it against what engines are known to refuse. Every line starts with its place; "
        "for a package, the place is in the text that --write OUT.mil writes. "
        "A complaint is an error (the text "
        "is wrong), refused (an engine refuses it or gets it wrong), a warning (it goes wrong "
        "on some chips, or according to some sources), not known here (this suite does not "
        "know the operator), or a note. A text may have up to 256 MiB.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .most_operands = 1,
    .end =
        "Exit codes: 0 nothing refused (there may be warnings), 1 something refused or wrong, "
        "2 wrong usage, 77 nothing refused but something not known here, or a rewrite that cannot "
        "be checked, 99 cannot read or write. With --fix, they are about the rewritten program."};

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

/* What can be said of the output's name before anything is read. */
static int out_check(const char *out, struct error *error) {
    struct mil_error why;
    if (mil_package_name_check(out, &why) < 0)
        return error_set(error, EXIT_USAGE, "--write %s: %s", out, why.text);
    return output_check(out, "--write", false, error);
}

/* A misspelt word would leave out most rules. */
static int limits_check(const char *limits, struct error *error) {
    size_t bytes;
    const char *unknown = mil_limits_unknown(limits, &bytes);
    return unknown ? error_set(error, EXIT_USAGE,
                         "--device-limits: nothing is known of '%.*s'; 'aneprobe mil --rules' "
                         "lists the "
                         "chips and systems",
                         (int)bytes, unknown)
                   : 0;
}

/* Opens what can be read only once: "-", a pipe, a terminal. -1: it is a file or a folder, or cannot be opened. */
static int stream_open(const char *path) {
    struct stat status;
    if (strcmp(path, "-") == 0)
        return dup(STDIN_FILENO);
    if (stat(path, &status) != 0 || S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))
        return -1;
    return open(path, O_RDONLY | O_CLOEXEC);
}

static int subject_open(struct mil_subject *s, struct error *error) {
    struct mil_error why;
    const int stream = stream_open(s->path);
    const int result = stream < 0 ? mil_package_read(s->path, &s->package, &why)
                                  : mil_package_read_stream(stream, &s->package, &why);
    if (stream >= 0)
        close(stream);
    if (result < 0)
        return error_set(error, EXIT_BROKEN, "%s: %s", s->path, why.text);
    if (mil_read(s->package->text, s->package->text_bytes, &s->program, &s->findings,
            &s->n_findings, &s->why) < 0)
        s->program = NULL;
    return 0;
}

static void subject_close(struct mil_subject *s) {
    mil_package_close(s->package);
    mil_program_free(s->program);
    free(s->findings);
}

static int subject_write(const struct mil_subject *s, const struct mil_program *program,
    const struct mil_weights *weights, const char *out, struct error *error) {
    struct mil_error why;
    return mil_package_write(out, program, weights, &why) == 0
               ? 0
               : error_set(error, EXIT_BROKEN, "%s: cannot write %s: %s", s->path, out, why.text);
}

/* --fix and --write, of a program without errors. `status` is that of the check; returns that of the
 * rewritten program, or -1 and *error. */
static int subject_change(
    struct mil_subject *s, const struct mil_options *o, int status, struct error *error) {
    struct mil_fixed fixed = {.text = NULL};
    struct mil_error why;
    if (subject_has_errors(s))
        return status; /* already said */
    if (mil_package_map(s->package, s->program, &why) < 0)
        return error_set(error, EXIT_BROKEN, "%s: %s", s->path, why.text);
    if (o->fix)
        status = subject_fix(s, &fixed, error);
    if (status >= 0 && o->out &&
        subject_write(s, o->fix ? fixed.program : s->program,
            o->fix ? &fixed.weights : &s->package->weights, o->out, error) < 0)
        status = -1;
    mil_fixed_free(&fixed);
    return status;
}

static void file_check(const char *path, const struct mil_options *o, struct error *error) {
    struct mil_subject s = {.path = path, .limits = o->limits};
    if ((strcmp(path, "-") != 0 && path_check(path, error) != 0) ||
        limits_check(o->limits, error) != 0 || (o->out && out_check(o->out, error) != 0) ||
        subject_open(&s, error) < 0)
        return;
    int code = o->format == TABLE_AS_TEXT ? subject_say(&s, error)
                                          : subject_tabulate(&s, o->format, error);
    if (code >= 0 && s.program && (o->fix || o->out))
        code = subject_change(&s, o, code, error);
    if (code > EXIT_DONE)
        error->code = (enum exit_code)code; /* already reported */
    subject_close(&s);
}

static void work(char **files, int n_files, void *values, struct error *error) {
    const struct mil_options *o = values;
    if (o->fix && o->format != TABLE_AS_TEXT)
        error_set(error, EXIT_USAGE, "--fix prints a difference: it goes with text only");
    else if (o->rules == (n_files == 1))
        error_set(error, EXIT_USAGE, "give FILE or --rules ('%s --help' has more)", line.name);
    else if (o->rules)
        rules_print(o->format, error);
    else
        file_check(files[0], o, error);
}

int main(int argc, char **argv) {
    struct mil_options o = {.rules = false};
    return program_run(&line, argc, argv, &o, work);
}
