/* SPDX-License-Identifier: MIT
 *
 * The parts of a subject that need no device: its program, weights, input and reference output.
 */
#ifndef ANEPROBE_EXPERIMENT_SUBJECT_DATA_H
#define ANEPROBE_EXPERIMENT_SUBJECT_DATA_H

#include "experiment/experiment.h"
#include "mil/eval/eval.h"

/* The weight file and the place of its first blob, which depends on `main_seed`. All other blobs
 * depend on the subject's own seed. */
#define SUBJECT_BLOB_PATH "@model_path/weights/weight.bin"
enum { SUBJECT_BLOB_OFFSET = 64 };

/* Spatial positions that are compared with the reference. */
int subject_positions(const struct subject_spec *spec);
int subject_position(const struct subject_spec *spec, int i);

/* Number of elements, and the elements, of the first blob. */
size_t subject_main_elements(const struct subject_spec *spec);
void subject_main_fill(const struct subject_spec *spec, uint64_t main_seed, uint16_t *out);

/* channels * spatial values, magnitudes in [0.25, 1], both signs. */
void subject_input_fill(const struct subject_spec *spec, uint64_t seed, uint16_t *out);

/* Extracts from an input, [channels][spatial], the compared positions, [channels][positions], to
 * free(). NULL when out of memory. */
uint16_t *subject_compared(const struct subject_spec *spec, const uint16_t *input);

/* Text, to free(), and the subject's own weight file, to release. Returns 0 or -1 and *error. */
int subject_source_make(const struct subject_spec *spec, enum mil_header header, char **text,
    size_t *text_bytes, struct mil_shared **weights, struct mil_error *error);

/* The reference output at the compared positions, [channels][positions], for the spec's own weights
 * with those of the first blob from `main_seed`. `weights`: the file with these; NULL = makes it. `memo`: the
 * device's, or NULL. Returns 0 or -1 and *error. */
int subject_reference(const struct subject_spec *spec, uint64_t main_seed,
    struct mil_shared *weights, struct mil_eval_memo *memo, const uint16_t *input,
    uint16_t *expected, struct mil_error *error);

#endif
