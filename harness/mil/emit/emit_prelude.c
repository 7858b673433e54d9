/* SPDX-License-Identifier: MIT
 *
 * The C that emitted programs begin with, as text. Only what a program calls is written: the
 * compiler's time counts.
 */
#include "mil/emit/emit_write.h"

/* harness/mil/fp16.c says why this rounds to nearest even; no branches, so that loops become
 * vectors. */
static const char round_text[] = "static inline float round16(float x) {\n"
                                 "    union { float f; int32_t i; } v = {x}, p, s;\n"
                                 "    int32_t sign = v.i & INT32_MIN, over;\n"
                                 "    v.i &= INT32_MAX;\n"
                                 "    p.i = v.i & 0x7f800000;\n"
                                 "    p.i = p.i < 0x38800000 ? 0x38800000 : p.i;\n"
                                 "    p.i = (p.i > 0x47000000 ? 0x47000000 : p.i) + 0x06800000;\n"
                                 "    s.f = (v.f + p.f) - p.f;\n"
                                 "    over = -(int32_t)(s.f > 65504.0f);\n"
                                 "    s.i = (s.i & ~over) | (0x7f800000 & over) | sign;\n"
                                 "    return s.f;\n"
                                 "}\n";

#define EXP_POLYNOMIAL                                                                             \
    "    y = y * r + 1.3981999507e-3f;\n"                                                          \
    "    y = y * r + 8.3334519073e-3f;\n"                                                          \
    "    y = y * r + 4.1665795894e-2f;\n"                                                          \
    "    y = y * r + 1.6666665459e-1f;\n"                                                          \
    "    y = y * r + 5.0000001201e-1f;\n"                                                          \
    "    y = y * (r * r) + r + 1.0f;\n"

/* exp to about one unit in fp32's last place: e^x = 2^n e^r with |r| <= ln(2)/2, the polynomial of
 * Cephes' expf (S. Moshier, public), 2^n in two factors so that the ends of the range come out. */
static const char exp_text[] =
    "static inline float exp32(float x) {\n"
    "    union { float f; uint32_t u; } n, a, b;\n"
    "    x = x < -104.0f ? -104.0f : x;\n"
    "    x = x > 89.0f ? 89.0f : x;\n"
    "    n.f = x * 1.44269504f + 12582912.0f;\n"
    "    int32_t e = (int32_t)(n.u - 0x4b400000u), h = e >> 1;\n"
    "    float k = n.f - 12582912.0f;\n"
    "    float r = (x - k * 0.693359375f) - k * -2.12194440e-4f;\n"
    "    float y = 1.9875691500e-4f;\n" EXP_POLYNOMIAL "    a.u = (uint32_t)(h + 127) << 23;\n"
    "    b.u = (uint32_t)(e - h + 127) << 23;\n"
    "    return y * a.f * b.f;\n"
    "}\n";

/* The same on as many numbers as the processor takes at once, to the same bits. Where it converts by
 * itself, to fp16 and back is a third of the instructions that the sum above is. */
static const char vectors_text[] =
    "#if defined(__AVX512F__)\n"
    "enum { LANES = 16 };\n"
    "#elif defined(__AVX__)\n"
    "enum { LANES = 8 };\n"
    "#else\n"
    "enum { LANES = 4 };\n"
    "#endif\n"
    "typedef float vec __attribute__((vector_size(4 * LANES), aligned(4), may_alias));\n"
    "typedef int32_t ivec __attribute__((vector_size(4 * LANES)));\n"
    "static inline vec splat(float x) { return x - (vec){0}; }\n"
    "static inline ivec choose(ivec mask, ivec a, ivec b) { return (a & mask) | (b & ~mask); }\n"
    "static inline vec relu32v(vec x) { return (vec)((ivec)x & ~(ivec)(x < 0.0f)); }\n"
    "static inline vec round16v(vec x) {\n"
    "#ifdef __F16C__\n"
    "    uint16_t __attribute__((vector_size(2 * LANES))) half;\n"
    "    vec y;\n"
    "    __asm__(\"vcvtps2ph $0, %1, %0\" : \"=x\"(half) : \"x\"(x));\n"
    "    __asm__(\"vcvtph2ps %1, %0\" : \"=x\"(y) : \"x\"(half));\n"
    "    return y;\n"
    "#else\n"
    "    ivec v = (ivec)x & INT32_MAX, p = v & 0x7f800000, s;\n"
    "    p = choose(p < 0x38800000, (ivec){0} + 0x38800000, p);\n"
    "    p = choose(p > 0x47000000, (ivec){0} + 0x47000000, p) + 0x06800000;\n"
    "    s = (ivec)(((vec)v + (vec)p) - (vec)p);\n"
    "    s = choose((vec)s > 65504.0f, (ivec){0} + 0x7f800000, s);\n"
    "    return (vec)(s | ((ivec)x & INT32_MIN));\n"
    "#endif\n"
    "}\n"
    "static inline vec exp32v(vec x) {\n"
    "    x = (vec)choose(x < -104.0f, (ivec)splat(-104.0f), (ivec)x);\n"
    "    x = (vec)choose(x > 89.0f, (ivec)splat(89.0f), (ivec)x);\n"
    "    vec n = x * 1.44269504f + 12582912.0f;\n"
    "    ivec e = (ivec)n - 0x4b400000, h = e >> 1;\n"
    "    vec k = n - 12582912.0f;\n"
    "    vec r = (x - k * 0.693359375f) - k * -2.12194440e-4f;\n"
    "    vec y = splat(1.9875691500e-4f);\n" EXP_POLYNOMIAL
    "    return y * (vec)((h + 127) << 23) * (vec)((e - h + 127) << 23);\n"
    "}\n";

static const char to_int_text[] =
    "static inline int32_t to_int8(float x) {\n"
    "    return x != x ? 0 : x <= -128.0f ? -128 : x >= 127.0f ? 127 : (int32_t)x;\n"
    "}\n"
    "static inline int32_t to_int32(float x) {\n"
    "    return x != x ? 0 : x <= -0x1p31f ? INT32_MIN : x >= 0x1p31f ? INT32_MAX : (int32_t)x;\n"
    "}\n";

/* Sixteen sums or maxima side by side fill the vector units; the sum's order differs from index
 * order by that. */
static const char sum_text[] =
    "static inline float sum_run(float start, const float *x, long n) {\n"
    "    float lane[16] = {0};\n"
    "    long i = 0;\n"
    "    for (; i + 16 <= n; i += 16)\n"
    "        for (int j = 0; j < 16; j++) lane[j] += x[i + j];\n"
    "    for (; i < n; i++) start += x[i];\n"
    "    for (int w = 8; w > 0; w /= 2)\n"
    "        for (int j = 0; j < w; j++) lane[j] += lane[j + w];\n"
    "    return start + lane[0];\n"
    "}\n"
    "static inline float max_run(float max, const float *x, long n) {\n"
    "    for (long i = 0; i < n; i++) max = x[i] > max || x[i] != x[i] ? x[i] : max;\n"
    "    return max;\n"
    "}\n";

static const char softmax_rows_text[] =
    "static inline float greatest(const float *x, long n) {\n"
    "    float lane[16], max = -__builtin_inff();\n"
    "    long i = 0;\n"
    "    for (int j = 0; j < 16; j++) lane[j] = max;\n"
    "    for (; i + 16 <= n; i += 16)\n"
    "        for (int j = 0; j < 16; j++) lane[j] = x[i + j] > lane[j] ? x[i + j] : lane[j];\n"
    "    for (; i < n; i++) max = x[i] > max ? x[i] : max;\n"
    "    for (int j = 0; j < 16; j++) max = lane[j] > max ? lane[j] : max;\n"
    "    return max;\n"
    "}\n"
    "static __attribute__((noinline, noipa)) void softmax_rows(float *y, const float *x, long "
    "rows, long "
    "n, int half) {\n"
    "    for (long r = 0; r < rows; r++, x += n, y += n) {\n"
    "        float max = greatest(x, n), sum;\n"
    "        long i = 0;\n"
    "        for (; i + LANES <= n; i += LANES) *(vec *)(y + i) = exp32v(*(vec *)(x + i) - max);\n"
    "        for (; i < n; i++) y[i] = exp32(x[i] - max);\n"
    "        sum = sum_run(0, y, n);\n"
    "        for (i = 0; half && i + LANES <= n; i += LANES)\n"
    "            *(vec *)(y + i) = round16v(*(vec *)(y + i) / sum);\n"
    "        for (; i < n; i++) y[i] = half ? round16(y[i] / sum) : y[i] / sum;\n"
    "    }\n"
    "}\n";

/* The axis is not the last one: a strip of columns at a time. */
static const char softmax_planes_text[] =
    "static __attribute__((noinline, noipa)) void softmax_planes(float *restrict y, const float "
    "*restrict "
    "x, long outer, long n,\n"
    "    long inner, int half) {\n"
    "    for (long o = 0; o < outer; o++, x += n * inner, y += n * inner)\n"
    "        for (long c = 0; c < inner; c += 64) {\n"
    "            float max[64], sum[64];\n"
    "            long w = inner - c < 64 ? inner - c : 64;\n"
    "            for (long j = 0; j < w; j++) max[j] = -__builtin_inff(), sum[j] = 0;\n"
    "            for (long i = 0; i < n; i++)\n"
    "                for (long j = 0; j < w; j++) {\n"
    "                    float v = x[i * inner + c + j];\n"
    "                    max[j] = v > max[j] ? v : max[j];\n"
    "                }\n"
    "            for (long i = 0; i < n; i++)\n"
    "                for (long j = 0; j < w; j++) {\n"
    "                    float v = exp32(x[i * inner + c + j] - max[j]);\n"
    "                    y[i * inner + c + j] = v;\n"
    "                    sum[j] += v;\n"
    "                }\n"
    "            for (long i = 0; i < n; i++)\n"
    "                for (long j = 0; j < w; j++) {\n"
    "                    float v = y[i * inner + c + j] / sum[j];\n"
    "                    y[i * inner + c + j] = half ? round16(v) : v;\n"
    "                }\n"
    "        }\n"
    "}\n";

static const char conv_text[] =
    "struct conv {\n"
    "    long batch, groups, in_c, in_h, in_w, out_c, out_h, out_w, kernel_h, kernel_w;\n"
    "    long stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;\n"
    "};\n"
    "static __attribute__((noinline, noipa)) void conv(float *restrict y, const float *restrict x, "
    "const "
    "float *restrict weight,\n"
    "    const struct conv *s) {\n"
    "    long in_c = s->in_c / s->groups, out_c = s->out_c / s->groups;\n"
    "    for (long b = 0; b < s->batch; b++)\n"
    "        for (long o = 0; o < s->out_c; o++) {\n"
    "            const float *from = x + (b * s->in_c + o / out_c * in_c) * s->in_h * s->in_w;\n"
    "            for (long u = 0; u < s->out_h; u++)\n"
    "                for (long v = 0; v < s->out_w; v++) {\n"
    "                    const float *w = weight + o * in_c * s->kernel_h * s->kernel_w;\n"
    "                    float sum = 0;\n"
    "                    for (long c = 0; c < in_c; c++)\n"
    "                        for (long i = 0; i < s->kernel_h; i++)\n"
    "                            for (long j = 0; j < s->kernel_w; j++, w++) {\n"
    "                                long p = u * s->stride_h - s->pad_top + i * s->dilation_h;\n"
    "                                long q = v * s->stride_w - s->pad_left + j * s->dilation_w;\n"
    "                                if (p >= 0 && p < s->in_h && q >= 0 && q < s->in_w)\n"
    "                                    sum += *w * from[(c * s->in_h + p) * s->in_w + q];\n"
    "                            }\n"
    "                    *y++ = sum;\n"
    "                }\n"
    "        }\n"
    "}\n";

/* Eight at a time where the processor converts by itself. Assembler, since the header with the
 * intrinsics takes longer to compile than most programs. */
static const char widen_text[] =
    "static inline float widened(uint16_t x) {\n"
    "    union { int32_t i; float f; } v, s;\n"
    "    int32_t low = x & 0x7fff, tiny = -(int32_t)(low < 0x0400);\n"
    "    s.i = (low << 13) + 0x38800000;\n"
    "    s.f -= 0x1p-14f;\n"
    "    v.i = (low << 13) + 0x38000000 + (0x38000000 & -(int32_t)(low >= 0x7c00));\n"
    "    v.i = (s.i & tiny) | (v.i & ~tiny) | (int32_t)((uint32_t)(x & 0x8000) << 16);\n"
    "    return v.f;\n"
    "}\n"
    "static __attribute__((noinline, noipa)) void widen16(float *restrict y, const uint16_t "
    "*restrict x, "
    "long n) {\n"
    "    long i = 0;\n"
    "#ifdef __F16C__\n"
    "    typedef float floats __attribute__((vector_size(32), aligned(4)));\n"
    "    typedef uint16_t halves __attribute__((vector_size(16), aligned(2)));\n"
    "    for (; i + 8 <= n; i += 8)\n"
    "        __asm__(\"vcvtph2ps %1, %0\" : \"=x\"(*(floats *)(y + i))\n"
    "            : \"m\"(*(const halves *)(x + i)));\n"
    "#endif\n"
    "    for (; i < n; i++) y[i] = widened(x[i]);\n"
    "}\n";

/* What comes here is rounded already: only the form changes. */
static const char narrow_text[] =
    "static __attribute__((noinline, noipa)) void narrow16(uint16_t *restrict y, const float "
    "*restrict x, "
    "long n) {\n"
    "    long i = 0;\n"
    "#ifdef __F16C__\n"
    "    typedef float floats __attribute__((vector_size(32), aligned(4)));\n"
    "    typedef uint16_t halves __attribute__((vector_size(16), aligned(2)));\n"
    "    for (; i + 8 <= n; i += 8)\n"
    "        __asm__(\"vcvtps2ph $0, %1, %0\" : \"=m\"(*(halves *)(y + i))\n"
    "            : \"x\"(*(const floats *)(x + i)));\n"
    "#endif\n"
    "    for (; i < n; i++) {\n"
    "        union { float f; int32_t i; } v = {x[i]}, s;\n"
    "        int32_t sign = v.i >> 16 & 0x8000, tiny, nan, h;\n"
    "        v.i &= INT32_MAX;\n"
    "        tiny = -(int32_t)(v.i < 0x38800000);\n"
    "        nan = -(int32_t)(v.i > 0x7f800000);\n"
    "        s.f = v.f + 0.5f;\n"
    "        h = (v.i - 0x38000000) >> 13;\n"
    "        h = h > 0x7c00 ? 0x7c00 : h;\n"
    "        h = ((s.i - 0x3f000000) & tiny) | (h & ~tiny);\n"
    "        h = (h & ~nan) | ((0x7e00 | (v.i >> 13 & 0x3ff)) & nan);\n"
    "        y[i] = (uint16_t)(h | sign);\n"
    "    }\n"
    "}\n";

static const char bytes_text[] =
    "static inline void widen8(int32_t *restrict y, const int8_t *restrict x, long n) {\n"
    "    for (long i = 0; i < n; i++) y[i] = x[i];\n"
    "}\n"
    "static inline void widen1(int32_t *restrict y, const uint8_t *restrict x, long n) {\n"
    "    for (long i = 0; i < n; i++) y[i] = x[i] != 0;\n"
    "}\n"
    "static inline void narrow8(int8_t *restrict y, const int32_t *restrict x, long n) {\n"
    "    for (long i = 0; i < n; i++) y[i] = (int8_t)x[i];\n"
    "}\n";

/* scores += mask, or -inf where a boolean mask says no; the mask's steps are 0 where it stretches.
 */
static const char mask_text[] =
    "static inline void mask_add(float *restrict s, const float *restrict mask, long m, long n,\n"
    "    long row, long column) {\n"
    "    for (long i = 0; i < m; i++)\n"
    "        for (long j = 0; j < n; j++) s[i * n + j] += mask[i * row + j * column];\n"
    "}\n"
    "static inline void mask_keep(float *restrict s, const int32_t *restrict mask, long m, long "
    "n,\n"
    "    long row, long column) {\n"
    "    for (long i = 0; i < m; i++)\n"
    "        for (long j = 0; j < n; j++)\n"
    "            s[i * n + j] += mask[i * row + j * column] ? 0 : -__builtin_inff();\n"
    "}\n";

void emit_write_prelude(struct text *out, unsigned needs) {
    const struct {
        unsigned need;
        const char *text;
    } pieces[] = {{EMIT_NEED_ROUND, round_text}, {EMIT_NEED_EXP, exp_text},
        {EMIT_NEED_VECTORS, vectors_text}, {EMIT_NEED_TO_INT, to_int_text},
        {EMIT_NEED_SUM, sum_text}, {EMIT_NEED_SOFTMAX_ROWS, softmax_rows_text},
        {EMIT_NEED_SOFTMAX_PLANES, softmax_planes_text}, {EMIT_NEED_CONV, conv_text},
        {EMIT_NEED_WIDEN, widen_text}, {EMIT_NEED_NARROW, narrow_text},
        {EMIT_NEED_BYTES, bytes_text}, {EMIT_NEED_MASK, mask_text}};
    text_add(out, "#include <stdint.h>\n%s", needs & EMIT_NEED_MATH ? "#include <math.h>\n" : "");
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        if (needs & pieces[i].need)
            text_add(out, "%s", pieces[i].text);
}
