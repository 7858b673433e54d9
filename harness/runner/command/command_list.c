/* SPDX-License-Identifier: MIT */
#include "runner/command/command.h"
#include "runner/run/survey.h"

#include <stdio.h>
#include <string.h>

static void put_program(const struct manifest_program *program, const struct csv_table *about) {
    int field = csv_column(about, "field");
    const char *question = "";
    for (size_t i = 0; i < csv_rows(about) && question[0] == '\0'; i++)
        if (strcmp(csv_text(about, i, field), "question") == 0)
            question = csv_text(about, i, csv_column(about, "text"));
    printf("%-18s %-6s %s\n", program->name, program->kind, question);
}

static const struct command_line list_line = {.name = "aneprobe list",
    .usage = "",
    .text = "One line a program: name, kind, question. Each program lists its own arms: "
            "'build/probes/NAME --list'."};

static int list(int argc, char **argv, struct error *error) {
    struct manifest manifest;
    if (options_read(&list_line, argc, argv, NULL, NULL, NULL, error) != OPTIONS_READ ||
        manifest_read(&manifest, error) != 0)
        return error->code;
    int failed = 0;
    for (size_t i = 0; !failed && i < manifest.n; i++) {
        struct csv_table *about = NULL;
        failed = survey_about(&manifest.programs[i], &about, error);
        if (!failed)
            put_program(&manifest.programs[i], about);
        csv_table_free(about);
    }
    manifest_free(&manifest);
    return failed ? (int)error->code : EXIT_DONE;
}

const struct command command_list = {
    "list",
    "the probes and benchmarks and what each asks",
    list,
    &list_line,
    NULL,
};
