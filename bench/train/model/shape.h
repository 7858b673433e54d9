/* SPDX-License-Identifier: MIT
 *
 * The sizes of a Llama2 model (RMSNorm, rotary embedding, SwiGLU, tied embedding) and figures
 * derived from them. The rest of the trainer requires a shape that passed train_shape_check.
 */
#ifndef ANEPROBE_TRAIN_SHAPE_H
#define ANEPROBE_TRAIN_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Integers only, no padding: may be compared with memcmp and written to files field by field. */
struct train_shape {
    int32_t layers, dim, hidden, heads, kv_heads; /* kv_heads < heads: grouped-query attention */
    int32_t seq;                                  /* positions of a window */
    int32_t vocab;                                /* trained: at most 65536, train_shape_trains */
};

enum { TRAIN_GROUP_MAX = 64 }; /* query heads that share keys and values */

static inline int32_t train_head_dim(const struct train_shape *shape) {
    return shape->dim / shape->heads;
}

/* Channels of keys and of values. */
static inline int32_t train_kv_dim(const struct train_shape *shape) {
    return train_head_dim(shape) * shape->kv_heads;
}

/* The named shapes; the last one has name NULL. stories110m and stories15m are llama2.c's; `tiny`
 * takes byte tokens and learns to write readable text in minutes on two cores. The others are for generation, with
 * the sizes of TinyLlama/TinyLlama-1.1B-Chat-v1.0 and Qwen/Qwen2.5-0.5B (config.json) at 2048 positions. */
struct train_named_shape {
    const char *name, *text;
    struct train_shape shape;
    bool has_classifier, has_biases; /* of its own; of queries, keys and values */
};
extern const struct train_named_shape train_named_shapes[];

/* "stories110m", "tiny,layers=4,seq=64", "layers=2,dim=64,...": a name, then numbers that override
 * its sizes; without a name, those of tiny. Keys are the fields of struct train_shape. Returns 0
 * and a checked shape; or -1 and one sentence in `why`. */
int train_shape_parse(const char *text, struct train_shape *out, char *why, size_t why_bytes);

/* Every size at least 1, heads divide dim into an even number of channels (rotation takes pairs),
 * kv_heads divide heads into groups of at most 64, every tensor, surface and
 * total within its counter's range. Returns 0; or -1 and one sentence in `why`. */
int train_shape_check(const struct train_shape *shape, char *why, size_t why_bytes);
/* The same, and can be trained: files of tokens have 16 bits for each, so that vocab is at most 65536. */
int train_shape_trains(const struct train_shape *shape, char *why, size_t why_bytes);
/* The named shape that a text begins with; NULL if it names none. */
const struct train_named_shape *train_shape_named(const char *text);

bool train_shape_equal(const struct train_shape *a, const struct train_shape *b);

/* Floating-point operations of one window's forward and backward pass: multiply-adds of matrix
 * products, counted twice; elementwise work is not counted. */
struct train_flops {
    double device; /* the programs: forward, input gradients, attention both ways */
    double host;   /* weight gradients, classifier and embedding */
};
struct train_flops train_shape_flops(const struct train_shape *shape);

#endif
