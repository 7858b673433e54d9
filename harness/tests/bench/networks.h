/* SPDX-License-Identifier: MIT
 *
 * Two networks of well-known shapes, with random weights: as MIL, and as the same layers in C with
 * CBLAS for every matrix product.
 */
#ifndef ANEPROBE_TESTS_NETWORKS_H
#define ANEPROBE_TESTS_NETWORKS_H

#include "mil/blob.h"

enum network_kind {
    NETWORK_MOBILENET, /* version 1, width 1, 224 x 224 (Howard et al. 2017), without batch norms */
    NETWORK_BERT,      /* the base encoder's 12 layers, 128 positions (Devlin et al. 2018) */
    NETWORK_LARGE      /* 1,000 operators, 100 MB of weights; not in C */
};

struct network;

/* NULL when memory is out. */
struct network *network_new(enum network_kind kind);
void network_free(struct network *network);

const char *network_text(const struct network *network, size_t *bytes);
struct mil_weights network_weights(const struct network *network);
/* Elements of the one input and the one output, both fp16. */
size_t network_inputs(const struct network *network);
size_t network_outputs(const struct network *network);

/* The same in C. The result stays the network's. */
const float *network_run(struct network *network, const float *input);

#endif
