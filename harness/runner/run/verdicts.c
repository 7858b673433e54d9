/* SPDX-License-Identifier: MIT */
#include "runner/run/verdicts.h"
#include "record/verdict.h"
#include "runner/run/job.h"

#include <string.h>

static int read_verdicts(const struct run *run, struct csv_table **table, struct error *error) {
    char path[RUN_PATH_SIZE];
    return csv_table_read(run_path(run, path, "verdicts.csv"), table, error);
}

static const char *cell(const struct csv_table *table, size_t row, const char *name) {
    return csv_text(table, row, csv_column(table, name));
}

/* What was measured, its interval where it has both ends, and n; nothing where there is nothing. */
static void put_measured(FILE *out, const struct csv_table *table, size_t row) {
    const char *measured = cell(table, row, "measured"), *unit = cell(table, row, "unit");
    struct error ignored;
    double low, high, n;
    if (measured[0] != '\0')
        fprintf(out, "  %s%s%s", measured, unit[0] != '\0' ? " " : "", unit);
    if (csv_number(table, row, csv_column(table, "ci_low"), &low, &ignored) == 1 &&
        csv_number(table, row, csv_column(table, "ci_high"), &high, &ignored) == 1)
        fprintf(out, " (95 %% CI %.4g to %.4g)", low, high);
    if (csv_number(table, row, csv_column(table, "n"), &n, &ignored) == 1 && n > 0)
        fprintf(out, ", n = %.0f %s", n, cell(table, row, "n_unit"));
}

int verdicts_table(const struct run *run, FILE *out, struct error *error) {
    struct csv_table *table = NULL;
    if (read_verdicts(run, &table, error) != 0)
        return -1;
    int width = 0;
    for (size_t i = 0; i < csv_rows(table); i++) {
        int length = (int)strlen(cell(table, i, "finding"));
        width = length > width ? length : width;
    }
    for (size_t i = 0; i < csv_rows(table); i++) {
        fprintf(out, "%-*s  %-12s", width, cell(table, i, "finding"), cell(table, i, "verdict"));
        put_measured(out, table, i);
        fputc('\n', out);
    }
    csv_table_free(table);
    return 0;
}

int verdicts_tap(const struct run *run, const struct schedule *schedule,
    const struct journal *journal, const char *judge_error, FILE *out, struct error *error) {
    struct csv_table *table = NULL;
    if (read_verdicts(run, &table, error) != 0)
        return -1;
    size_t number = 0;
    for (size_t i = 0; i < csv_rows(table); i++)
        tap_verdict(out, ++number, cell(table, i, "finding"), cell(table, i, "verdict"),
            cell(table, i, "reason"));
    csv_table_free(table);
    for (size_t i = 0; i < journal->n_done; i++) {
        enum job_status status = journal->entries[i].status;
        if (status == JOB_OK || status == JOB_UNSUPPORTED)
            continue;
        char words[512];
        job_last_words(run, schedule->jobs[i].job, words, sizeof words);
        fprintf(out, "not ok %zu - job %u %s %s %s: ", ++number, schedule->jobs[i].job,
            schedule->jobs[i].program, schedule->jobs[i].arm, job_status_name(status));
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
