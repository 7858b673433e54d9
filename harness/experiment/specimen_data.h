/* SPDX-License-Identifier: MIT
 *
 * The parts of a specimen that need no device: text, program, weight files.
 */
#ifndef ANEPROBE_EXPERIMENT_SPECIMEN_DATA_H
#define ANEPROBE_EXPERIMENT_SPECIMEN_DATA_H

#include "experiment/specimen.h"

struct specimen_data {
    struct mil_program *program;
    char *text;
    size_t text_bytes;
    struct mil_blob_file *files; /* each holds its shared bytes */
    int n_files;
};

/* Returns 0, or -1 and *error; free in either case. */
int specimen_data_make(struct specimen_data *out, const struct specimen_spec *spec,
    enum mil_header header, struct mil_error *error);
void specimen_data_free(struct specimen_data *data);

/* n input values by the spec. */
void specimen_input_fill(const struct specimen_spec *spec, uint64_t seed, float *out, size_t n);

/* Between floats and the elements of a tensor: fp16 and fp32 only. */
void specimen_elements_put(enum mil_dtype dtype, void *out, const float *in, size_t n);
void specimen_elements_get(enum mil_dtype dtype, float *out, const void *in, size_t n);

#endif
