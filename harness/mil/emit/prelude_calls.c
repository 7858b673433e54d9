/* SPDX-License-Identifier: MIT
 *
 * The second part of prelude.c: operators that are one call each. Cells of any type are copied as
 * bits; `half` says that the result is rounded to fp16.
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

/* piece: LOOKUP PICK ONE_HOT REVERSED LIST */
typedef uint32_t __attribute__((may_alias)) cell;

/* piece: LOOKUP */
/* y[i] = x[at[i]], or `other` where at[i] is below 0. */
static OPAQUE void lookup(
    void *restrict y, const void *restrict x, const int32_t *restrict at, long n, cell other) {
    const cell *from = x;
    cell *to = y;
    for (long i = 0; i < n; i++)
        to[i] = at[i] < 0 ? other : from[at[i]];
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

/* piece: PICK */
/* An index counts from the end where it is below 0. */
static inline long held(int32_t index, long size) {
    return index < 0 ? index + size : index;
}
/* Whether one of n indices, `step` apart, is outside an axis of that size; all are looked at before any is
 * used. */
static OPAQUE int outside(
    const int32_t *indices, long n, long step, long size, const char *op, struct fault *fault) {
    int any = 0;
    for (long i = 0; i < n; i++)
        any |= (indices[i * step] < -size) | (indices[i * step] >= size);
    for (long i = 0; any && i < n; i++)
        if (indices[i * step] < -size || indices[i * step] >= size)
            return stop(fault, 1, op, indices[i * step], size);
    return 0;
}
/* What scatter does with an element and its update. type: 0 int32, 1 fp32, 2 fp16. */
enum { SET, ADD, SUB, MUL, DIV, MAX, MIN };
static inline double combined(int mode, double old, double by) {
    return mode == ADD   ? old + by
           : mode == SUB ? old - by
           : mode == MUL ? old * by
           : mode == DIV ? (by == 0 && old == trunc(old) ? 0 : old / by)
           : mode == MAX ? (old > by ? old : by)
                         : (old < by ? old : by);
}
static inline void run_put(void *to, const void *from, long n, int mode, int type) {
    for (long i = 0; i < n; i++)
        if (mode == SET) {
            ((cell *)to)[i] = ((const cell *)from)[i];
        } else if (type == 0) {
            int32_t *at = (int32_t *)to + i;
            *at = (int32_t)combined(mode, *at, ((const int32_t *)from)[i]);
        } else {
            float *at = (float *)to + i;
            const float v = (float)combined(mode, (double)*at, (double)((const float *)from)[i]);
            *at = type == 2 ? round16(v) : v;
        }
}
/* Runs of `inner` cells between `large`, [batch, outer, size, inner], and `small`, [batch, outer, n,
 * inner]: element i of `small` belongs to indices[batch][i] of `large`. gather reads `large`, scatter
 * writes it. */
static OPAQUE void pick(void *large, void *small, const int32_t *indices, long batch, long outer,
    long size, long n, long inner, int is_gather, int mode, int type) {
    cell *to = small, *all = large;
    for (long b = 0; b < batch; b++, indices += n)
        for (long o = 0; o < outer; o++, all += size * inner)
            for (long i = 0; i < n; i++, to += inner) {
                cell *at = all + held(indices[i], size) * inner;
                run_put(is_gather ? to : at, is_gather ? at : to, inner, mode, type);
            }
}
/* An index for each element: [outer, n, inner] of [outer, size, inner]. */
static OPAQUE void pick_along(void *large, void *small, const int32_t *indices, long outer,
    long size, long n, long inner, int is_gather, int mode, int type) {
    cell *to = small, *all = large;
    for (long o = 0; o < outer; o++, all += size * inner)
        for (long i = 0; i < n * inner; i++, to++) {
            cell *at = all + held(*indices++, size) * inner + i % inner;
            run_put(is_gather ? to : at, is_gather ? at : to, 1, mode, type);
        }
}
/* `rows` indices of k numbers each a batch, into axes of those sizes. */
static OPAQUE void pick_nd(void *large, void *small, const int32_t *indices, long batch, long rows,
    int k, const long *sizes, long inner, int is_gather, int mode, int type) {
    cell *to = small, *all = large;
    for (long b = 0; b < batch; b++) {
        long whole = inner;
        for (int a = 0; a < k; a++)
            whole *= sizes[a];
        for (long r = 0; r < rows; r++, to += inner) {
            long place = 0;
            for (int a = 0; a < k; a++)
                place = place * sizes[a] + held(*indices++, sizes[a]);
            cell *at = all + place * inner;
            run_put(is_gather ? to : at, is_gather ? at : to, inner, mode, type);
        }
        all += whole;
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

/* piece: ONE_HOT */
static OPAQUE void one_hot(void *restrict y, const int32_t *restrict indices, long outer, long size,
    long inner, cell on, cell off) {
    cell *to = y;
    for (long o = 0; o < outer; o++)
        for (long i = 0; i < size; i++)
            for (long j = 0; j < inner; j++)
                *to++ = indices[o * inner + j] == i ? on : off;
}

/* piece: LIST */
/* A list is its length, whether it grows, and from cell LIST_HEAD on its elements of n cells each; harness/mil/op/
 * op_list.h. Where there is no element yet, zeros come first. */
enum { LIST_HEAD = 16 };
static inline void list_lengthen(cell *list, long length, long n) {
    for (long i = (long)list[0] * n; i < length * n; i++)
        list[LIST_HEAD + i] = 0;
    list[0] = (cell)length;
}
static OPAQUE int list_make(
    void *list, long length, int grows, long room, long n, struct fault *fault) {
    cell *to = list;
    if (length < 0 || length > room)
        return stop(fault, 3, "make_list", length, room);
    to[0] = 0;
    to[1] = (cell)grows;
    list_lengthen(to, length, n);
    return 0;
}
static inline int32_t list_length(const void *list) {
    return (int32_t)((const cell *)list)[0];
}
static OPAQUE void list_copy(void *to, const void *from, long n) {
    __builtin_memcpy(to, from, (size_t)(LIST_HEAD + list_length(from) * n) * sizeof(cell));
}
static OPAQUE int list_get(void *to, const void *list, const int32_t *indices, long count, long n,
    const char *op, struct fault *fault) {
    for (long i = 0; i < count; i++) {
        if (indices[i] < 0 || indices[i] >= list_length(list))
            return stop(fault, 2, op, indices[i], list_length(list));
        __builtin_memcpy((cell *)to + i * n, (const cell *)list + LIST_HEAD + indices[i] * n,
            (size_t)n * sizeof(cell));
    }
    return 0;
}
static OPAQUE int list_set(void *list, const void *from, const int32_t *indices, long count,
    long room, long n, const char *op, struct fault *fault) {
    cell *to = list;
    for (long i = 0; i < count; i++) {
        const long at = indices[i], length = list_length(list);
        if (at < 0 || (at >= length && !to[1]))
            return stop(fault, 2, op, at, length);
        if (at >= room)
            return stop(fault, 3, op, at + 1, room);
        if (at >= length)
            list_lengthen(to, at + 1, n);
        __builtin_memcpy(
            to + LIST_HEAD + at * n, (const cell *)from + i * n, (size_t)n * sizeof(cell));
    }
    return 0;
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

/* piece: REVERSED */
/* x is [a, first, b, second, c]; one of the two axes is reversed as far as lengths, by the other, says. */
static OPAQUE void reverse_sequence(void *restrict y, const void *restrict x,
    const int32_t *restrict lengths, long a, long first, long b, long second, long c,
    int reverses_first) {
    const cell *from = x;
    cell *to = y;
    for (long i = 0; i < a; i++)
        for (long f = 0; f < first; f++)
            for (long k = 0; k < b; k++)
                for (long s = 0; s < second; s++) {
                    const long axis = reverses_first ? first : second;
                    const long n = lengths[reverses_first ? s : f], at = reverses_first ? f : s;
                    const long back = at < n && n <= axis ? n - 1 - at : at;
                    const cell *run =
                        from + (((i * first + (reverses_first ? back : f)) * b + k) * second +
                                   (reverses_first ? s : back)) *
                                   c;
                    for (long m = 0; m < c; m++)
                        *to++ = run[m];
                }
}
