/* SPDX-License-Identifier: MIT
 *
 * The model on the host alone, in fp32: sampling and validation. Keys and values of all positions
 * so far are kept, so that each token costs one token's work. Conventions are llama2.c's: rotation
 * of neighbouring channels. The base of the rotation, the epsilon of the norms and the classifier are the model's.
 */
#ifndef ANEPROBE_TRAIN_SAMPLE_H
#define ANEPROBE_TRAIN_SAMPLE_H

#include "device/device.h"
#include "train/model/parameters.h"

struct sampler;

/* Borrows the parameters; changes to them take effect. At most shape.seq positions. DEVICE_BROKEN
 * when out of memory. */
enum device_status sampler_new(
    const struct train_parameters *parameters, struct sampler **out, struct device_error *error);
void sampler_free(struct sampler *sampler);

/* Forgets all positions. */
void sampler_reset(struct sampler *sampler);
/* Reads n tokens (each below vocab) at the next positions; at most shape.seq in total. Returns the
 * logits after each, [n][vocab], valid until the next call. */
const float *sampler_read(struct sampler *sampler, const int32_t *tokens, int n);

/* Mean surprise of tokens 1 .. seq of a window of seq + 1, in nats. */
double sampler_loss(struct sampler *sampler, const uint16_t *window);

struct sample_options {
    double temperature; /* 0: always the most likely token */
    double top_p;       /* sample from the most likely tokens with this total probability; 1: all */
    uint64_t seed;
};

/* Samples a text that begins with token 1, which is not included; it ends before the next token 1
 * or when the positions are used up; of a model that was trained here (train_shape_trains). Returns the number of tokens; at most shape.seq are written to
 * `text`. */
int sampler_write(struct sampler *sampler, const struct sample_options *options, uint16_t *text);

#endif
