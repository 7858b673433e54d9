/* SPDX-License-Identifier: MIT */
#include "runner/run/verdicts.h"
#include "record/verdict.h"
#include "runner/run/job.h"
#include "runner/run/origin.h"

#include <string.h>

static int read_verdicts(const struct run *run, struct csv_table **table, struct error *error) {
    char path[RUN_PATH_SIZE];
    return csv_table_read(run_path(run, path, "verdicts.csv"), table, error);
}

static void put_verdict(
    struct table *out, const struct csv_table *table, size_t row, const struct run_origin *origin) {
    static const char *const columns[] = {"finding", "verdict", "measured", "unit", "ci_low",
        "ci_high", "n", "n_unit", "published", "source", "reason"};
    const bool is_counted = strcmp(csv_cell(table, row, "n"), "0") != 0;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        table_put_text(
            out, columns[i][0] == 'n' && !is_counted ? NULL : csv_cell(table, row, columns[i]));
    table_put_text(out, origin->started);
    table_end_row(out, &origin->of);
}

int verdicts_table(
    const struct run *run, enum table_format format, FILE *out, struct error *error) {
    struct csv_table *verdicts = NULL;
    struct run_origin origin;
    if (read_verdicts(run, &verdicts, error) != 0)
        return -1;
    int failed = run_origin_read(run, &origin, error);
    struct table *table = failed ? NULL : table_new(&table_form_judge);
    if (!failed && !table)
        failed = error_set(error, EXIT_BROKEN, "out of memory");
    for (size_t i = 0; !failed && i < csv_rows(verdicts); i++)
        put_verdict(table, verdicts, i, &origin);
    if (!failed)
        failed = table_print(table, format, out, error);
    table_free(table);
    run_origin_free(&origin);
    csv_table_free(verdicts);
    return failed;
}

int verdicts_tap(const struct run *run, const struct schedule *schedule,
    const struct journal *journal, const char *judge_error, FILE *out, struct error *error) {
    struct csv_table *table = NULL;
    if (read_verdicts(run, &table, error) != 0)
        return -1;
    size_t number = 0;
    for (size_t i = 0; i < csv_rows(table); i++)
        tap_verdict(out, ++number, csv_cell(table, i, "finding"), csv_cell(table, i, "verdict"),
            csv_cell(table, i, "reason"));
    csv_table_free(table);
    for (size_t i = 0; i < journal->n_done; i++) {
        enum job_status status = journal->entries[i].status;
        if (!job_status_is_bad(status))
            continue;
        char words[512];
        job_last_words(run, schedule->jobs[i].job, words, sizeof words);
        fprintf(out, "not ok %zu - job %u %s %s %s: ", ++number, schedule->jobs[i].job,
            schedule->jobs[i].experiment, schedule->jobs[i].arm, job_status_name(status));
        tap_text(out, words);
        fputc('\n', out);
    }
    if (judge_error[0] != '\0') {
        fprintf(out, "not ok %zu - judge: ", ++number);
        tap_text(out, judge_error);
        fputc('\n', out);
    }
    fprintf(out, "1..%zu\n", number);
    return 0;
}
