/* SPDX-License-Identifier: MIT
 *
 * The padding of subjects, without a device: its weight file, its use in programs, and its
 * contribution to their outputs.
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
    uint16_t *share; /* [channels][compared positions] added to the output */
};

/* Adds to a program the padding's contribution for `x`, [1, channels, 1, positions], in x's type;
 * it uses every padding weight. Returns the value. */
int subject_padding_build(struct mil_builder *builder, const struct subject_padding *padding,
    int channels, int positions, int x);

#endif
