/* SPDX-License-Identifier: MIT */
#include "runner/command/command.h"
#include "runner/run/survey.h"
#include "table/table.h"

#include <stdio.h>
#include <string.h>

static void put_experiment(struct table *table, const struct manifest_experiment *experiment,
    const struct csv_table *about) {
    int field = csv_column(about, "field");
    const char *question = "";
    for (size_t i = 0; i < csv_rows(about) && question[0] == '\0'; i++)
        if (strcmp(csv_text(about, i, field), "question") == 0)
            question = csv_cell(about, i, "text");
    table_put_text(table, experiment->name);
    table_put_text(table, experiment->kind);
    table_put_text(table, question);
    table_end_row(table, &(const struct table_origin){.clock = NULL});
}

struct list_options {
    enum table_format format;
};

static const struct option list_options[] = {
    {"--format", "F", "text", TABLE_FORMAT_TEXT, OPTION_CHOICE,
        OPTION_FIELD(struct list_options, format), .words = table_format_words},
};

static const struct command_line list_line = {.name = "aneprobe list",
    .usage = "[--format F]",
    .options = list_options,
    .n_options = sizeof list_options / sizeof *list_options,
    .text = "One line per experiment: name, kind, question. Each lists its own arms: "
            "'build/probes/NAME --list'."};

static int list(int argc, char **argv, struct error *error) {
    struct manifest manifest;
    struct list_options o = {TABLE_AS_TEXT};
    if (options_read(&list_line, argc, argv, &o, NULL, NULL, error) != OPTIONS_READ ||
        manifest_read(&manifest, error) != 0)
        return error->code;
    struct table *table = table_new(&table_form_list);
    int failed = table ? 0 : error_set(error, EXIT_BROKEN, "out of memory");
    for (size_t i = 0; !failed && i < manifest.n; i++) {
        struct csv_table *about = NULL;
        failed = survey_about(&manifest.experiments[i], &about, error);
        if (!failed)
            put_experiment(table, &manifest.experiments[i], about);
        csv_table_free(about);
    }
    if (!failed)
        failed = table_print(table, o.format, stdout, error);
    table_free(table);
    manifest_free(&manifest);
    return failed ? (int)error->code : EXIT_DONE;
}

const struct command command_list = {
    "list",
    "list the probes and benchmarks with their questions",
    list,
    &list_line,
    NULL,
};
