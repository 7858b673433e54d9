/* SPDX-License-Identifier: MIT
 *
 * The networks' layers in C, with CBLAS for every matrix product.
 */
#include "networks_parts.h"

#include "train/host/blas.h"

#include <math.h>
#include <string.h>

static void bias_relu(float *y, const float *bias, int channels, int positions) {
    for (int c = 0; c < channels; c++)
        for (int i = 0; i < positions; i++)
            y[c * positions + i] = fmaxf(y[c * positions + i] + bias[c], 0);
}

/* Columns of a 3 x 3 convolution of stride 2 with one zero around. */
static void columns_make(const float *x, int channels, int side, float *out) {
    int half = side / 2;
    for (int c = 0; c < channels; c++)
        for (int ky = 0; ky < 3; ky++)
            for (int kx = 0; kx < 3; kx++)
                for (int i = 0; i < half; i++)
                    for (int j = 0; j < half; j++) {
                        int y = 2 * i + ky - 1, z = 2 * j + kx - 1;
                        *out++ = y < 0 || z < 0 || y >= side || z >= side
                                     ? 0
                                     : x[(c * side + y) * side + z];
                    }
}

/* Each row of the kernel over whole rows of the image, so that the loops become vectors. */
static void depthwise(const struct convolution *l, const float *x, const float *w, float *y) {
    int side = l->side, out = side / l->stride;
    for (int c = 0; c < l->in; c++, x += side * side, y += out * out, w += 9)
        for (int i = 0; i < out; i++) {
            float *row = y + i * out;
            memset(row, 0, (size_t)out * sizeof *row);
            for (int ky = 0; ky < 3; ky++) {
                int from = i * l->stride + ky - 1;
                if (from < 0 || from >= side)
                    continue;
                const float *in = x + from * side;
                for (int kx = 0; kx < 3; kx++) {
                    float weight = w[ky * 3 + kx];
                    int first = kx == 0, last = l->stride == 1 && kx == 2 ? out - 1 : out;
                    if (l->stride == 1)
                        for (int j = first; j < last; j++)
                            row[j] += weight * in[j + kx - 1];
                    else
                        for (int j = first; j < last; j++)
                            row[j] += weight * in[2 * j + kx - 1];
                }
            }
        }
}

static void gemm(bool transpose_b, int m, int n, int k, const float *a, int lda, const float *b,
    int ldb, float beta, float *c, int ldc) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, transpose_b ? CblasTrans : CblasNoTrans, m, n, k, 1, a,
        lda, b, ldb, beta, c, ldc);
}

static const float *mobilenet_run(struct network *n, const float *input) {
    struct convolution layers[64];
    int n_layers = mobilenet_convolutions(layers);
    const float *x = input;
    float *y = n->a, *mean = n->c;
    for (int i = 0; i < n_layers; i++) {
        const struct convolution *l = &layers[i];
        const float *w = n->tensors[2 * i].data, *bias = n->tensors[2 * i + 1].data;
        int side = l->side / l->stride, positions = side * side;
        if (l->depthwise) {
            depthwise(l, x, w, y);
        } else {
            const float *columns = x;
            int k = l->in * l->kernel * l->kernel;
            if (l->kernel > 1) {
                columns_make(x, l->in, l->side, n->scratch);
                columns = n->scratch;
            }
            gemm(false, l->out, positions, k, w, k, columns, positions, 0, y, positions);
        }
        bias_relu(y, bias, l->out, positions);
        x = y;
        y = y == n->a ? n->b : n->a;
    }
    for (int c = 0; c < 1024; c++) {
        float sum = 0;
        for (int i = 0; i < 49; i++)
            sum += x[c * 49 + i];
        mean[c] = sum / 49;
    }
    memcpy(y, n->tensors[2 * n_layers + 1].data, 1000 * sizeof *y);
    gemm(true, 1, 1000, 1024, mean, 1024, n->tensors[2 * n_layers].data, 1024, 1, y, 1000);
    return y;
}

static void linear(const struct tensor *t, int in, int out, const float *x, float *y) {
    for (int i = 0; i < SEQUENCE; i++)
        memcpy(y + i * out, t[1].data, (size_t)out * sizeof *y);
    gemm(true, SEQUENCE, out, in, x, in, t[0].data, in, 1, y, out);
}

static void norm(const struct tensor *t, float *x) {
    for (int i = 0; i < SEQUENCE; i++, x += WIDTH) {
        float mean = 0, square = 0;
        for (int j = 0; j < WIDTH; j++)
            mean += x[j];
        mean /= WIDTH;
        for (int j = 0; j < WIDTH; j++)
            square += (x[j] - mean) * (x[j] - mean);
        float scale = 1 / sqrtf(square / WIDTH + 0x1p-16f);
        for (int j = 0; j < WIDTH; j++)
            x[j] = (x[j] - mean) * scale * t[0].data[j] + t[1].data[j];
    }
}

static void softmax(float *x, int rows, int n) {
    for (int i = 0; i < rows; i++, x += n) {
        float most = x[0], sum = 0;
        for (int j = 1; j < n; j++)
            most = fmaxf(most, x[j]);
        for (int j = 0; j < n; j++)
            sum += x[j] = expf(0.125f * (x[j] - most));
        for (int j = 0; j < n; j++)
            x[j] /= sum;
    }
}

/* Heads lie side by side in a row: CBLAS takes them as they are. */
static void attention(const float *q, const float *k, const float *v, float *scores, float *out) {
    for (int h = 0; h < HEADS; h++) {
        gemm(true, SEQUENCE, SEQUENCE, HEAD, q + h * HEAD, WIDTH, k + h * HEAD, WIDTH, 0, scores,
            SEQUENCE);
        softmax(scores, SEQUENCE, SEQUENCE);
        gemm(false, SEQUENCE, HEAD, SEQUENCE, scores, SEQUENCE, v + h * HEAD, WIDTH, 0,
            out + h * HEAD, WIDTH);
    }
}

static const float *bert_run(struct network *n, const float *input) {
    enum { ROWS = SEQUENCE * WIDTH, PER_LAYER = 16 };
    float *x = n->a, *q = n->b, *k = q + ROWS, *v = k + ROWS, *mixed = v + ROWS, *inner = n->c;
    memcpy(x, input, ROWS * sizeof *x);
    for (int i = 0; i < LAYERS; i++) {
        const struct tensor *t = n->tensors + PER_LAYER * i;
        linear(t, WIDTH, WIDTH, x, q);
        linear(t + 2, WIDTH, WIDTH, x, k);
        linear(t + 4, WIDTH, WIDTH, x, v);
        attention(q, k, v, n->scratch, mixed);
        linear(t + 6, WIDTH, WIDTH, mixed, q);
        for (int j = 0; j < ROWS; j++)
            x[j] += q[j];
        norm(t + 8, x);
        linear(t + 10, WIDTH, INNER, x, inner);
        for (int j = 0; j < SEQUENCE * INNER; j++)
            inner[j] *= 0.5f * (1 + erff(inner[j] * 0.70710678f));
        linear(t + 12, INNER, WIDTH, inner, q);
        for (int j = 0; j < ROWS; j++)
            x[j] += q[j];
        norm(t + 14, x);
    }
    return x;
}

const float *network_run(struct network *n, const float *input) {
    switch (n->kind) {
    case NETWORK_MOBILENET:
        return mobilenet_run(n, input);
    case NETWORK_BERT:
        return bert_run(n, input);
    default:
        return NULL;
    }
}
