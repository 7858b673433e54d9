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

/* Whether one of the tables, including its header, is complete CSV. */
static int table_check(const char *name, const char *bytes, size_t n_bytes, struct error *error) {
    struct csv_table *table = NULL;
    int failed = csv_table_parse(name, bytes, n_bytes, &table, error);
    csv_table_free(table);
    return failed;
}

/* Where the head stands at the beginning of a line, from `at` on; n_bytes when it does not. */
static size_t head_find(const char *answer, size_t n_bytes, size_t at, const char *head) {
    const size_t n_head = strlen(head);
    for (; at + n_head <= n_bytes; at++)
        if (answer[at - 1] == '\n' && memcmp(answer + at, head, n_head) == 0)
            return at;
    return n_bytes;
}

/* The one row of what a look came to, its head included. */
static int look_read(
    const char *bytes, size_t n_bytes, struct look_result *look, struct error *error) {
    static const char *const columns[] = {"claims", "decided", "undecidable", "level"};
    double values[4];
    struct csv_table *table = NULL;
    int failed = csv_table_parse("its look", bytes, n_bytes, &table, error);
    for (int i = 0; i < 4 && !failed; i++)
        if (csv_rows(table) != 1 ||
            csv_number(table, 0, csv_column(table, columns[i]), &values[i], error) != 1 ||
            values[i] < 0 || values[i] > UINT32_MAX)
            failed = error_set(error, EXIT_BROKEN, "its look has no %s", columns[i]);
    if (!failed)
        *look = (struct look_result){
            (unsigned)values[0], (unsigned)values[1], (unsigned)values[2], values[3]};
    csv_table_free(table);
    return failed;
}

int judged_split(
    const char *answer, size_t n_bytes, bool with_look, struct judged *out, struct error *error) {
    static const char summary[] = HEAD_SUMMARY "\n", verdicts[] = HEAD_VERDICTS "\n";
    const size_t n_summary = sizeof summary - 1, n_verdicts = sizeof verdicts - 1;
    if (n_bytes < n_summary || memcmp(answer, summary, n_summary) != 0)
        return error_set(error, EXIT_BROKEN, "no summary with the columns %s", HEAD_SUMMARY);
    if (answer[n_bytes - 1] != '\n')
        return error_set(error, EXIT_BROKEN, "the last line is cut off");
    const size_t at = head_find(answer, n_bytes, n_summary, verdicts);
    if (at == n_bytes)
        return error_set(error, EXIT_BROKEN, "no verdicts with the columns %s", HEAD_VERDICTS);
    const size_t end =
        with_look ? head_find(answer, n_bytes, at + n_verdicts, HEAD_LOOK "\n") : n_bytes;
    if (with_look && end == n_bytes)
        return error_set(error, EXIT_BROKEN, "no look with the columns %s", HEAD_LOOK);
    *out = (struct judged){.summary = answer + n_summary,
        .summary_bytes = at - n_summary,
        .verdicts = answer + at + n_verdicts,
        .verdicts_bytes = end - at - n_verdicts};
    /* All or none: half a judgement would look complete. */
    if (table_check("its summary", answer, at, error) != 0 ||
        table_check("its verdicts", answer + at, end - at, error) != 0)
        return -1;
    return with_look ? look_read(answer + end, n_bytes - end, &out->look, error) : 0;
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
