/* SPDX-License-Identifier: MIT
 *
 * The start of every emitted program. The build turns this file into text, piece by piece (see
 * embed.awk); to save compile time, a program gets only the pieces it calls, in this order. The
 * file is also compiled here, so that compilers, the formatter and linters see it.
 *
 * A line "piece: NAME..." starts a piece, which is included if one of the names is needed:
 * EMIT_NEED_NAME of emit_write.h. Everything before the first piece is in every program.
 */
#include <stddef.h>
#include <stdint.h>

typedef void mil_sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha,
    const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc);

/* Never inlined or cloned for constant arguments: with those, gcc 12 generates AVX-512 code that
 * reads the wrong rows (seed 485356618176330108 of the differential test). */
#ifdef __clang__
#define OPAQUE __attribute__((noinline))
#else
#define OPAQUE __attribute__((noinline, noipa))
#endif

/* In a loop over the few numbers that are left over after vectors. Without it compilers make vectors of that loop as
 * well, with ends of their own, which takes longer than to compile the rest of most programs. */
#define ONE_BY_ONE __asm__ volatile("")

/* Why a program stops, one of harness/mil/op/op_fault.h: what the operator found, and its limit. */
struct fault {
    int32_t kind;
    const char *op;
    int64_t found, limit;
};
static inline int stop(
    struct fault *fault, int kind, const char *op, int64_t found, int64_t limit) {
    *fault = (struct fault){kind, op, found, limit};
    return 1;
}

/* piece: MATH */
#include <math.h>

/* piece: ROUND */
/* harness/mil/fp16.c says why this rounds to nearest even; no branches, so that loops become
 * vectors. */
static inline float round16(float x) {
    union {
        float f;
        int32_t i;
    } v = {x}, p, s;
    int32_t sign = v.i & INT32_MIN, over;
    v.i &= INT32_MAX;
    p.i = v.i & 0x7f800000;
    p.i = p.i < 0x38800000 ? 0x38800000 : p.i;
    p.i = (p.i > 0x47000000 ? 0x47000000 : p.i) + 0x06800000;
    s.f = (v.f + p.f) - p.f;
    over = -(int32_t)(s.f > 65504.0f);
    s.i = (s.i & ~over) | (0x7f800000 & over) | sign;
    return s.f;
}

/* piece: EXP VECTORS */
#define EXP_POLYNOMIAL(r)                                                                          \
    (((((((r)*1.9875691500e-4f + 1.3981999507e-3f) * (r) + 8.3334519073e-3f) * (r) +               \
           4.1665795894e-2f) *                                                                     \
              (r) +                                                                                \
          1.6666665459e-1f) *                                                                      \
             (r) +                                                                                 \
         5.0000001201e-1f) *                                                                       \
            ((r) * (r)) +                                                                          \
        (r) + 1.0f)

/* piece: EXP */
/* exp to about one unit in fp32's last place: e^x = 2^n e^r with |r| <= ln(2)/2, the polynomial of
 * Cephes' expf (S. Moshier, public), 2^n in two factors so that the ends of the range come out. */
static inline float exp32(float x) {
    union {
        float f;
        uint32_t u;
    } n, a, b;
    x = x < -104.0f ? -104.0f : x;
    x = x > 89.0f ? 89.0f : x;
    n.f = x * 1.44269504f + 12582912.0f;
    int32_t e = (int32_t)(n.u - 0x4b400000u), h = e >> 1;
    float k = n.f - 12582912.0f;
    float r = (x - k * 0.693359375f) - k * -2.12194440e-4f;
    float y = EXP_POLYNOMIAL(r);
    a.u = (uint32_t)(h + 127) << 23;
    b.u = (uint32_t)(e - h + 127) << 23;
    return y * a.f * b.f;
}

/* piece: VECTORS */
/* The same on as many numbers as the processor handles at once, with bit-identical results. Where
 * the processor has fp16 conversions, they take a third of the instructions of the sum above. */
#if defined(__AVX512F__)
enum { LANES = 16 };
#elif defined(__AVX__)
enum { LANES = 8 };
#else
enum { LANES = 4 };
#endif
typedef float vec __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t ivec __attribute__((vector_size(4 * LANES)));
static inline vec splat(float x) {
    return x - (vec){0};
}
static inline ivec choose(ivec mask, ivec a, ivec b) {
    return (a & mask) | (b & ~mask);
}
static inline vec relu32v(vec x) {
    return (vec)((ivec)x & ~(ivec)(x < 0.0f));
}
static inline vec held32v(vec x, float low, float high) {
    x = (vec)choose(x < low, (ivec)splat(low), (ivec)x);
    return (vec)choose(x > high, (ivec)splat(high), (ivec)x);
}
static inline vec chosen32v(ivec mask, vec a, vec b) {
    return (vec)choose(mask, (ivec)a, (ivec)b);
}
static inline vec round16v(vec x) {
#ifdef __F16C__
    uint16_t __attribute__((vector_size(2 * LANES))) half;
    vec y;
    __asm__("vcvtps2ph $0, %1, %0" : "=x"(half) : "x"(x));
    __asm__("vcvtph2ps %1, %0" : "=x"(y) : "x"(half));
    return y;
#else
    ivec v = (ivec)x & INT32_MAX, p = v & 0x7f800000, s;
    p = choose(p < 0x38800000, (ivec){0} + 0x38800000, p);
    p = choose(p > 0x47000000, (ivec){0} + 0x47000000, p) + 0x06800000;
    s = (ivec)(((vec)v + (vec)p) - (vec)p);
    s = choose((vec)s > 65504.0f, (ivec){0} + 0x7f800000, s);
    return (vec)(s | ((ivec)x & INT32_MIN));
#endif
}
static inline vec exp32v(vec x) {
    x = (vec)choose(x < -104.0f, (ivec)splat(-104.0f), (ivec)x);
    x = (vec)choose(x > 89.0f, (ivec)splat(89.0f), (ivec)x);
    vec n = x * 1.44269504f + 12582912.0f;
    ivec e = (ivec)n - 0x4b400000, h = e >> 1;
    vec k = n - 12582912.0f;
    vec r = (x - k * 0.693359375f) - k * -2.12194440e-4f;
    vec y = EXP_POLYNOMIAL(r);
    return y * (vec)((h + 127) << 23) * (vec)((e - h + 127) << 23);
}

/* piece: TO_INT */
static inline int32_t to_range(float x, int32_t low, int32_t high) {
    return x != x ? 0 : x <= (float)low ? low : x >= (float)high ? high : (int32_t)x;
}
static inline int32_t to_int32(float x) {
    return x != x ? 0 : x <= -0x1p31f ? INT32_MIN : x >= 0x1p31f ? INT32_MAX : (int32_t)x;
}

/* piece: SUM */
/* Sixteen sums or maxima side by side fill the vector units, so the order of summation is not index
 * order. */
static inline float sum_run(float start, const float *x, long n) {
    float lane[16] = {0};
    long i = 0;
    for (; i + 16 <= n; i += 16)
        for (int j = 0; j < 16; j++)
            lane[j] += x[i + j];
    for (; i < n; i++) {
        ONE_BY_ONE;
        start += x[i];
    }
    for (int w = 8; w > 0; w /= 2)
        for (int j = 0; j < w; j++)
            lane[j] += lane[j + w];
    return start + lane[0];
}
static inline float max_run(float max, const float *x, long n) {
    for (long i = 0; i < n; i++)
        max = x[i] > max || x[i] != x[i] ? x[i] : max;
    return max;
}

/* piece: SOFTMAX_ROWS */
static inline float greatest(const float *x, long n) {
    float lane[16], max = -__builtin_inff();
    long i = 0;
    for (int j = 0; j < 16; j++)
        lane[j] = max;
    for (; i + 16 <= n; i += 16)
        for (int j = 0; j < 16; j++)
            lane[j] = x[i + j] > lane[j] ? x[i + j] : lane[j];
    for (; i < n; i++) {
        ONE_BY_ONE;
        max = x[i] > max ? x[i] : max;
    }
    for (int j = 0; j < 16; j++)
        max = lane[j] > max ? lane[j] : max;
    return max;
}
static OPAQUE void softmax_rows(float *y, const float *x, long rows, long n, int half) {
    for (long r = 0; r < rows; r++, x += n, y += n) {
        float max = greatest(x, n), sum;
        long i = 0;
        for (; i + LANES <= n; i += LANES)
            *(vec *)(y + i) = exp32v(*(vec *)(x + i) - max);
        for (; i < n; i++) {
            ONE_BY_ONE;
            y[i] = exp32(x[i] - max);
        }
        sum = sum_run(0, y, n);
        for (i = 0; i + LANES <= n; i += LANES) {
            const vec v = *(vec *)(y + i) / sum;
            *(vec *)(y + i) = half ? round16v(v) : v;
        }
        for (; i < n; i++) {
            ONE_BY_ONE;
            y[i] = half ? round16(y[i] / sum) : y[i] / sum;
        }
    }
}

/* piece: SOFTMAX_PLANES */
/* The axis is not the last one: a strip of columns at a time. */
static OPAQUE void softmax_planes(
    float *restrict y, const float *restrict x, long outer, long n, long inner, int half) {
    for (long o = 0; o < outer; o++, x += n * inner, y += n * inner)
        for (long c = 0; c < inner; c += 64) {
            float max[64], sum[64];
            long w = inner - c < 64 ? inner - c : 64;
            for (long j = 0; j < w; j++)
                max[j] = -__builtin_inff(), sum[j] = 0;
            for (long i = 0; i < n; i++)
                for (long j = 0; j < w; j++) {
                    float v = x[i * inner + c + j];
                    max[j] = v > max[j] ? v : max[j];
                }
            for (long i = 0; i < n; i++)
                for (long j = 0; j < w; j++) {
                    float v = exp32(x[i * inner + c + j] - max[j]);
                    y[i * inner + c + j] = v;
                    sum[j] += v;
                }
            for (long i = 0; i < n; i++)
                for (long j = 0; j < w; j++) {
                    float v = y[i * inner + c + j] / sum[j];
                    y[i * inner + c + j] = half ? round16(v) : v;
                }
        }
}

/* piece: WIDEN NARROW */
/* Where the processor has the conversions; eight numbers at a time. In assembler, since the intrinsics header takes
 * longer to compile than most programs. */
#ifdef __F16C__
typedef float eight_floats __attribute__((vector_size(32), aligned(4), may_alias));
typedef uint16_t eight_halves __attribute__((vector_size(16), aligned(2), may_alias));
#endif

/* piece: WIDEN */
static inline float widened(uint16_t x) {
#ifdef __F16C__
    const eight_halves half = {x};
    float __attribute__((vector_size(16))) y;
    __asm__("vcvtph2ps %1, %0" : "=x"(y) : "x"(half));
    return y[0];
#else
    union {
        int32_t i;
        float f;
    } v, s;
    int32_t low = x & 0x7fff, tiny = -(int32_t)(low < 0x0400);
    s.i = (low << 13) + 0x38800000;
    s.f -= 0x1p-14f;
    v.i = (low << 13) + 0x38000000 + (0x38000000 & -(int32_t)(low >= 0x7c00));
    v.i = (s.i & tiny) | (v.i & ~tiny) | (int32_t)((uint32_t)(x & 0x8000) << 16);
    return v.f;
#endif
}
static OPAQUE void widen16(float *restrict y, const uint16_t *restrict x, long n) {
    long i = 0;
#ifdef __F16C__
    for (; i + 8 <= n; i += 8)
        __asm__("vcvtph2ps %1, %0"
                : "=x"(*(eight_floats *)(y + i))
                : "m"(*(const eight_halves *)(x + i)));
#endif
    for (; i < n; i++)
        y[i] = widened(x[i]);
}

/* piece: HALF_ROWS */
/* y = W x, W of fp16. Row after row, since the processor fetches best what it is about to read in one stream;
 * it stops at each page, so the stream is asked for ahead: on an EPYC 7002 a thread reads 1.2 times as fast so, as
 * fast as it reads at all. Two sums side by side, each of LANES, keep enough additions under way. */
enum { LINE_HALVES = 32, AHEAD_HALVES = 512 };
typedef uint16_t half_lanes __attribute__((vector_size(2 * LANES), aligned(2), may_alias));
static inline vec widen16v(const uint16_t *x) {
    vec y = {0};
#ifdef __F16C__
    __asm__("vcvtph2ps %1, %0" : "=x"(y) : "m"(*(const half_lanes *)x));
#elif defined(__aarch64__)
    typedef __fp16 numbers __attribute__((vector_size(2 * LANES), aligned(2), may_alias));
    y = __builtin_convertvector(*(const numbers *)x, vec);
#else
    for (int j = 0; j < LANES; j++)
        y[j] = widened(x[j]);
#endif
    return y;
}
/* sum + a b */
static inline vec fused(vec sum, vec a, vec b) {
#ifdef __FMA__
    __asm__("vfmadd231ps %2, %1, %0" : "+x"(sum) : "x"(a), "x"(b));
#elif defined(__aarch64__)
    __asm__("fmla %0.4s, %1.4s, %2.4s" : "+w"(sum) : "w"(a), "w"(b));
#else
    sum += a * b;
#endif
    return sum;
}
static inline float total(vec x) {
    typedef float four __attribute__((vector_size(16)));
    union {
        vec all;
        four part[LANES / 4];
    } u = {x};
    for (int j = 1; j < LANES / 4; j++)
        u.part[0] += u.part[j];
    return (u.part[0][0] + u.part[0][2]) + (u.part[0][1] + u.part[0][3]);
}
static OPAQUE void half_rows(float *restrict y, const uint16_t *restrict w, const float *restrict x,
    int64_t rows, int64_t n) {
    for (long r = 0; r < rows; r++, w += n) {
        vec even = {0}, odd = {0};
        long i = 0;
        for (; i + LINE_HALVES <= n; i += LINE_HALVES) {
            __builtin_prefetch(w + i + AHEAD_HALVES);
            for (long j = i; j < i + LINE_HALVES; j += 2 * LANES) {
                even = fused(even, widen16v(w + j), *(const vec *)(x + j));
                odd = fused(odd, widen16v(w + j + LANES), *(const vec *)(x + j + LANES));
            }
        }
        for (; i + LANES <= n; i += LANES)
            even = fused(even, widen16v(w + i), *(const vec *)(x + i));
        y[r] = total(even + odd);
        for (; i < n; i++) {
            ONE_BY_ONE;
            y[r] += widened(w[i]) * x[i];
        }
    }
}

/* piece: NARROW */
/* The number is already rounded; this only changes its format. */
static inline uint16_t narrowed(float x) {
#ifdef __F16C__
    const float __attribute__((vector_size(16))) y = {x};
    eight_halves half;
    __asm__("vcvtps2ph $0, %1, %0" : "=x"(half) : "x"(y));
    return half[0];
#else
    union {
        float f;
        int32_t i;
    } v = {x}, s;
    int32_t sign = v.i >> 16 & 0x8000, tiny, nan, h;
    v.i &= INT32_MAX;
    tiny = -(int32_t)(v.i < 0x38800000);
    nan = -(int32_t)(v.i > 0x7f800000);
    s.f = v.f + 0.5f;
    h = (v.i - 0x38000000) >> 13;
    h = h > 0x7c00 ? 0x7c00 : h;
    h = ((s.i - 0x3f000000) & tiny) | (h & ~tiny);
    h = (h & ~nan) | ((0x7e00 | (v.i >> 13 & 0x3ff)) & nan);
    return (uint16_t)(h | sign);
#endif
}
static OPAQUE void narrow16(uint16_t *restrict y, const float *restrict x, long n) {
    long i = 0;
#ifdef __F16C__
    for (; i + 8 <= n; i += 8)
        __asm__("vcvtps2ph $0, %1, %0"
                : "=m"(*(eight_halves *)(y + i))
                : "x"(*(const eight_floats *)(x + i)));
#endif
    for (; i < n; i++)
        y[i] = narrowed(x[i]);
}

/* piece: BYTES */
static inline void widen8(int32_t *restrict y, const int8_t *restrict x, long n) {
    for (long i = 0; i < n; i++)
        y[i] = (int32_t)x[i]; // NOLINT(bugprone-signed-char-misuse): numbers, not letters
}
static inline void widen1(int32_t *restrict y, const uint8_t *restrict x, long n) {
    for (long i = 0; i < n; i++)
        y[i] = x[i] != 0;
}
static inline void widen8u(int32_t *restrict y, const uint8_t *restrict x, long n) {
    for (long i = 0; i < n; i++)
        y[i] = x[i];
}
static inline void widen16s(int32_t *restrict y, const int16_t *restrict x, long n) {
    for (long i = 0; i < n; i++)
        y[i] = x[i];
}
static inline void widen16u(int32_t *restrict y, const uint16_t *restrict x, long n) {
    for (long i = 0; i < n; i++)
        y[i] = x[i];
}
static inline void narrow16s(int16_t *restrict y, const int32_t *restrict x, long n) {
    for (long i = 0; i < n; i++)
        y[i] = (int16_t)x[i];
}
static inline void narrow8(int8_t *restrict y, const int32_t *restrict x, long n) {
    for (long i = 0; i < n; i++)
        y[i] = (int8_t)x[i];
}

/* piece: MASK */
/* scores += mask, or -inf where a boolean mask is false; the mask has stride 0 where it broadcasts.
 */
static inline void mask_add(
    float *restrict s, const float *restrict mask, long m, long n, long row, long column) {
    for (long i = 0; i < m; i++)
        for (long j = 0; j < n; j++)
            s[i * n + j] += mask[i * row + j * column];
}
static inline void mask_keep(
    float *restrict s, const int32_t *restrict mask, long m, long n, long row, long column) {
    for (long i = 0; i < m; i++)
        for (long j = 0; j < n; j++)
            s[i * n + j] += mask[i * row + j * column] ? 0 : -__builtin_inff();
}
