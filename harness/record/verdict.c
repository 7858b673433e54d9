/* SPDX-License-Identifier: MIT */
#include "record/verdict.h"

#include "measure/csv.h"
#include "record/heads.h"

#include <string.h>

static const char *const names[VERDICTS] = {
    "reproduced", "contradicted", "inconclusive", "unsupported", "untrusted"};

const char *verdict_name(enum verdict verdict) {
    return names[verdict];
}

enum verdict verdict_find(const char *word) {
    int verdict = 0;
    while (verdict < VERDICTS && strcmp(word, names[verdict]) != 0)
        verdict++;
    return (enum verdict)verdict;
}

/* One of the two tables, its head included: whole CSV? */
static int table_check(const char *name, const char *bytes, size_t n_bytes, struct error *error) {
    struct csv_table *table = NULL;
    int failed = csv_table_parse(name, bytes, n_bytes, &table, error);
    csv_table_free(table);
    return failed;
}

int judged_split(const char *answer, size_t n_bytes, struct judged *out, struct error *error) {
    static const char summary[] = HEAD_SUMMARY "\n", verdicts[] = HEAD_VERDICTS "\n";
    const size_t n_summary = sizeof summary - 1, n_verdicts = sizeof verdicts - 1;
    if (n_bytes < n_summary || memcmp(answer, summary, n_summary) != 0)
        return error_set(error, EXIT_BROKEN, "no summary with the columns %s", HEAD_SUMMARY);
    if (answer[n_bytes - 1] != '\n')
        return error_set(error, EXIT_BROKEN, "the last line is cut off");
    for (size_t at = n_summary; at + n_verdicts <= n_bytes; at++)
        if (answer[at - 1] == '\n' && memcmp(answer + at, verdicts, n_verdicts) == 0) {
            *out = (struct judged){.summary = answer + n_summary,
                .summary_bytes = at - n_summary,
                .verdicts = answer + at + n_verdicts,
                .verdicts_bytes = n_bytes - at - n_verdicts};
            /* Both or none: half a judgement would look like a whole one. */
            return table_check("its summary", answer, at, error) != 0
                       ? -1
                       : table_check("its verdicts", answer + at, n_bytes - at, error);
        }
    return error_set(error, EXIT_BROKEN, "no verdicts with the columns %s", HEAD_VERDICTS);
}

void tap_text(FILE *out, const char *text) {
    for (; *text; text++)
        fputc(*text == '\n' || *text == '\r' || *text == '#' ? ' ' : *text, out);
}

void tap_verdict(
    FILE *out, size_t number, const char *finding, const char *verdict, const char *reason) {
    static const struct {
        const char *result, *between;
    } lines[VERDICTS + 1] = {[VERDICT_REPRODUCED] = {"ok", ": "},
        [VERDICT_CONTRADICTED] = {"not ok", " # TODO "},
        [VERDICT_INCONCLUSIVE] = {"ok", " # SKIP "},
        [VERDICT_UNSUPPORTED] = {"ok", " # SKIP "},
        [VERDICT_UNTRUSTED] = {"not ok", " - "},
        [VERDICTS] = {"not ok", " - "}};
    const enum verdict found = verdict_find(verdict);
    fprintf(out, "%s %zu - ", lines[found].result, number);
    tap_text(out, finding);
    fputs(lines[found].between, out);
    tap_text(out, verdict);
    fputs(": ", out);
    tap_text(out, reason);
    fputc('\n', out);
}
