/* SPDX-License-Identifier: MIT
 *
 * A probe's judgement of samples that may hold anything (PROBE's main is renamed in the build): the samples are
 * refused, or each of the probe's claims has one verdict with its reason, and no decided verdict rests on no
 * samples.
 */
#include "experiment/judge.h"
#include "experiment/trial.h"
#include "fuzz.h"
#include "measure/csv.h"
#include "record/heads.h"

#include <string.h>

int probe_main(int argc, char **argv);

static struct csv_table *table_read(const char *path) {
    struct csv_table *table;
    struct error error;
    if (csv_table_read(path, &table, &error) != 0) {
        fprintf(stderr, "%s\n", error.text);
        abort();
    }
    return table;
}

static const char *cell(const struct csv_table *table, size_t row, const char *column) {
    const int c = csv_column(table, column);
    FUZZ_CHECK(c >= 0);
    return csv_text(table, row, c);
}

static double number(const struct csv_table *table, size_t row, const char *column, double empty) {
    struct error error;
    double value = empty;
    FUZZ_CHECK(csv_number(table, row, csv_column(table, column), &value, &error) >= 0);
    return value;
}

static void verdict_check(const struct csv_table *verdicts, size_t row) {
    const char *verdict = cell(verdicts, row, "verdict");
    const enum verdict v = verdict_find(verdict);
    FUZZ_CHECK(v != VERDICTS);
    FUZZ_CHECK(cell(verdicts, row, "reason")[0] != '\0');
    FUZZ_CHECK(number(verdicts, row, "ci_low", -1e300) <= number(verdicts, row, "ci_high", 1e300));
    const double n = number(verdicts, row, "n", -1);
    FUZZ_CHECK(n > 0 || (n == 0 && v != VERDICT_REPRODUCED && v != VERDICT_CONTRADICTED));
}

/* The second table of the answer in the file. */
static struct csv_table *verdicts_read(const char *path) {
    struct csv_table *table;
    struct judged judged;
    struct error error = {.text = ""};
    static char answer[1 << 20];
    FILE *file = fopen(path, "r");
    FUZZ_CHECK(file != NULL);
    const size_t n_bytes = fread(answer, 1, sizeof answer, file);
    FUZZ_CHECK(n_bytes < sizeof answer && fclose(file) == 0);
    FUZZ_CHECK(judged_split(answer, n_bytes, false, &judged, &error) == 0);
    const char *verdicts = judged.verdicts - sizeof HEAD_VERDICTS;
    FUZZ_CHECK(csv_table_parse(
                   path, verdicts, (size_t)(answer + n_bytes - verdicts), &table, &error) == 0);
    return table;
}

static void verdicts_check(const struct csv_table *claims, const char *path) {
    struct csv_table *verdicts = verdicts_read(path);
    size_t n_claims = 0;
    for (size_t claim = 0; claim < csv_rows(claims); claim++) {
        if (strcmp(cell(claims, claim, "experiment"), PROBE) != 0)
            continue;
        size_t n = 0;
        for (size_t row = 0; row < csv_rows(verdicts); row++)
            n += strcmp(cell(verdicts, row, "finding"), cell(claims, claim, "finding")) == 0;
        FUZZ_CHECK(n == 1);
        n_claims++;
    }
    FUZZ_CHECK(n_claims > 0 && csv_rows(verdicts) == n_claims);
    for (size_t row = 0; row < n_claims; row++)
        verdict_check(verdicts, row);
    csv_table_free(verdicts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct csv_table *claims;
    if (!claims)
        claims = table_read(FINDINGS);
    char samples[256], verdicts[256];
    snprintf(verdicts, sizeof verdicts, "%s/verdicts.csv", fuzz_folder());
    snprintf(samples, sizeof samples, "%s", fuzz_file("samples.csv", data, size));
    char *const argv[] = {"probe", "--judge", samples, "--findings", FINDINGS, NULL};
    const int code = fuzz_main(probe_main, argv, verdicts);
    FUZZ_CHECK(code == EXIT_DONE || code == EXIT_BROKEN);
    if (code == EXIT_DONE)
        verdicts_check(claims, verdicts);
    return 0;
}
