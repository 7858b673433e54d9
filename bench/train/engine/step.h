/* SPDX-License-Identifier: MIT
 *
 * The running step. Internal to the engine.
 */
#ifndef ANEPROBE_TRAIN_STEP_H
#define ANEPROBE_TRAIN_STEP_H

#include "train/engine/engine_internal.h"

struct step {
    struct train_engine *engine;
    const struct train_set *set;
    const uint16_t *tokens;
    struct train_parameters *gradients; /* NULL: forward only */
    struct train_timing *timing;
    struct device_error *error;
    uint64_t mark_ns; /* time is accounted for up to here */
};

/* Adds the time since the last mark to one of the timing's fields. */
void step_mark(struct step *step, uint64_t *part_ns);

/* One block to be written into an input surface: floats times a scale, or an output block of
 * `from_kind` in the same layer. */
struct step_input {
    const float *x;
    enum train_kind from_kind;
    int from_block;
};
/* Writes all input blocks, floats multiplied by `scale`. */
enum device_status step_write(struct step *step, enum train_kind kind, int layer,
    const struct step_input *inputs, float scale);
/* Evaluates; checks that the whole output was written, and sets *finite if it is finite. */
enum device_status step_eval(struct step *step, enum train_kind kind, int layer, bool *finite);
/* The output, locked for reading until step_read_end. */
enum device_status step_read(
    struct step *step, enum train_kind kind, int layer, struct train_view *view);
void step_read_end(struct step *step, enum train_kind kind, int layer);

/* "layer 3 ffn_bwd: the output is not finite ..." */
enum device_status step_diverged(struct step *step, enum train_kind kind, int layer);

/* The programs whose outputs hold those of attention and of the feed-forward network, and the
 * latter's first block. */
struct step_forward_kinds {
    enum train_kind attn, ffn;
    int ffn_first;
};
struct step_forward_kinds step_forward_kinds(const struct step *step);

/* Leaves x of the last layer in the engine's activations. */
enum device_status step_forward(struct step *step);
/* From dx of the last layer's output to dx of the first one's input, both in engine->dx. */
enum device_status step_backward(struct step *step);

#endif
