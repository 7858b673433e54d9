/* SPDX-License-Identifier: MIT */
#include "reference.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void norm(const struct train_shape *s, const double *x, const double *w, double *out) {
    for (int t = 0; t < s->seq; t++) {
        double sum = 0;
        for (int c = 0; c < s->dim; c++)
            sum += x[c * s->seq + t] * x[c * s->seq + t];
        double scale = 1 / sqrt(sum / s->dim + 1e-5);
        for (int c = 0; c < s->dim; c++)
            out[c * s->seq + t] = x[c * s->seq + t] * scale * w[c];
    }
}

/* out = W x, or out += W^T x when transposed. */
static void multiply(const struct train_shape *s, const double *w, int rows, int columns,
    bool transposed, const double *x, double *out) {
    for (int i = 0; i < rows && !transposed; i++)
        for (int t = 0; t < s->seq; t++)
            out[i * s->seq + t] = 0;
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            for (int t = 0; t < s->seq; t++) {
                if (transposed)
                    out[j * s->seq + t] += w[i * columns + j] * x[i * s->seq + t];
                else
                    out[i * s->seq + t] += w[i * columns + j] * x[j * s->seq + t];
            }
}

/* direction 1: as llama2.c; -1: back. */
static void rotate(const struct train_shape *s, double *x, int n_heads, int direction) {
    int head_dim = train_head_dim(s);
    for (int h = 0; h < n_heads; h++)
        for (int i = 0; i < head_dim; i += 2)
            for (int t = 0; t < s->seq; t++) {
                double angle = direction * t / pow(10000, (double)i / head_dim);
                double *even = &x[(h * head_dim + i) * s->seq + t], *odd = even + s->seq;
                double a = *even, b = *odd;
                *even = a * cos(angle) - b * sin(angle);
                *odd = a * sin(angle) + b * cos(angle);
            }
}

void reference_layer_make(const struct train_shape *s, struct reference_layer *layer) {
    size_t dim = (size_t)s->dim * (size_t)s->seq, kv = (size_t)train_kv_dim(s) * (size_t)s->seq;
    size_t hidden = (size_t)s->hidden * (size_t)s->seq;
    size_t scores = (size_t)s->heads * (size_t)s->seq * (size_t)s->seq;
    double **const parts[] = {&layer->x, &layer->xn, &layer->q, &layer->att, &layer->o, &layer->x2,
        &layer->xn2, &layer->y, &layer->k, &layer->v, &layer->h1, &layer->h3, &layer->gate,
        &layer->p};
    double *next = layer->memory = calloc(8 * dim + 2 * kv + 3 * hidden + scores, sizeof(double));
    assert(next);
    for (int i = 0; i < 14; i++) {
        *parts[i] = next;
        next += i < 8 ? dim : i < 10 ? kv : i < 13 ? hidden : scores;
    }
}

void reference_layer_free(struct reference_layer *layer) {
    free(layer->memory);
}

static const double *head(const struct train_shape *s, const double *x, int h) {
    return x + (size_t)h * (size_t)train_head_dim(s) * (size_t)s->seq;
}

static int kv_head(const struct train_shape *s, int h) {
    return h / (s->heads / s->kv_heads);
}

static void probabilities(
    const struct train_shape *s, const double *q, const double *k, double *p) {
    for (int i = 0; i < s->seq; i++) {
        double largest = -INFINITY, sum = 0, *row = p + i * s->seq;
        for (int j = 0; j <= i; j++) {
            row[j] = 0;
            for (int d = 0; d < train_head_dim(s); d++)
                row[j] += q[d * s->seq + i] * k[d * s->seq + j] / sqrt(train_head_dim(s));
            largest = fmax(largest, row[j]);
        }
        for (int j = 0; j <= i; j++)
            sum += row[j] = exp(row[j] - largest);
        for (int j = 0; j < s->seq; j++)
            row[j] = j <= i ? row[j] / sum : 0;
    }
}

void reference_attention(const struct train_shape *s, struct reference_layer *l) {
    int dim = s->dim, kv_dim = train_kv_dim(s), n = s->seq;
    norm(s, l->x, l->weight[TRAIN_RMS_ATT], l->xn);
    multiply(s, l->weight[TRAIN_WQ], dim, dim, false, l->xn, l->q);
    multiply(s, l->weight[TRAIN_WK], kv_dim, dim, false, l->xn, l->k);
    multiply(s, l->weight[TRAIN_WV], kv_dim, dim, false, l->xn, l->v);
    rotate(s, l->q, s->heads, 1);
    rotate(s, l->k, s->kv_heads, 1);
    for (int h = 0; h < s->heads; h++) {
        double *p = l->p + h * n * n, *att = l->att + h * train_head_dim(s) * n;
        const double *v = head(s, l->v, kv_head(s, h));
        probabilities(s, head(s, l->q, h), head(s, l->k, kv_head(s, h)), p);
        for (int d = 0; d < train_head_dim(s); d++)
            for (int i = 0; i < n; i++) {
                att[d * n + i] = 0;
                for (int j = 0; j < n; j++)
                    att[d * n + i] += p[i * n + j] * v[d * n + j];
            }
    }
    multiply(s, l->weight[TRAIN_WO], dim, dim, false, l->att, l->o);
    for (int i = 0; i < dim * n; i++)
        l->x2[i] = l->x[i] + l->o[i];
}

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

void reference_ffn(const struct train_shape *s, struct reference_layer *l) {
    norm(s, l->x2, l->weight[TRAIN_RMS_FFN], l->xn2);
    multiply(s, l->weight[TRAIN_W1], s->hidden, s->dim, false, l->xn2, l->h1);
    multiply(s, l->weight[TRAIN_W3], s->hidden, s->dim, false, l->xn2, l->h3);
    for (int i = 0; i < s->hidden * s->seq; i++)
        l->gate[i] = l->h1[i] * sigmoid(l->h1[i]) * l->h3[i];
    multiply(s, l->weight[TRAIN_W2], s->dim, s->hidden, false, l->gate, l->y);
}

void reference_ffn_backward(const struct train_shape *s, const struct reference_layer *l,
    const double *d, double *dxn2, double *dh1, double *dh3) {
    double *dgate = calloc((size_t)s->hidden * (size_t)s->seq, sizeof *dgate);
    assert(dgate);
    multiply(s, l->weight[TRAIN_W2], s->dim, s->hidden, true, d, dgate);
    for (int i = 0; i < s->hidden * s->seq; i++) {
        double x = l->h1[i], silu_slope = sigmoid(x) + x * sigmoid(x) * (1 - sigmoid(x));
        dh1[i] = dgate[i] * l->h3[i] * silu_slope;
        dh3[i] = dgate[i] * x * sigmoid(x);
    }
    memset(dxn2, 0, (size_t)s->dim * (size_t)s->seq * sizeof *dxn2);
    multiply(s, l->weight[TRAIN_W1], s->hidden, s->dim, true, dh1, dxn2);
    multiply(s, l->weight[TRAIN_W3], s->hidden, s->dim, true, dh3, dxn2);
    free(dgate);
}

/* One query head's share. */
static void head_backward(const struct train_shape *s, const struct reference_layer *l,
    const double *datt, int h, double *dv, double *dp, double *dq, double *dk) {
    int n = s->seq, head_dim = train_head_dim(s);
    size_t kv_offset = (size_t)(kv_head(s, h) * head_dim * n);
    const double *da = head(s, datt, h), *p = l->p + h * n * n, *v = l->v + kv_offset;
    const double *q = head(s, l->q, h), *k = l->k + kv_offset;
    dp += h * n * n, dq += h * head_dim * n, dv += kv_offset, dk += kv_offset;
    for (int i = 0; i < n; i++) {
        double dot = 0;
        for (int j = 0; j < n; j++) {
            dp[i * n + j] = 0;
            for (int d = 0; d < head_dim; d++) {
                dp[i * n + j] += da[d * n + i] * v[d * n + j];
                dv[d * n + j] += da[d * n + i] * p[i * n + j];
            }
            dot += dp[i * n + j] * p[i * n + j];
        }
        for (int j = 0; j < n; j++) {
            double ds = p[i * n + j] * (dp[i * n + j] - dot) / sqrt(head_dim);
            for (int d = 0; d < head_dim; d++) {
                dq[d * n + i] += ds * k[d * n + j];
                dk[d * n + j] += ds * q[d * n + i];
            }
        }
    }
}

void reference_attention_backward(const struct train_shape *s, const struct reference_layer *l,
    const double *d, double *dv, double *dp, double *dq, double *dk) {
    size_t dim = (size_t)s->dim * (size_t)s->seq, kv = (size_t)train_kv_dim(s) * (size_t)s->seq;
    double *datt = calloc(dim, sizeof *datt);
    assert(datt);
    memset(dv, 0, kv * sizeof *dv);
    memset(dk, 0, kv * sizeof *dk);
    memset(dq, 0, dim * sizeof *dq);
    multiply(s, l->weight[TRAIN_WO], s->dim, s->dim, true, d, datt);
    for (int h = 0; h < s->heads; h++)
        head_backward(s, l, datt, h, dv, dp, dq, dk);
    rotate(s, dq, s->heads, -1);
    rotate(s, dk, s->kv_heads, -1);
    free(datt);
}

void reference_projections_backward(const struct train_shape *s, const struct reference_layer *l,
    const double *dq, const double *dk, const double *dv, double *dxn) {
    memset(dxn, 0, (size_t)s->dim * (size_t)s->seq * sizeof *dxn);
    multiply(s, l->weight[TRAIN_WQ], s->dim, s->dim, true, dq, dxn);
    multiply(s, l->weight[TRAIN_WK], train_kv_dim(s), s->dim, true, dk, dxn);
    multiply(s, l->weight[TRAIN_WV], train_kv_dim(s), s->dim, true, dv, dxn);
}

static double cross_entropy(const struct train_shape *s, const double *xf, const double *embedding,
    const uint16_t *tokens) {
    double *logit = calloc((size_t)s->vocab, sizeof *logit), total = 0;
    assert(logit);
    for (int t = 0; t < s->seq; t++) {
        double largest = -INFINITY, sum = 0;
        for (int v = 0; v < s->vocab; v++) {
            logit[v] = 0;
            for (int c = 0; c < s->dim; c++)
                logit[v] += embedding[v * s->dim + c] * xf[c * s->seq + t];
            largest = fmax(largest, logit[v]);
        }
        for (int v = 0; v < s->vocab; v++)
            sum += exp(logit[v] - largest);
        total += log(sum) + largest - logit[tokens[t + 1]];
    }
    free(logit);
    return total / s->seq;
}

double reference_loss(
    const struct train_shape *s, const double *parameters, const uint16_t *tokens) {
    const double *embedding = parameters + train_tensor_offset(s, 0, TRAIN_EMBEDDING);
    struct reference_layer l;
    reference_layer_make(s, &l);
    for (int t = 0; t < s->seq; t++)
        for (int c = 0; c < s->dim; c++)
            l.x[c * s->seq + t] = embedding[tokens[t] * s->dim + c];
    for (int layer = 0; layer < s->layers; layer++) {
        for (int t = 0; t < TRAIN_LAYER_TENSORS; t++)
            l.weight[t] = parameters + train_tensor_offset(s, layer, (enum train_tensor)t);
        reference_attention(s, &l);
        reference_ffn(s, &l);
        for (int i = 0; i < s->dim * s->seq; i++)
            l.x[i] = l.x2[i] + l.y[i];
    }
    norm(s, l.x, parameters + train_tensor_offset(s, 0, TRAIN_RMS_FINAL), l.xn);
    double loss = cross_entropy(s, l.xn, embedding, tokens);
    reference_layer_free(&l);
    return loss;
}
