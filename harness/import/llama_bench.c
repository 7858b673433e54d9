/* SPDX-License-Identifier: MIT */
#include "import/rows.h"

#include "measure/csv.h"

#include <string.h>

enum column { CPU, GPU, BACKENDS, MODEL, PROMPT, GEN, TIME, RATE, DEVIATION, COMMIT, NEEDED };
/* llama-bench's names, and those of `aneprobe generate`, whose tests are the same. */
enum writer { LLAMA_BENCH, GENERATE };
static const char *const names[][NEEDED] = {
    [LLAMA_BENCH] = {"cpu_info", "gpu_info", "backends", "model_type", "n_prompt", "n_gen",
        "test_time", "avg_ts", "stddev_ts", "build_commit"},
    [GENERATE] = {"chip", "device", "device", "model_type", "n_prompt", "n_gen", "test_time",
        "avg_ts", "stddev_ts", "suite_commit"}};

struct source {
    struct import_rows *rows;
    const char *name, *path;
    const struct csv_table *table;
    enum writer writer;
    int at[NEEDED];
};

/* The number of a cell, which must be there. */
static int number(
    const struct source *s, size_t row, enum column column, double *value, struct error *error) {
    const int found = csv_number(s->table, row, s->at[column], value, error);
    if (found == 0)
        csv_fail(s->table, row, s->at[column], error, "empty; there must be a number");
    return found == 1 ? 0 : -1;
}

/* pp512, tg128, or pp512+tg128, at depth d where the file has one. */
static void test_name(
    const struct source *s, size_t row, double prompt, double gen, char *out, size_t bytes) {
    const char *depth = csv_cell(s->table, row, "n_depth");
    char first[32] = "", second[32] = "";
    if (prompt > 0)
        snprintf(first, sizeof first, "pp%.0f", prompt);
    if (gen > 0)
        snprintf(second, sizeof second, "tg%.0f", gen);
    snprintf(out, bytes, "%s%s%s%s%.20s", first, prompt > 0 && gen > 0 ? "+" : "", second,
        depth[0] != '\0' && strcmp(depth, "0") != 0 ? " at depth " : "",
        depth[0] != '\0' && strcmp(depth, "0") != 0 ? depth : "");
}

/* The chip of cpu_info, which names libraries first in newer versions: "Accelerate, Apple M4 Pro". */
static const char *chip_of(const char *cpu) {
    const char *apple = strstr(cpu, ", Apple ");
    return import_chip(apple ? apple + strlen(", ") : cpu);
}

/* Whether a row of `aneprobe generate` is left out: 1 for a test that failed; -1 and *error for simulated time. */
static int row_skip(const struct source *s, size_t row, struct error *error) {
    if (s->writer == LLAMA_BENCH)
        return 0;
    if (strcmp(csv_cell(s->table, row, "clock"), "measured") != 0)
        return csv_fail(s->table, row, csv_column(s->table, "clock"), error,
            "only measured rates can stand beside those of others");
    return strcmp(csv_cell(s->table, row, "outcome"), "right") != 0;
}

static int row_take(const struct source *s, size_t row, struct error *error) {
    double prompt, gen, rate, deviation;
    char test[96], config[288], note[256], date[11];
    const int skipped = row_skip(s, row, error);
    if (skipped != 0)
        return skipped < 0 ? -1 : 0;
    if (number(s, row, PROMPT, &prompt, error) != 0 || number(s, row, GEN, &gen, error) != 0 ||
        number(s, row, RATE, &rate, error) != 0 ||
        number(s, row, DEVIATION, &deviation, error) != 0)
        return -1;
#define TEXT(column) csv_text(s->table, row, s->at[column])
    const bool is_engine = s->writer == GENERATE && (strncmp(TEXT(GPU), "ane", 3) == 0 ||
                                                        strcmp(TEXT(GPU), "coreml:ne") == 0);
    test_name(s, row, prompt, gen, test, sizeof test);
    if (s->writer == GENERATE)
        snprintf(config, sizeof config, "aneprobe, %.40s, %.80s %.8s in %.8s programs, %s",
            TEXT(BACKENDS), TEXT(MODEL), csv_cell(s->table, row, "type"),
            csv_cell(s->table, row, "programs"), test);
    else
        snprintf(config, sizeof config, "llama.cpp, %.40s, %.80s, %s", TEXT(BACKENDS), TEXT(MODEL),
            test);
    snprintf(note, sizeof note, "%s%.80s; standard deviation %.4g; build %.20s",
        is_engine ? "" : "not the engine: ", TEXT(GPU)[0] != '\0' ? TEXT(GPU) : "processor",
        deviation, TEXT(COMMIT));
    snprintf(date, sizeof date, "%.10s", TEXT(TIME));
    return import_add(s->rows, s->path,
        &(const struct import_row){.source = s->name,
            .date = date,
            .chip = chip_of(TEXT(CPU)),
            .os = csv_cell(s->table, row, "os"),
            .experiment = s->writer == GENERATE ? "generate" : "llama_bench",
            .config = config,
            .metric = prompt > 0 && gen > 0 ? "combined_rate"
                      : gen > 0             ? "decode_rate"
                                            : "prefill_rate",
            .unit = "tok/s",
            .note = note,
            .value = rate},
        error);
#undef TEXT
}

int import_llama_bench(struct import_rows *rows, const char *path, const char *source,
    const char *bytes, size_t n_bytes, struct error *error) {
    struct csv_table *table = NULL;
    struct source s = {.rows = rows, .name = source, .path = path};
    if (csv_table_parse(path, bytes, n_bytes, &table, error) != 0)
        return -1;
    int failed = 0;
    s.table = table;
    s.writer = csv_column(table, "suite_commit") >= 0 ? GENERATE : LLAMA_BENCH;
    for (int i = 0; !failed && i < NEEDED; i++) {
        s.at[i] = csv_require_column(table, names[s.writer][i], error);
        failed = s.at[i] < 0 ? -1 : 0;
    }
    if (!failed && csv_rows(table) == 0)
        failed = error_set(error, EXIT_BROKEN, "%s: has no rows", path);
    if (!failed && !source)
        failed = error_set(
            error, EXIT_USAGE, "%s: this CSV does not say who ran it: give --source", path);
    for (size_t i = 0; !failed && i < csv_rows(table); i++)
        failed = row_take(&s, i, error);
    csv_table_free(table);
    return failed;
}
