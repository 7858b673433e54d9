/* SPDX-License-Identifier: MIT */
#include "bench_file/output.h"

#include "base/files.h"
#include "base/place.h"
#include "base/spawn.h"
#include "measure/csv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int out_folder_check(const char *out, struct error *error) {
    static const char *const own[] = {NULL};
    return directory_claim(out, "--out", own, error);
}

static FILE *file_open(const char *out, const char *name, char **path, struct error *error) {
    *path = path_join(out, name);
    FILE *file = *path ? fopen(*path, "w") : NULL;
    if (!file)
        error_set(error, EXIT_BROKEN, "%s/%s: %s", out, name, strerror(errno));
    return file;
}

static int file_end(FILE *file, const char *path, struct error *error) {
    int bad = ferror(file);
    return fclose(file) == 0 && !bad
               ? 0
               : error_set(error, EXIT_BROKEN, "%s: cannot write; make room for it", path);
}

static int samples_write(
    const char *out, const struct bench_arm *arms, int n_arms, struct error *error) {
    static const char *const columns[] = {
        "file", "device", "clock", "process", "order", "eval_ns", "size"};
    char *path;
    FILE *file = file_open(out, "samples.csv", &path, error);
    struct csv_writer w = {.file = file, .buffered = true};
    for (size_t i = 0; file && i < sizeof columns / sizeof *columns; i++)
        csv_put_text(&w, columns[i]);
    if (file)
        csv_end_row(&w);
    for (int i = 0; file && i < n_arms; i++) {
        size_t first = 0;
        for (size_t j = 0; j < arms[i].n_samples; j++) {
            if (arms[i].process[j] != arms[i].process[first])
                first = j;
            csv_put_text(&w, arms[i].file);
            csv_put_text(&w, arms[i].device);
            csv_put_text(&w, arms[i].clock);
            csv_put_u64(&w, arms[i].process[j]);
            csv_put_u64(&w, j - first);
            csv_put_number(&w, arms[i].samples[j]);
            csv_put_text(&w, arms[i].size);
            csv_end_row(&w);
        }
    }
    int result = file ? file_end(file, path, error) : -1;
    free(path);
    return result;
}

static int table_write(const char *out, const struct bench_table *table, struct error *error) {
    char *path;
    FILE *file = file_open(out, "table.csv", &path, error);
    int result = -1;
    if (file) {
        result = bench_table_print(table, TABLE_AS_CSV, file, error);
        result = file_end(file, path, error) == 0 ? result : -1;
    }
    free(path);
    return result;
}

static int figure_draw(const char *out, struct error *error) {
    char *script = place_data("plots/bench.sh");
    const char *const argv[] = {"/bin/sh", script, out, NULL};
    char *text = NULL;
    size_t bytes;
    int result = script ? spawn_capture(argv, &text, &bytes, error)
                        : error_set(error, EXIT_BROKEN, "out of memory");
    free(text);
    free(script);
    return result;
}

int output_write(const char *out, const struct bench_settings *settings,
    const struct bench_arm *arms, int n_arms, const struct bench_table *table,
    struct error *error) {
    (void)settings;
    if (samples_write(out, arms, n_arms, error) < 0 || table_write(out, table, error) < 0)
        return -1;
    return figure_draw(out, error);
}
