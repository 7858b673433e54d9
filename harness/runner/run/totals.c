/* SPDX-License-Identifier: MIT */
#include "runner/run/totals.h"

#include "record/verdict.h"
#include "runner/run/machine.h"

#include <string.h>

static void put_counts(FILE *out, const struct csv_table *table, const size_t of[VERDICTS + 1]) {
    const char *between = ": ";
    fprintf(out, "%zu finding%s", csv_rows(table), csv_rows(table) == 1 ? "" : "s");
    for (int i = 0; i < VERDICTS; i++)
        if (of[i] > 0) {
            fprintf(out, "%s%zu %s", between, of[i], verdict_name((enum verdict)i));
            between = ", ";
        }
    fputc('\n', out);
}

/* Names the first ones; the report has all. */
static void put_names(FILE *out, const struct csv_table *table, enum verdict verdict) {
    enum { NAMED = 3 };
    size_t n = 0;
    for (size_t i = 0; i < csv_rows(table); i++)
        if (verdict_find(csv_cell(table, i, "verdict")) == verdict && n++ < NAMED)
            fprintf(out, "%s%s", n == 1 ? "" : ", ", csv_cell(table, i, "finding"));
    if (n > NAMED)
        fprintf(out, " and %zu more", n - NAMED);
}

static void put_trials(FILE *out, const struct session *s) {
    size_t of[JOB_STATUSES] = {0};
    const char *between = "";
    for (size_t i = 0; i < s->journal.n_done; i++)
        of[s->journal.entries[i].status]++;
    fprintf(out, "  trials without a whole result: ");
    for (int i = 0; i < JOB_STATUSES; i++)
        if (job_status_is_bad((enum job_status)i) && of[i] > 0) {
            fprintf(out, "%s%zu %s", between, of[i], job_status_name((enum job_status)i));
            between = ", ";
        }
    fprintf(out, "; what each said is in %s/jobs\n", s->run.path);
}

static bool has_bad_trial(const struct session *s) {
    for (size_t i = 0; i < s->journal.n_done; i++)
        if (job_status_is_bad(s->journal.entries[i].status))
            return true;
    return false;
}

/* At most three, the most serious first. */
static void put_worth_knowing(FILE *out, const struct session *s, const struct csv_table *table,
    const size_t of[VERDICTS + 1]) {
    enum { MOST = 3 };
    int n = 0;
    if (has_bad_trial(s) && n++ < MOST)
        put_trials(out, s);
    if (of[VERDICT_UNTRUSTED] > 0 && n++ < MOST) {
        fprintf(out, "  not to be quoted, since a control failed or others used the machine: ");
        put_names(out, table, VERDICT_UNTRUSTED);
        fputc('\n', out);
    }
    if (s->journal.n_done < s->schedule.n && n++ < MOST)
        fprintf(out, "  stopped after %zu of %zu trials\n", s->journal.n_done, s->schedule.n);
    if (!session_has_engine(s->machine) && n++ < MOST)
        fprintf(out, "  this is the device %s: none of it is about a Neural Engine\n",
            s->settings.device);
    if (of[VERDICT_INCONCLUSIVE] > 0 && s->settings.quick && n++ < MOST) {
        fprintf(out, "  undecided, which a run without --quick may decide: ");
        put_names(out, table, VERDICT_INCONCLUSIVE);
        fputc('\n', out);
    }
}

int totals_put(FILE *out, const struct session *session, struct error *error) {
    struct csv_table *table = NULL;
    char path[RUN_PATH_SIZE];
    size_t of[VERDICTS + 1] = {0};
    if (csv_table_read(run_path(&session->run, path, "verdicts.csv"), &table, error) != 0)
        return -1;
    for (size_t i = 0; i < csv_rows(table); i++)
        of[verdict_find(csv_cell(table, i, "verdict"))]++;
    put_counts(out, table, of);
    put_worth_knowing(out, session, table, of);
    csv_table_free(table);
    return 0;
}
