/* SPDX-License-Identifier: MIT
 *
 * What both halves of the networks share: networks.c writes them as MIL, networks_run.c computes them in C.
 */
#ifndef ANEPROBE_TESTS_NETWORKS_PARTS_H
#define ANEPROBE_TESTS_NETWORKS_PARTS_H

#include "networks.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum {
    SIDE = 224,
    SEQUENCE = 128,
    WIDTH = 768,
    HEADS = 12,
    HEAD = WIDTH / HEADS,
    INNER = 3072,
    LAYERS = 12,
    LARGE_LAYERS = 500,
    LARGE_CHANNELS = 320,
    TENSORS_MAX = 512
};

struct tensor {
    float *data;
    uint64_t offset; /* of its blob */
};

struct network {
    enum network_kind kind;
    uint64_t seed;
    char *text;
    size_t text_bytes;
    void *blobs;
    struct mil_blob_file file;
    struct tensor tensors[TENSORS_MAX];
    int n_tensors;
    float *a, *b, *c, *d, *scratch; /* activations */
    FILE *out;                      /* of the text, while it is written */
    struct mil_blob_writer *writer;
    bool failed;
};

struct convolution {
    int in, out, kernel, stride, side; /* side of what comes in */
    bool depthwise;
};

/* The convolutions of MobileNet in their order, at most 64; returns how many. */
int mobilenet_convolutions(struct convolution *out);

#endif
