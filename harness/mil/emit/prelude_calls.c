/* SPDX-License-Identifier: MIT
 *
 * After prelude_cells.c: normalisation, sorting, sums along an axis and integer division, one call
 * each. `half` says that the result is rounded to fp16.
 */
#include "mil/emit/prelude_cells.c" /* NOLINT(bugprone-suspicious-include) */

/* piece: NORM */
/* x is [rows, channels, n]; with or without statistics, gamma and beta (0 = none). */
static OPAQUE void channel_norm(float *restrict y, const float *restrict x, const float *mean,
    const float *variance, const float *gamma, const float *beta, long rows, long channels, long n,
    float epsilon, int half) {
    for (long r = 0; r < rows * channels; r++, x += n, y += n) {
        const long c = r % channels;
        float middle = 0, spread = 0;
        for (long i = 0; !mean && i < n; i++)
            middle += x[i];
        middle = mean ? mean[c] : middle / (float)n;
        for (long i = 0; !mean && i < n; i++)
            spread += (x[i] - middle) * (x[i] - middle);
        const float scale = 1.0f / sqrtf((mean ? variance[c] : spread / (float)n) + epsilon);
        const float by = gamma ? gamma[c] : 1.0f, off = beta ? beta[c] : 0.0f;
        for (long i = 0; i < n; i++) {
            float v = (x[i] - middle) * scale * by + off;
            y[i] = half ? round16(v) : v;
        }
    }
}
static OPAQUE void l2_norm(
    float *restrict y, const float *restrict x, long rows, long n, float epsilon, int half) {
    for (long r = 0; r < rows; r++, x += n, y += n) {
        float squares = 0;
        for (long i = 0; i < n; i++)
            squares += x[i] * x[i];
        const float root = sqrtf(squares + epsilon);
        for (long i = 0; i < n; i++)
            y[i] = half ? round16(x[i] / root) : x[i] / root;
    }
}
/* By the squares of `size` neighbouring channels. */
static OPAQUE void local_norm(float *restrict y, const float *restrict x, long rows, long channels,
    long n, long size, float alpha, float beta, float k, int half) {
    for (long i = 0; i < rows * channels * n; i++) {
        const long c = i / n % channels, first = c - size / 2;
        float squares = 0;
        for (long j = first < 0 ? 0 : first; j < first + size && j < channels; j++)
            squares += x[i + (j - c) * n] * x[i + (j - c) * n];
        const float v = x[i] / powf(k + alpha / (float)size * squares, beta);
        y[i] = half ? round16(v) : v;
    }
}

/* piece: ARG SORT */
static inline double number(const void *x, long i, int is_float) {
    return is_float ? (double)((const float *)x)[i] : ((const int32_t *)x)[i];
}

/* piece: ARG */
static OPAQUE void reduce_arg(int32_t *restrict y, const void *x, long outer, long n, long inner,
    int greatest, int is_float) {
    for (long o = 0; o < outer; o++)
        for (long j = 0; j < inner; j++) {
            double best = number(x, o * n * inner + j, is_float);
            int32_t at = 0;
            for (long i = 1; i < n; i++) {
                const double v = number(x, (o * n + i) * inner + j, is_float);
                if (greatest ? v > best : v < best) {
                    best = v;
                    at = (int32_t)i;
                }
            }
            *y++ = at;
        }
}

/* piece: SORT */
/* The first k of each row in order, their numbers and their indices (either may be 0). Merges runs of
 * 1, 2, 4, ... in `room`, 2 n indices, so that equal elements stay in order. */
static OPAQUE void sort(void *y, int32_t *indices, const void *x, long outer, long n, long inner,
    long k, int ascending, int is_float, int32_t *room) {
    for (long r = 0; r < outer * inner; r++) {
        const long from = r / inner * n * inner + r % inner, to = r / inner * k * inner + r % inner;
        int32_t *a = room, *b = room + n;
        for (long i = 0; i < n; i++)
            a[i] = (int32_t)i;
        for (long w = 1; w < n; w *= 2) {
            for (long i = 0; i < n; i += 2 * w) {
                const long middle = i + w < n ? i + w : n, end = i + 2 * w < n ? i + 2 * w : n;
                for (long t = i, p = i, q = middle; t < end; t++) {
                    int second = p == middle;
                    if (!second && q < end) {
                        const double u = number(x, from + a[p] * inner, is_float);
                        const double v = number(x, from + a[q] * inner, is_float);
                        second = ascending ? v < u : v > u;
                    }
                    b[t] = second ? a[q++] : a[p++];
                }
            }
            int32_t *other = a;
            a = b;
            b = other;
        }
        for (long i = 0; i < k; i++) {
            if (y && is_float)
                ((float *)y)[to + i * inner] = ((const float *)x)[from + a[i] * inner];
            else if (y)
                ((int32_t *)y)[to + i * inner] = ((const int32_t *)x)[from + a[i] * inner];
            if (indices)
                indices[to + i * inner] = a[i];
        }
    }
}

/* piece: CUMSUM */
static OPAQUE void cumsum(float *restrict y, const float *restrict x, long outer, long n,
    long inner, int exclusive, int back, int half) {
    for (long r = 0; r < outer * inner; r++) {
        float sum = 0;
        for (long i = 0; i < n; i++) {
            const long at = (r / inner * n + (back ? n - 1 - i : i)) * inner + r % inner;
            const float before = sum;
            sum += x[at];
            const float v = exclusive ? before : sum;
            y[at] = half ? round16(v) : v;
        }
    }
}
static OPAQUE void cumsum_int(int32_t *restrict y, const int32_t *restrict x, long outer, long n,
    long inner, int exclusive, int back) {
    for (long r = 0; r < outer * inner; r++) {
        uint32_t sum = 0;
        for (long i = 0; i < n; i++) {
            const long at = (r / inner * n + (back ? n - 1 - i : i)) * inner + r % inner;
            const uint32_t before = sum;
            sum += (uint32_t)x[at];
            y[at] = (int32_t)(exclusive ? before : sum);
        }
    }
}

/* piece: INTEGER */
/* Division rounds down; by 0 it gives 0. */
static inline int32_t int_div(int32_t x, int32_t y) {
    const int64_t a = x, b = y, q = b == 0 ? 0 : a / b;
    return (int32_t)(uint32_t)(q - (b != 0 && a % b != 0 && (a < 0) != (b < 0)));
}
static inline int32_t int_mod(int32_t x, int32_t y) {
    return y == 0 ? 0 : (int32_t)((int64_t)x - (int64_t)int_div(x, y) * y);
}

/* piece: MOD */
static inline float mod32(float x, float y) {
    const float rest = fmodf(x, y);
    return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
}
