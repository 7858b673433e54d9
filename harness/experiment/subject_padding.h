/* SPDX-License-Identifier: MIT
 *
 * The padding of subjects, without a device: its weight file, how programs use it, and what it adds
 * to their outputs.
 */
#ifndef ANEPROBE_EXPERIMENT_SUBJECT_PADDING_H
#define ANEPROBE_EXPERIMENT_SUBJECT_PADDING_H

#include "experiment/experiment.h"
#include "mil/build/build.h"

#define SUBJECT_PADDING_PATH "@model_path/weights/padding.bin"

struct subject_padding_part {
    int rows;
    uint64_t offset; /* of its blob in the file */
};

struct subject_padding {
    size_t bytes;
    struct subject_padding_part *parts;
    int n_parts;
    struct mil_shared *file;
    uint16_t *share; /* [channels][compared positions] of what is added to the output */
};

/* Adds what follows from `x`, [1, channels, 1, positions], and every padding weight to a program,
 * of x's type. Returns the value. */
int subject_padding_build(struct mil_builder *builder, const struct subject_padding *padding,
    int channels, int positions, int x);

#endif
