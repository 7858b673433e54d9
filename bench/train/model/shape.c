/* SPDX-License-Identifier: MIT */
#include "train/model/shape.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct train_named_shape train_named_shapes[] = {
    {"tiny", "a small model of bytes, for minutes on two cores",
        .shape = {.layers = 2,
            .dim = 128,
            .hidden = 352,
            .heads = 4,
            .kv_heads = 4,
            .seq = 128,
            .vocab = 256}},
    {"stories15m", "llama2.c's 15 million parameters",
        .shape = {.layers = 6,
            .dim = 288,
            .hidden = 768,
            .heads = 6,
            .kv_heads = 6,
            .seq = 256,
            .vocab = 32000}},
    {"stories110m", "llama2.c's 110 million parameters at 256 positions",
        .shape = {.layers = 12,
            .dim = 768,
            .hidden = 2048,
            .heads = 12,
            .kv_heads = 12,
            .seq = 256,
            .vocab = 32000}},
    {"tinyllama-1.1b", "TinyLlama's 1.1 billion parameters",
        .shape = {.layers = 22,
            .dim = 2048,
            .hidden = 5632,
            .heads = 32,
            .kv_heads = 4,
            .seq = 2048,
            .vocab = 32000},
        .has_classifier = true},
    {"qwen2.5-0.5b", "Qwen2.5's 0.5 billion parameters",
        .shape = {.layers = 24,
            .dim = 896,
            .hidden = 4864,
            .heads = 14,
            .kv_heads = 2,
            .seq = 2048,
            .vocab = 151936},
        .has_biases = true},
    {0},
};

/* The counters' limits: an element index of a tensor or a surface must fit an int32 (CBLAS takes
 * ints), and so must every axis of a surface. */
#define ELEMENTS_MAX ((double)INT32_MAX)

static const struct {
    const char *name;
    size_t offset;
} fields[] = {
    {"layers", offsetof(struct train_shape, layers)},
    {"dim", offsetof(struct train_shape, dim)},
    {"hidden", offsetof(struct train_shape, hidden)},
    {"heads", offsetof(struct train_shape, heads)},
    {"kv_heads", offsetof(struct train_shape, kv_heads)},
    {"seq", offsetof(struct train_shape, seq)},
    {"vocab", offsetof(struct train_shape, vocab)},
};
enum { N_FIELDS = sizeof fields / sizeof *fields };

static int32_t *field_of(struct train_shape *shape, size_t i) {
    return (int32_t *)(void *)((char *)shape + fields[i].offset);
}

static int refuse(char *why, size_t why_bytes, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int refuse(char *why, size_t why_bytes, const char *format, ...) {
    va_list list;
    va_start(list, format);
    vsnprintf(why, why_bytes, format, list);
    va_end(list);
    return -1;
}

int train_shape_check(const struct train_shape *shape, char *why, size_t why_bytes) {
    struct train_shape s = *shape;
    for (size_t i = 0; i < N_FIELDS; i++)
        if (*field_of(&s, i) < 1)
            return refuse(why, why_bytes, "%s is %d; it must be at least 1", fields[i].name,
                (int)*field_of(&s, i));
    if (s.dim % s.heads != 0 || s.dim / s.heads % 2 != 0)
        return refuse(why, why_bytes,
            "%d heads do not divide dim %d into an even number of channels each; rotation takes "
            "pairs",
            (int)s.heads, (int)s.dim);
    if (s.heads % s.kv_heads != 0)
        return refuse(
            why, why_bytes, "kv_heads %d does not divide heads %d", (int)s.kv_heads, (int)s.heads);
    if (s.heads / s.kv_heads > TRAIN_GROUP_MAX)
        return refuse(why, why_bytes, "kv_heads %d serve %d heads; at most %d each are allowed",
            (int)s.kv_heads, (int)s.heads, TRAIN_GROUP_MAX);
    double dim = s.dim, hidden = s.hidden, seq = s.seq, vocab = s.vocab;
    double scores = (double)s.heads * seq, larger = dim > hidden ? dim : hidden;
    const struct {
        const char *what;
        double elements;
    } sizes[] = {
        {"a weight matrix (dim * hidden)", dim * larger},
        {"the embedding (vocab * dim)", vocab * dim},
        {"the logits (vocab * seq)", vocab * seq},
        {"a forward surface ((6 dim + 3 hidden) * seq)", (6 * dim + 3 * hidden) * seq},
        {"attention's surface ((2 heads * seq + 2 dim) * seq)", (2 * scores + 2 * dim) * seq},
        {"weights in a surface (hidden * (3 seq + 3 dim))", larger * (3 * seq + 3 * larger)},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (sizes[i].elements > ELEMENTS_MAX)
            return refuse(why, why_bytes, "%s has %.3g elements; at most %.0f are allowed",
                sizes[i].what, sizes[i].elements, ELEMENTS_MAX);
    double parameters =
        (double)s.layers * (4 * dim * dim + 3 * dim * hidden + 2 * dim) + (vocab + 1) * dim;
    if (parameters > (double)(SIZE_MAX / 64))
        return refuse(
            why, why_bytes, "%.3g parameters are too many for the address space", parameters);
    return 0;
}

int train_shape_trains(const struct train_shape *shape, char *why, size_t why_bytes) {
    if (shape->vocab > 65536)
        return refuse(why, why_bytes,
            "vocab is %d; files of tokens have 16 bits for each, so at most 65536 can be trained",
            (int)shape->vocab);
    return train_shape_check(shape, why, why_bytes);
}

const struct train_named_shape *train_shape_named(const char *text) {
    for (const struct train_named_shape *named = train_named_shapes; named->name; named++) {
        const size_t n = strlen(named->name);
        if (strncmp(text, named->name, n) == 0 && (text[n] == '\0' || text[n] == ','))
            return named;
    }
    return NULL;
}

static int value_set(
    struct train_shape *shape, const char *item, size_t n, char *why, size_t room) {
    const char *equals = memchr(item, '=', n);
    char *end;
    if (!equals)
        return refuse(why, room, "'%.*s' is neither a known shape nor key=number", (int)n, item);
    for (size_t i = 0; i < N_FIELDS; i++) {
        if (strlen(fields[i].name) != (size_t)(equals - item) ||
            memcmp(fields[i].name, item, (size_t)(equals - item)) != 0)
            continue;
        errno = 0;
        long value = strtol(equals + 1, &end, 10);
        if (end == equals + 1 || end != item + n || errno != 0 || value < 1 || value > INT32_MAX)
            return refuse(why, room, "'%.*s': a whole number from 1 to %d is needed", (int)n, item,
                INT32_MAX);
        *field_of(shape, i) = (int32_t)value;
        return 0;
    }
    return refuse(why, room,
        "'%.*s': there is no such size; the sizes are layers, dim, hidden, "
        "heads, kv_heads, seq, vocab",
        (int)n, item);
}

int train_shape_parse(const char *text, struct train_shape *out, char *why, size_t why_bytes) {
    const char *item = text;
    const struct train_named_shape *named = train_shape_named(text);
    *out = (named ? named : train_named_shapes)->shape;
    if (named && text[strlen(named->name)] == '\0')
        return 0;
    if (named)
        item = text + strlen(named->name) + 1;
    for (;;) {
        size_t n = strcspn(item, ",");
        if (value_set(out, item, n, why, why_bytes) != 0)
            return -1;
        if (item[n] == '\0')
            return train_shape_check(out, why, why_bytes);
        item += n + 1;
    }
}

bool train_shape_equal(const struct train_shape *a, const struct train_shape *b) {
    return memcmp(a, b, sizeof *a) == 0;
}

struct train_flops train_shape_flops(const struct train_shape *shape) {
    double dim = shape->dim, hidden = shape->hidden, seq = shape->seq, layers = shape->layers;
    double weights = layers * (2 * dim * dim + 2 * dim * train_kv_dim(shape) + 3 * dim * hidden);
    double products = 2 * weights * seq, square = 2 * dim * seq * seq;
    /* attention: scores and mix forward; backward the scores again, dV, dP, dQ, dK */
    return (struct train_flops){.device = 2 * products + layers * 7 * square,
        .host = products + 3 * 2 * (double)shape->vocab * dim * seq};
}
