/* SPDX-License-Identifier: MIT
 *
 * After prelude_window.c: gather, scatter, lists and others that move cells of any type, copied as
 * bits.
 */
#include "mil/emit/prelude_window.c" /* NOLINT(bugprone-suspicious-include) */

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
