/* SPDX-License-Identifier: MIT
 *
 * What others published, as rows of results/published.csv, and the readers of their formats.
 */
#ifndef ANEPROBE_IMPORT_ROWS_H
#define ANEPROBE_IMPORT_ROWS_H

#include "base/error.h"

#include <stddef.h>
#include <stdio.h>

/* Every text is copied, "" where it is not known. */
struct import_row {
    const char *source, *date; /* who published it; YYYY-MM-DD, or "" */
    const char *chip, *os;
    const char *experiment, *config, *metric, *unit, *note;
    double value; /* finite */
};

struct import_rows {
    struct import_entry *list;
    size_t n, room;
};

/* `path` stands for the place in messages. A date of another form is an error, and so is the same metric of the
 * same source, chip and config a second time: a file was given twice. Returns 0, or -1 and *error. */
int import_add(
    struct import_rows *rows, const char *path, const struct import_row *row, struct error *error);
/* As CSV with the head of results/published.csv. */
void import_print(const struct import_rows *rows, FILE *out);
void import_free(struct import_rows *rows);

/* The chip as results/published.csv names it: "Apple M4" is "M4". */
const char *import_chip(const char *name);

/* A result of ANEForge's roofline suite (sbryngelson/ANEForge, bench/roofline_suite.py): JSON with suite
 * "roofline" and schema_version 2, one file a run. Taken are the engine's own figures, devices.ANE:
 * GEMM and convolutions of device_saturation_sweep.py, the best streaming of
 * device_bandwidth_roofline.py, tokens a second of decode_measurement.py. Figures that a run lacks are null or
 * absent, or NaN for power, and give no row. `source` NULL: its contributor and run_id. Returns 0, or -1 and *error. */
int import_aneforge(struct import_rows *rows, const char *path, const char *source,
    const char *bytes, size_t n_bytes, struct error *error);

/* CSV of llama-bench (ggml-org/llama.cpp, tools/llama-bench/README.md: one row a test, averages over
 * repetitions), or of `aneprobe generate`. Columns are found by name, as they differ between versions. llama-bench
 * measures processors and GPUs, never the engine, and its rows say so, as do others that are not the engine's.
 * Neither says who ran it: `source` must. */
int import_llama_bench(struct import_rows *rows, const char *path, const char *source,
    const char *bytes, size_t n_bytes, struct error *error);

#endif
