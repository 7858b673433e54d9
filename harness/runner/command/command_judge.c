/* SPDX-License-Identifier: MIT
 *
 * Commands for a finished run: judge it again, report it again.
 */
#include "runner/command/command.h"
#include "base/files.h"
#include "runner/run/judge.h"
#include "runner/run/report.h"
#include "runner/run/samples.h"
#include "runner/run/verdicts.h"

#include <stdlib.h>

struct judge_options {
    enum table_format format;
};

static const struct option judge_options[] = {
    {"--format", "F", "text", TABLE_FORMAT_TEXT, OPTION_CHOICE,
        OPTION_FIELD(struct judge_options, format), .words = table_format_words},
};

/* The one operand, a run directory. */
static int open_operand(const struct command_line *line, int argc, char **argv, void *options,
    struct run *run, struct error *error) {
    return options_read(line, argc, argv, options, NULL, NULL, error) == OPTIONS_READ
               ? run_open(run, argv[1], error)
               : -1;
}

static const struct command_line judge_line = {.name = "aneprobe judge",
    .usage = "RUN [--format F]",
    .options = judge_options,
    .n_options = sizeof judge_options / sizeof *judge_options,
    .text = "Judges a stored run directory again and prints its verdicts. The same samples always "
            "give the same files.",
    .least_operands = 1,
    .most_operands = 1,
    .operand = "RUN"};

static const struct command_line report_line = {.name = "aneprobe report",
    .usage = "RUN",
    .text =
        "Writes PROBE_RESULTS.md, PROBE_RESULTS.html and their figures into RUN, which must have "
        "been judged. Needs sqlite3; figures need gnuplot, the HTML page needs cmark-gfm.",
    .least_operands = 1,
    .most_operands = 1,
    .operand = "RUN"};

static int read_schedule(const struct run *run, struct schedule *schedule, struct error *error) {
    char path[RUN_PATH_SIZE], *bytes;
    size_t n_bytes;
    if (file_read(run_path(run, path, "schedule.csv"), 64 << 20, &bytes, &n_bytes, error) != 0)
        return -1;
    int failed = schedule_parse(path, bytes != NULL ? bytes : "", n_bytes, schedule, error);
    free(bytes);
    return failed;
}

static int judge(int argc, char **argv, struct error *error) {
    struct run run = {.lock_fd = -1};
    struct manifest manifest = {0};
    struct schedule schedule = {0};
    struct judge_options o = {TABLE_AS_TEXT};
    int failed = open_operand(&judge_line, argc, argv, &o, &run, error);
    if (!failed)
        failed = run_lock(&run, error);
    if (!failed)
        failed = manifest_read(&manifest, error);
    if (!failed)
        failed = read_schedule(&run, &schedule, error);
    if (!failed)
        failed = samples_write_missing(&run, &schedule, error);
    if (!failed)
        failed = judge_run(&run, &manifest, &schedule, error);
    struct error ignored;
    bool judged = failed && schedule.n > 0; /* some experiments may have been */
    if (!failed)
        failed = verdicts_table(&run, o.format, stdout, error);
    else if (judged)
        verdicts_table(&run, o.format, stdout, &ignored);
    schedule_free(&schedule);
    manifest_free(&manifest);
    run_close(&run);
    return failed ? (int)error->code : EXIT_DONE;
}

static int report(int argc, char **argv, struct error *error) {
    struct run run = {.lock_fd = -1};
    if (open_operand(&report_line, argc, argv, NULL, &run, error) != 0 ||
        run_lock(&run, error) != 0)
        return error->code;
    int failed = report_write(&run, error);
    run_close(&run);
    if (failed)
        return error->code;
    char path[RUN_PATH_SIZE];
    printf("%s\n", run_path(&run, path, "PROBE_RESULTS.md"));
    return EXIT_DONE;
}

const struct command command_judge = {
    "judge",
    "judge a run's samples again, without a device",
    judge,
    &judge_line,
    NULL,
};

const struct command command_report = {
    "report",
    "write the report of a judged run",
    report,
    &report_line,
    NULL,
};
