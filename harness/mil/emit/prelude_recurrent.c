/* SPDX-License-Identifier: MIT
 *
 * The last part of prelude.c: layers over time.
 */
#include "mil/emit/prelude_calls.c" /* NOLINT(bugprone-suspicious-include) */

/* piece: RECURRENT */
enum { TANH, SIGMOID, RELU, SIGMOID_HARD, LINEAR };
static inline float activated(int how, float x) {
    return how == TANH           ? tanhf(x)
           : how == SIGMOID      ? 1.0f / (1.0f + expf(-x))
           : how == RELU         ? (x < 0 ? 0 : x)
           : how == SIGMOID_HARD ? (x < -2.5f     ? 0
                                       : x > 2.5f ? 1
                                                  : 0.2f * x + 0.5f)
                                 : x;
}
static inline float clipped(float x, float most) {
    return x > most ? most : x < -most ? -most : x;
}
/* One direction of rnn (1 gate), gru (3: reset, output, update) or lstm (4); `offset` and `width`: its
 * part of states that hold both. What nothing reads is 0. */
struct recurrent {
    long time, batch, in, hidden, offset, width, gates;
    int gate, inner, outer, is_back, is_sequence, resets_after, half;
    float clip;
};
static OPAQUE void recurrent(mil_sgemm *sgemm, float *y, float *last_h, float *last_c,
    const float *x, const float *h0, const float *c0, const float *w_x, const float *w_h,
    const float *bias, const float *input_bias, const float *peephole, const struct recurrent *s,
    float *room) {
    const long n = s->hidden, rows = s->gates * n, all = s->batch * n;
    float *from_x = room, *from_h = from_x + s->time * s->batch * rows;
    float *h = from_h + s->batch * rows, *c = h + all, *reset = c + all, *from_reset = reset + all;
    for (long i = 0; i < all; i++) {
        h[i] = h0[i / n * s->width + s->offset + i % n];
        c[i] = c0 ? c0[i / n * s->width + s->offset + i % n] : 0;
    }
    sgemm(101, 111, 112, (int)(s->time * s->batch), (int)rows, (int)s->in, 1, x, (int)s->in, w_x,
        (int)s->in, 0, from_x, (int)rows);
    for (long t = 0; t < s->time; t++) {
        const long now = s->is_back ? s->time - 1 - t : t;
        float *gx = from_x + now * s->batch * rows;
        sgemm(101, 111, 112, (int)s->batch, (int)rows, (int)n, 1, h, (int)n, w_h, (int)n, 0, from_h,
            (int)rows);
        for (long i = 0; i < s->batch * rows; i++) {
            gx[i] += input_bias ? input_bias[i % rows] : 0;
            from_h[i] += bias ? bias[i % rows] : 0;
        }
        if (s->gates == 3 && !s->resets_after) {
            for (long i = 0; i < all; i++) {
                const long at = i / n * rows + i % n;
                reset[i] = activated(s->gate, gx[at] + from_h[at]) * h[i];
            }
            sgemm(101, 111, 112, (int)s->batch, (int)n, (int)n, 1, reset, (int)n, w_h + n * n,
                (int)n, 0, from_reset, (int)n);
        }
        for (long i = 0; i < all; i++) {
            const long u = i % n, at = i / n * rows + u;
            float v;
            if (s->gates == 4) {
                float in = gx[at] + from_h[at], forget = gx[at + n] + from_h[at + n];
                float out = gx[at + 2 * n] + from_h[at + 2 * n];
                const float z = clipped(gx[at + 3 * n] + from_h[at + 3 * n], s->clip);
                in += peephole ? peephole[u] * c[i] : 0;
                forget += peephole ? peephole[n + u] * c[i] : 0;
                const float kept = activated(s->gate, clipped(forget, s->clip)) * c[i];
                v = kept + activated(s->gate, clipped(in, s->clip)) * activated(s->inner, z);
                out += peephole ? peephole[2 * n + u] * v : 0;
                c[i] = s->half ? round16(v) : v;
                v = activated(s->gate, clipped(out, s->clip)) * activated(s->outer, v);
            } else if (s->gates == 3) {
                const float z = activated(s->gate, gx[at + 2 * n] + from_h[at + 2 * n]);
                const float r = activated(s->gate, gx[at] + from_h[at]);
                const float made =
                    s->resets_after ? r * from_h[at + n] : from_reset[i] + (bias ? bias[n + u] : 0);
                v = (1 - z) * activated(s->outer, gx[at + n] + made) + z * h[i];
            } else {
                v = activated(s->outer, gx[at] + from_h[at]);
            }
            h[i] = s->half ? round16(v) : v;
        }
        for (long i = 0; y && (s->is_sequence || t == s->time - 1) && i < all; i++)
            y[((s->is_sequence ? now : 0) * s->batch + i / n) * s->width + s->offset + i % n] =
                h[i];
    }
    for (long i = 0; i < all; i++) {
        if (last_h)
            last_h[i / n * s->width + s->offset + i % n] = h[i];
        if (last_c)
            last_c[i / n * s->width + s->offset + i % n] = c[i];
    }
}
