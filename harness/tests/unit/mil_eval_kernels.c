/* SPDX-License-Identifier: MIT
 *
 * The evaluator on whole kernels, against the formulas in double arithmetic, written here without MIL. The
 * remaining difference is fp16's rounding of each step.
 */
#include "mil/eval/eval.h"
#include "mil_kernels.h"

#include <math.h>

enum { CHANNELS_MAX = 2 * SCORES + 2 * DIM + 2 * HIDDEN };

struct fixture {
    struct layer layer;
    uint16_t in[CHANNELS_MAX * SEQ], out[CHANNELS_MAX * SEQ];
    double x[CHANNELS_MAX][SEQ], y[CHANNELS_MAX][SEQ];
};

static void run(struct fixture *f, int kernel, int in_channels, int out_channels) {
    struct mil_error error = {0};
    const void *inputs[] = {f->in};
    void *outputs[] = {f->out};
    uint32_t state = 99;
    layer_open(&f->layer);
    for (int i = 0; i < in_channels * SEQ; i++) {
        float value = layer_random(&state);
        f->in[i] = fp16_from_float(value);
        f->x[i / SEQ][i % SEQ] = (double)value;
    }
    memset(f->out, 0xff, sizeof f->out);
    cr_assert_eq(mil_eval(f->layer.program, kernel, &f->layer.weights, inputs, outputs, &error), 0,
        "%s", error.text);
    for (int i = 0; i < out_channels * SEQ; i++)
        f->y[i / SEQ][i % SEQ] = (double)fp16_to_float(f->out[i]);
    cr_assert_eq(f->out[out_channels * SEQ], 0xffff);
}

static void near(double got, double expected, const char *what, int c, int s) {
    cr_assert(fabs(got - expected) <= 4e-3 * fabs(expected) + 4e-3, "%s[%d][%d] is %g, not %g",
        what, c, s, got, expected);
}

/* sum over c of W[o][c] x[c][s], or of W[c][o] */
static double mixed(
    const struct fixture *f, int w, bool transposed, int o, double (*x)[SEQ], int s) {
    double sum = 0;
    int rows = layer_rows[w], columns = layer_columns[w];
    for (int c = 0; c < (transposed ? rows : columns); c++)
        sum += (double)f->layer.weight[w][transposed ? c * columns + o : o * columns + c] * x[c][s];
    return sum;
}

Test(mil_eval_kernels, forward_attention) {
    static struct fixture f;
    run(&f, FWD_ATTN, DIM, 6 * DIM);
    double(*o)[SEQ] = f.y, (*q)[SEQ] = f.y + DIM, (*k)[SEQ] = f.y + 2 * DIM;
    double(*v)[SEQ] = f.y + 3 * DIM, (*attn)[SEQ] = f.y + 4 * DIM, (*norm)[SEQ] = f.y + 5 * DIM;
    for (int s = 0; s < SEQ; s++) {
        double squares = 0;
        for (int c = 0; c < DIM; c++)
            squares += f.x[c][s] * f.x[c][s];
        for (int c = 0; c < DIM; c++) {
            near(norm[c][s],
                f.x[c][s] / sqrt(squares / DIM + 1e-5) * (double)f.layer.weight[W_RMS1][c], "xnorm",
                c, s);
            near(q[c][s], mixed(&f, W_Q, false, c, norm, s), "Q", c, s);
            near(k[c][s], mixed(&f, W_K, false, c, norm, s), "K", c, s);
            near(v[c][s], mixed(&f, W_V, false, c, norm, s), "V", c, s);
            near(o[c][s], mixed(&f, W_O, false, c, attn, s), "o_out", c, s);
        }
        for (int h = 0; h < HEADS; h++) {
            double weight[SEQ], total = 0;
            for (int t = 0; t <= s; t++) { /* the mask: nobody looks ahead */
                double score = 0;
                for (int c = h * HEAD; c < (h + 1) * HEAD; c++)
                    score += q[c][s] * k[c][t];
                total += weight[t] = exp(score / 4);
            }
            for (int c = h * HEAD; c < (h + 1) * HEAD; c++) {
                double sum = 0;
                for (int t = 0; t <= s; t++)
                    sum += weight[t] / total * v[c][t];
                near(attn[c][s], sum, "attn_out", c, s);
            }
        }
    }
    layer_close(&f.layer);
}

Test(mil_eval_kernels, ffn_backward) {
    static struct fixture f;
    run(&f, FFN_BWD, DIM + 2 * HIDDEN, DIM + 2 * HIDDEN);
    double(*h1)[SEQ] = f.x + DIM, (*h3)[SEQ] = f.x + DIM + HIDDEN;
    double(*dx)[SEQ] = f.y, (*dh1)[SEQ] = f.y + DIM, (*dh3)[SEQ] = f.y + DIM + HIDDEN;
    for (int s = 0; s < SEQ; s++) {
        for (int c = 0; c < HIDDEN; c++) {
            double d = mixed(&f, W_2, true, c, f.x, s), gate = 1 / (1 + exp(-h1[c][s]));
            near(dh1[c][s], d * h3[c][s] * gate * (1 + h1[c][s] * (1 - gate)), "dh1", c, s);
            near(dh3[c][s], d * h1[c][s] * gate, "dh3", c, s);
        }
        for (int c = 0; c < DIM; c++)
            near(dx[c][s], mixed(&f, W_1, true, c, dh1, s) + mixed(&f, W_3, true, c, dh3, s), "dx",
                c, s);
    }
    layer_close(&f.layer);
}

/* dQ and dK from probabilities and their gradients: the softmax's Jacobian in full. */
Test(mil_eval_kernels, attention_backward) {
    static struct fixture f;
    run(&f, SDPA_BWD2, 2 * SCORES + 2 * DIM, 2 * DIM);
    double(*p)[SEQ] = f.x, (*dp)[SEQ] = f.x + SCORES, (*q)[SEQ] = f.x + 2 * SCORES;
    double(*k)[SEQ] = q + DIM;
    for (int h = 0; h < HEADS; h++) {
        double ds[SEQ][SEQ];
        for (int s = 0; s < SEQ; s++)
            for (int t = 0; t < SEQ; t++) {
                ds[s][t] = 0;
                for (int u = 0; u < SEQ; u++)
                    ds[s][t] +=
                        dp[h * SEQ + s][u] * p[h * SEQ + s][u] * ((t == u) - p[h * SEQ + s][t]) / 4;
            }
        for (int c = h * HEAD; c < (h + 1) * HEAD; c++)
            for (int s = 0; s < SEQ; s++) {
                double dq = 0, dk = 0;
                for (int t = 0; t < SEQ; t++) {
                    dq += ds[s][t] * k[c][t];
                    dk += ds[t][s] * q[c][t];
                }
                near(f.y[c][s], dq, "dQ", c, s);
                near(f.y[DIM + c][s], dk, "dK", c, s);
            }
    }
    layer_close(&f.layer);
}
