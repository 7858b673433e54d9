/* SPDX-License-Identifier: MIT
 *
 * Programs whose time is that of streaming their weights: one constant matrix times a vector, or a
 * few, as a 1x1 convolution. Every weight is read once per eval.
 */
#ifndef ANEPROBE_EXPERIMENT_STREAM_H
#define ANEPROBE_EXPERIMENT_STREAM_H

#include "experiment/specimen.h"

/* How the matrix is stored. A palette has indices of so many bits and fp16 values; half of a sparse one's
 * elements are stored, in fp16, beside a mask; int4 has an fp16 scale for 32 elements of a row. */
enum stream_format {
    STREAM_FP16,
    STREAM_INT8,
    STREAM_PALETTE_8,
    STREAM_PALETTE_6,
    STREAM_PALETTE_4,
    STREAM_PALETTE_3,
    STREAM_PALETTE_2,
    STREAM_PALETTE_1,
    STREAM_SPARSE,
    STREAM_INT4_BLOCKS,
    STREAM_FORMATS
};
const char *stream_format_name(enum stream_format format); /* "fp16", "palette-4" */
struct stream_spec {
    int outputs, inputs; /* rows and columns of the matrix */
    int positions;       /* of the convolution; 0 = 1 */
    enum stream_format format;
    /* 0 = one convolution, one output; else this many first rows are a separate convolution with
     * its own output. */
    int first_rows;
};

/* The program, loaded and with its output compared: *right. Inputs are a multiple of 32. On anything but DEVICE_OK *out is what
 * there is to free, or NULL. */
enum device_status stream_open(struct trial *t, const struct stream_spec *spec,
    struct specimen **out, bool *right, struct device_error *error);

/* Bytes of the whole matrix as stored, of fp16 or int8 without their scales, and of what one of `cores` cores gets of so many rows of it: they are
 * dealt out whole. */
double stream_bytes(const struct stream_spec *spec);
double stream_core_bytes(const struct stream_spec *spec, int rows, int cores);

/* The number of cores that share a matrix's rows, as the device reports; otherwise 16, the number
 * in every engine with published figures. */
int stream_cores(struct trial *t);

/* For a judge: for each trial the median of `eval_ns` over the ok rows that `pick` picks (its column does not
 * count), divided by their column `per`. As judgement_picked. */
double *stream_times(
    struct judgement *j, const char *arm, struct judgement_pick pick, const char *per);

/* Over processes, the mean ratio of such times; of n processes. */
struct stream_ratio {
    struct stats_interval interval; /* at judgement_level of 95 % */
    size_t n;
};
/* `slow` over the larger of `a` and `b`, which may be the same; processes that lack one do not
 * count. */
struct stream_ratio stream_ratio_of(
    struct judgement *j, const double *slow, const double *a, const double *b);

#endif
