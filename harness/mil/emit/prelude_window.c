/* SPDX-License-Identifier: MIT
 *
 * After prelude.c: convolutions, pooling and resizing, whose results each come from a window of the
 * operand. `half` says that the result is rounded to fp16.
 */
#include "mil/emit/prelude.c" /* NOLINT(bugprone-suspicious-include) */

/* piece: EACH COLUMNS TRANSPOSED POOL */
struct window {
    long batch, groups, in_c, out_c;
    long in[3], out[3], kernel[3], stride[3], dilation[3], before[3], after[3];
};

/* piece: EACH */
/* A convolution with one channel a group. The padded channel is dealt out to stride x stride planes,
 * so that neighbouring results read neighbouring numbers of one plane, and whole planes are worked
 * through as one row, the columns between its rows included. `room`: the planes, then the sums. */
enum { EACH_TAPS_MAX = 64 };
static OPAQUE void conv_each(float *restrict y, const float *restrict x,
    const float *restrict weight, const struct window *s, float *restrict room, long room_n) {
    const long sh = s->stride[1], sw = s->stride[2], taps = s->kernel[1] * s->kernel[2];
    const long rows = s->out[1] + (s->kernel[1] - 1) * s->dilation[1] / sh;
    const long width = s->out[2] + (s->kernel[2] - 1) * s->dilation[2] / sw;
    const long plane = rows * width, n = s->out[1] * width, each = s->out_c / s->groups;
    float *sums = room + room_n - (n + 4 * LANES);
    long at[EACH_TAPS_MAX];
    for (long t = 0; t < taps; t++) {
        long h = t / s->kernel[2] * s->dilation[1], w = t % s->kernel[2] * s->dilation[2];
        at[t] = (h % sh * sw + w % sw) * plane + h / sh * width + w / sw;
    }
    for (long i = 0; i < room_n; i++)
        room[i] = 0;
    for (long c = 0; c < s->batch * s->in_c; c++, x += s->in[1] * s->in[2]) {
        for (long p = 0; p < sh * sw * rows; p++) {
            long column = p / rows % sw - s->before[2];
            long h = p % rows * sh + p / rows / sw - s->before[1];
            long first = column < 0 ? (-column + sw - 1) / sw : 0;
            long last = (s->in[2] - column + sw - 1) / sw;
            const float *from = x + h * s->in[2] + column;
            float *to = room + p * width;
            if (h < 0 || h >= s->in[1])
                continue;
            last = last < width ? last : width;
            if (sw == 1 && first < last)
                __builtin_memcpy(to + first, from + first, (size_t)(last - first) * sizeof *to);
            else
                for (long q = first; q < last; q++)
                    to[q] = from[q * sw];
        }
        for (long o = 0; o < each; o++) {
            const float *k = weight + (c % s->in_c * each + o) * taps;
            for (long i = 0; i < n; i += 4 * LANES) {
                vec a = {0}, b = {0}, d = {0}, e = {0};
                for (long t = 0; t < taps; t++) {
                    const float *from = room + at[t] + i;
                    vec by = splat(k[t]);
                    a += by * *(const vec *)from;
                    b += by * *(const vec *)(from + LANES);
                    d += by * *(const vec *)(from + 2 * LANES);
                    e += by * *(const vec *)(from + 3 * LANES);
                }
                *(vec *)(sums + i) = a;
                *(vec *)(sums + i + LANES) = b;
                *(vec *)(sums + i + 2 * LANES) = d;
                *(vec *)(sums + i + 3 * LANES) = e;
            }
            for (long h = 0; h < s->out[1]; h++, y += s->out[2])
                for (long j = 0; j < s->out[2]; j++)
                    y[j] = sums[h * width + j];
        }
    }
}

/* piece: COLUMNS */
/* What a convolution multiplies its kernel by: a row for each channel and element of the kernel, a
 * column for each position of the result, here `n` of them from `first`. */
static OPAQUE void columns(
    float *restrict to, const float *restrict x, const struct window *s, long first, long n) {
    const long taps = s->kernel[0] * s->kernel[1] * s->kernel[2], step = s->stride[2];
    for (long r = 0; r < s->in_c / s->groups * taps; r++) {
        const float *from = x + r / taps * s->in[0] * s->in[1] * s->in[2];
        const long t = r % taps, k = t % s->kernel[2];
        const long j = t / s->kernel[2] % s->kernel[1], i = t / s->kernel[2] / s->kernel[1];
        for (long p = first, run; p < first + n; p += run, to += run) {
            long w = p % s->out[2], h = p / s->out[2] % s->out[1], d = p / s->out[2] / s->out[1];
            run = s->out[2] - w < first + n - p ? s->out[2] - w : first + n - p;
            d = d * s->stride[0] - s->before[0] + i * s->dilation[0];
            h = h * s->stride[1] - s->before[1] + j * s->dilation[1];
            w = w * step - s->before[2] + k * s->dilation[2];
            long low = w < 0 ? (-w + step - 1) / step : 0;
            long high = w < s->in[2] ? (s->in[2] - w + step - 1) / step : 0;
            if (d < 0 || d >= s->in[0] || h < 0 || h >= s->in[1])
                low = run;
            low = low < run ? low : run;
            high = high < low ? low : high < run ? high : run;
            const float *row = from + (d * s->in[1] + h) * s->in[2] + w;
            for (long q = 0; q < low; q++)
                to[q] = 0;
            if (step == 1 && low < high)
                __builtin_memcpy(to + low, row + low, (size_t)(high - low) * sizeof *to);
            else
                for (long q = low; q < high; q++)
                    to[q] = row[q * step];
            for (long q = high; q < run; q++)
                to[q] = 0;
        }
    }
}
/* `strip` columns at a time, as many as `room` holds. */
static OPAQUE void conv(mil_sgemm *sgemm, float *y, const float *x, const float *weight,
    const struct window *s, float *room, long strip) {
    const long plane = s->in[0] * s->in[1] * s->in[2], n = s->out[0] * s->out[1] * s->out[2];
    const long in_c = s->in_c / s->groups, out_c = s->out_c / s->groups;
    const long k = in_c * s->kernel[0] * s->kernel[1] * s->kernel[2];
    for (long b = 0; b < s->batch * s->groups; b++)
        for (long first = 0, width; first < n; first += width) {
            width = n - first < strip ? n - first : strip;
            columns(room, x + b * in_c * plane, s, first, width);
            sgemm(101, 111, 111, (int)out_c, (int)width, (int)k, 1,
                weight + b % s->groups * out_c * k, (int)k, room, (int)width, 0,
                y + b * out_c * n + first, (int)n);
        }
}

/* piece: TRANSPOSED */
/* Products of the kernel with `strip` positions of x at a time, each added to where it belongs. */
static OPAQUE void conv_transposed(mil_sgemm *sgemm, float *y, const float *x, const float *weight,
    const struct window *s, float *room, long strip) {
    const long n = s->in[0] * s->in[1] * s->in[2], plane = s->out[0] * s->out[1] * s->out[2];
    const long taps = s->kernel[0] * s->kernel[1] * s->kernel[2];
    const long in_c = s->in_c / s->groups, out_c = s->out_c / s->groups, rows = out_c * taps;
    for (long i = 0; i < s->batch * s->out_c * plane; i++)
        y[i] = 0;
    for (long b = 0; b < s->batch * s->groups; b++, y += out_c * plane)
        for (long first = 0, width; first < n; first += width) {
            width = n - first < strip ? n - first : strip;
            sgemm(101, 112, 111, (int)rows, (int)width, (int)in_c, 1,
                weight + b % s->groups * in_c * rows, (int)rows, x + b * in_c * n + first, (int)n,
                0, room, (int)width);
            for (long r = 0; r < rows; r++) {
                const long t = r % taps, k = t % s->kernel[2] * s->dilation[2] - s->before[2];
                const long j = t / s->kernel[2] % s->kernel[1] * s->dilation[1] - s->before[1];
                const long i = t / s->kernel[2] / s->kernel[1] * s->dilation[0] - s->before[0];
                float *to = y + r / taps * plane;
                for (long q = 0; q < width; q++) {
                    const long p = first + q, w = p % s->in[2] * s->stride[2] + k;
                    const long h = p / s->in[2] % s->in[1] * s->stride[1] + j;
                    const long d = p / s->in[2] / s->in[1] * s->stride[0] + i;
                    if (d >= 0 && d < s->out[0] && h >= 0 && h < s->out[1] && w >= 0 &&
                        w < s->out[2])
                        to[(d * s->out[1] + h) * s->out[2] + w] += room[r * width + q];
                }
            }
        }
}

/* piece: POOL */
/* Windows that end in the padding after are cut there; what lies in the padding counts for averages
 * unless inside_only. kind: 0 the largest, 1 the mean, 2 the root of the sum of squares. */
static OPAQUE void pool(float *restrict y, const float *restrict x, const struct window *s,
    int kind, int inside_only, int half) {
    const long n = s->out[0] * s->out[1] * s->out[2];
    for (long c = 0; c < s->batch * s->in_c; c++, x += s->in[0] * s->in[1] * s->in[2])
        for (long p = 0; p < n; p++) {
            const long at[3] = {
                p / s->out[2] / s->out[1], p / s->out[2] % s->out[1], p % s->out[2]};
            long low[3], high[3], inside = 1, padded = 1;
            for (int a = 0; a < 3; a++) {
                const long from = at[a] * s->stride[a] - s->before[a], to = from + s->kernel[a];
                const long end = s->in[a] + s->after[a];
                low[a] = from < 0 ? 0 : from;
                high[a] = to > s->in[a] ? s->in[a] : to;
                inside *= high[a] > low[a] ? high[a] - low[a] : 0;
                padded *= (to > end ? end : to) - from;
            }
            float max = -__builtin_inff(), sum = 0;
            for (long i = low[0]; i < high[0]; i++)
                for (long j = low[1]; j < high[1]; j++) {
                    const float *row = x + (i * s->in[1] + j) * s->in[2];
                    for (long k = low[2]; k < high[2]; k++) {
                        max = row[k] > max || row[k] != row[k] ? row[k] : max;
                        sum += kind == 2 ? row[k] * row[k] : row[k];
                    }
                }
            float v = kind == 0   ? max
                      : kind == 1 ? sum / (float)(inside_only ? inside : padded)
                                  : sqrtf(sum);
            *y++ = half ? round16(v) : v;
        }
}

/* piece: RESIZE */
/* For each row and column of the result, the two samples of x and the second one's share; rows
 * first. Shares of 0 take the first alone. */
static OPAQUE void resize(float *restrict y, const float *restrict x, long images, long in_h,
    long in_w, long out_h, long out_w, const int32_t *at, const float *share, int half) {
    for (long m = 0; m < images; m++, x += in_h * in_w)
        for (long i = 0; i < out_h; i++) {
            const float *top = x + at[2 * i] * in_w, *bottom = x + at[2 * i + 1] * in_w;
            const float dy = share[i];
            for (long j = 0; j < out_w; j++) {
                const int32_t left = at[2 * (out_h + j)], right = at[2 * (out_h + j) + 1];
                const float dx = share[out_h + j];
                float v = dx == 0 ? top[left] : top[left] * (1 - dx) + top[right] * dx;
                if (dy != 0) {
                    const float w =
                        dx == 0 ? bottom[left] : bottom[left] * (1 - dx) + bottom[right] * dx;
                    v = v * (1 - dy) + w * dy;
                }
                *y++ = half ? round16(v) : v;
            }
        }
}
