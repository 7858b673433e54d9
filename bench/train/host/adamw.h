/* SPDX-License-Identifier: MIT
 *
 * AdamW (Loshchilov & Hutter): Adam with bias correction and decoupled weight decay.
 */
#ifndef ANEPROBE_TRAIN_ADAMW_H
#define ANEPROBE_TRAIN_ADAMW_H

#include "train/model/parameters.h"
#include "train/host/pool.h"

struct train_adamw {
    float learning_rate, beta1, beta2, epsilon, weight_decay; /* decay on matrices, embedding too */
};

/* Update number `step` (from 1) of the parameters and both moments. Gradients are multiplied by
 * gradient_scale (1 / windows in the batch) first and zeroed afterwards, ready for the next batch.
 * Runs on the pool's threads and the caller's (NULL: only the caller's); the result is
 * bit-identical for any number of threads. Returns the root of the gradients' sum of squares, before they are
 * multiplied: in double, in the same pass, since the time is that of reading and writing memory. */
double train_adamw_update(const struct train_adamw *options, uint64_t step, float gradient_scale,
    struct train_parameters *parameters, struct train_parameters *gradients,
    struct train_parameters *moment1, struct train_parameters *moment2, struct train_pool *pool);

#endif
