/* SPDX-License-Identifier: MIT
 *
 * The model in plain double precision, written from its definition (llama2.c). Programs and gradients are
 * compared with it. It shares only the order of the parameters with the trainer. Matrices are [rows][columns],
 * activations [channels][seq].
 */
#ifndef ANEPROBE_TESTS_TRAIN_REFERENCE_H
#define ANEPROBE_TESTS_TRAIN_REFERENCE_H

#include "train/model/parameters.h"

/* One layer's forward pass: what it is given, and room for what it gives. */
struct reference_layer {
    const double *weight[TRAIN_LAYER_TENSORS];
    double *x;                             /* in: [dim][seq] */
    double *xn, *q, *k, *v, *p, *att, *o;  /* q, k rotated; p [heads][seq][seq] */
    double *x2, *xn2, *h1, *h3, *gate, *y; /* x2 = x + o */
    double *memory;
};
/* x is to be filled; the rest follows from reference_attention and reference_ffn. */
void reference_layer_make(const struct train_shape *shape, struct reference_layer *layer);
void reference_layer_free(struct reference_layer *layer);
void reference_attention(const struct train_shape *shape, struct reference_layer *layer);
void reference_ffn(const struct train_shape *shape, struct reference_layer *layer); /* from x2 */

/* Gradients inside a layer, from d = the gradient of y (ffn) or of o (attention). */
void reference_ffn_backward(const struct train_shape *shape, const struct reference_layer *layer,
    const double *d, double *dxn2, double *dh1, double *dh3);
/* dp [heads][seq][seq]: of the probabilities; dq, dk before the rotation. */
void reference_attention_backward(const struct train_shape *shape,
    const struct reference_layer *layer, const double *d, double *dv, double *dp, double *dq,
    double *dk);
void reference_projections_backward(const struct train_shape *shape,
    const struct reference_layer *layer, const double *dq, const double *dk, const double *dv,
    double *dxn);

/* Mean cross entropy of one window with these parameters (train_parameter_count doubles). */
double reference_loss(
    const struct train_shape *shape, const double *parameters, const uint16_t *tokens);

#endif
