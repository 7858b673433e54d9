/* SPDX-License-Identifier: MIT */
#include "train/host/host_attention.h"

#include <math.h>
#include <string.h>

static void head_attend(const struct train_shape *shape, int position, const float *query,
    const float *keys, const float *values, float *scores, float *out) {
    int head_dim = train_head_dim(shape), kv_dim = train_kv_dim(shape);
    float most = -INFINITY, sum = 0;
    for (int t = 0; t <= position; t++) {
        float score = 0;
        for (int c = 0; c < head_dim; c++)
            score += query[c] * keys[t * kv_dim + c];
        scores[t] = score / sqrtf((float)head_dim);
        most = fmaxf(most, scores[t]);
    }
    for (int t = 0; t <= position; t++)
        sum += scores[t] = expf(scores[t] - most);
    memset(out, 0, (size_t)head_dim * sizeof *out);
    for (int t = 0; t <= position; t++)
        for (int c = 0; c < head_dim; c++)
            out[c] += scores[t] / sum * values[t * kv_dim + c];
}

void host_attend(const struct train_shape *shape, int position, const float *query,
    const float *keys, const float *values, float *scores, float *out) {
    const int head_dim = train_head_dim(shape), group = shape->heads / shape->kv_heads;
    for (int head = 0; head < shape->heads; head++) {
        const int shared = head / group * head_dim;
        head_attend(shape, position, query + head * head_dim, keys + shared, values + shared,
            scores, out + head * head_dim);
    }
}
