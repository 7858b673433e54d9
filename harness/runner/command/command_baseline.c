/* SPDX-License-Identifier: MIT
 *
 * Named baselines: save, list, remove.
 */
#include "runner/command/command.h"
#include "runner/compare/baseline.h"
#include "runner/run/origin.h"

#include <stdlib.h>
#include <string.h>

struct baseline_options {
    enum table_format format;
    bool replace;
};

static const struct option options[] = {
    {"--replace", NULL, NULL, "save: replace an existing baseline of that name", OPTION_SWITCH,
        OPTION_FIELD(struct baseline_options, replace)},
    {"--format", "F", "text", "list: " TABLE_FORMAT_TEXT, OPTION_CHOICE,
        OPTION_FIELD(struct baseline_options, format), .words = table_format_words},
};

static const struct command_line line = {.name = "aneprobe baseline",
    .usage = "save NAME RUN [--replace]\nlist [--format F]\nremove NAME",
    .text = "Keeps a copy of a judged run under a name, in the user's data folder, for 'aneprobe "
            "compare NAME RUN --gate PERCENT'.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .least_operands = 1,
    .most_operands = 3,
    .operand = "save, list or remove"};

static int row_put(struct table *table, const char *name, struct error *error) {
    struct run run = {.lock_fd = -1};
    struct run_origin origin = {.started = ""};
    char *path = baseline_path(name);
    int failed =
        path ? run_open(&run, path, error) : error_set(error, EXIT_BROKEN, "out of memory");
    if (!failed)
        failed = run_origin_read(&run, &origin, error);
    if (!failed) {
        table_put_text(table, name);
        table_put_text(table, origin.started);
        table_put_text(table, origin.of.device);
        table_end_row(table, &origin.of);
    }
    run_origin_free(&origin);
    run_close(&run);
    free(path);
    return failed;
}

static int list(enum table_format format, struct error *error) {
    char **names;
    size_t n;
    int failed = baseline_names(&names, &n, error);
    struct table *table = failed ? NULL : table_new(&table_form_baseline);
    if (!failed && !table)
        failed = error_set(error, EXIT_BROKEN, "out of memory");
    for (size_t i = 0; !failed && i < n; i++)
        failed = row_put(table, names[i], error);
    if (!failed)
        failed = table_print(table, format, stdout, error);
    table_free(table);
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
    return failed;
}

static int baseline(int argc, char **argv, struct error *error) {
    struct baseline_options o = {TABLE_AS_TEXT, false};
    int n;
    if (options_read(&line, argc, argv, &o, NULL, &n, error) != OPTIONS_READ)
        return error->code;
    const char *verb = argv[1];
    int failed;
    if (strcmp(verb, "save") == 0 && n == 3)
        failed = baseline_save(argv[2], argv[3], o.replace, error);
    else if (strcmp(verb, "list") == 0 && n == 1)
        failed = list(o.format, error);
    else if (strcmp(verb, "remove") == 0 && n == 2)
        failed = baseline_remove(argv[2], error);
    else
        failed = error_set(error, EXIT_USAGE,
            "write 'save NAME RUN', 'list' or 'remove NAME' ('%s --help' has more)", line.name);
    return failed ? (int)error->code : EXIT_DONE;
}

const struct command command_baseline = {
    "baseline",
    "keep a run under a name, to compare later runs with it",
    baseline,
    &line,
    NULL,
};
