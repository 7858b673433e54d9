/* SPDX-License-Identifier: MIT
 *
 * How `aneprobe bench` compares outputs and reads NumPy's files.
 */
#include "bench_file/compare.h"
#include "bench_file/npy.h"
#include "mil/fp16.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- comparisons */

static struct comparison floats(int n, const float *wanted, const float *found, double tolerance) {
    const struct mil_type type = {.dtype = MIL_FP32, .rank = 1, .dim = {n}};
    struct comparison c;
    compare(&type, wanted, found, tolerance, &c);
    return c;
}

/* Errors of 0, 1, 0 and 3, of a largest 8. */
Test(compare, errors_are_relative_to_the_largest_element) {
    const float wanted[] = {8, 2, -4, 1}, found[] = {8, 3, -4, -2};
    struct comparison c = floats(4, wanted, found, 0.125);
    cr_expect_not(c.right);
    cr_expect(c.wrong_at == 3 && c.wanted == 1 && c.found == -2);
    cr_expect_float_eq(c.largest, 3.0 / 8, 1e-15);
    cr_expect_float_eq(c.rms, sqrt(10.0 / 4) / 8, 1e-15, "%g", c.rms);
    c = floats(4, wanted, found, 0.124);
    cr_expect_eq(c.wrong_at, 1);
    c = floats(4, wanted, found, 0.375);
    cr_expect(c.right && c.rms > 0);
}

/* An element that is not finite as expected has no error; one that should be finite and is not has an infinite
 * error. */
Test(compare, elements_that_are_not_finite_must_match) {
    const float wanted[] = {INFINITY, -INFINITY, NAN, 2}, found[] = {INFINITY, -INFINITY, NAN, 1};
    struct comparison c = floats(4, wanted, found, 0.5);
    cr_expect(c.right && c.largest == 0.5 && c.rms == 0.25);
    for (int i = 0; i < 4; i++) {
        float other[4];
        memcpy(other, found, sizeof other);
        other[i] = i == 3 ? NAN : 2;
        c = floats(4, wanted, other, 0.5);
        cr_expect(!c.right && c.wrong_at == (size_t)i, "%d", i);
        cr_expect_eq(isinf(c.largest) != 0, i == 3);
    }
    const float zeros[] = {0, 0};
    c = floats(2, zeros, zeros, 0);
    cr_expect(c.right && c.largest == 0 && c.rms == 0);
}

/* Whole numbers must be equal, whatever the tolerance. */
Test(compare, whole_numbers_must_be_equal) {
    const struct mil_type type = {.dtype = MIL_INT8, .rank = 2, .dim = {2, 2}};
    const int8_t wanted[] = {-128, 127, 0, 5}, found[] = {-128, 127, 1, 5};
    struct comparison c;
    char text[64];
    compare(&type, wanted, found, 0.5, &c);
    cr_expect(!c.right && c.wrong_at == 2 && c.wanted == 0 && c.found == 1);
    index_format(&type, c.wrong_at, text, sizeof text);
    cr_expect_str_eq(text, "[1, 0]");
}

/* ---- NumPy's files */

/* Reads two elements of `kind` into a tensor of `dtype`. */
static int read_two(const char *kind, const void *data, size_t bytes, enum mil_dtype dtype,
    void *elements, struct error *error) {
    const struct mil_type type = {.dtype = dtype, .rank = 1, .dim = {2}};
    char path[] = "/tmp/aneprobe-npy-XXXXXX", header[128];
    snprintf(
        header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (2,), }", kind);
    const unsigned char head[] = {
        0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (unsigned char)strlen(header), 0};
    const int fd = mkstemp(path);
    cr_assert(fd >= 0 && write(fd, head, sizeof head) == sizeof head);
    cr_assert(write(fd, header, strlen(header)) == (ssize_t)strlen(header));
    cr_assert(write(fd, data, bytes) == (ssize_t)bytes && close(fd) == 0);
    const int failed = npy_read(path, &type, elements, error);
    unlink(path);
    return failed;
}

/* The ends of each range, and one beyond them; numbers that are not whole. */
Test(npy, ranges) {
    static const struct {
        enum mil_dtype dtype;
        double value;
        bool fits;
    } cases[] = {{MIL_UINT8, 0, true}, {MIL_UINT8, 255, true}, {MIL_UINT8, -1, false},
        {MIL_UINT8, 256, false}, {MIL_UINT8, 1.5, false}, {MIL_INT8, -128, true},
        {MIL_INT8, 127, true}, {MIL_INT8, -129, false}, {MIL_INT8, 128, false},
        {MIL_INT8, 0.5, false}, {MIL_INT32, 2147483647, true}, {MIL_INT32, 2147483648, false},
        {MIL_INT32, -2147483648, true}, {MIL_INT32, -2147483649, false}, {MIL_BOOL, 1, true},
        {MIL_BOOL, 2, false}, {MIL_UINT8, NAN, false}, {MIL_FP32, 1e300, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double data[] = {0, cases[i].value};
        int32_t elements[2] = {7, 7};
        struct error error = {.text = ""};
        const int failed = read_two("<f8", data, sizeof data, cases[i].dtype, elements, &error);
        cr_expect_eq(failed == 0, cases[i].fits, "%g in %s: %s", cases[i].value,
            mil_dtype_name(cases[i].dtype), error.text);
        cr_expect(!failed || strstr(error.text, "element 1 is"), "%s", error.text);
    }
}

/* Every kind of element, as -3 or 3 and 100. */
Test(npy, kinds) {
    static const struct {
        const char *kind;
        size_t bytes;
        unsigned char data[16];
        float first;
    } cases[] = {{"<f2", 4, {0, 0xc2, 0x40, 0x56}, -3},
        {"<f4", 8, {0, 0, 0x40, 0xc0, 0, 0, 0xc8, 0x42}, -3},
        {"<f8", 16, {0, 0, 0, 0, 0, 0, 8, 0xc0, 0, 0, 0, 0, 0, 0, 0x59, 0x40}, -3},
        {"|i1", 2, {0xfd, 100}, -3}, {"<i2", 4, {0xfd, 0xff, 100}, -3},
        {"<i4", 8, {0xfd, 0xff, 0xff, 0xff, 100}, -3},
        {"<i8", 16, {0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 100}, -3},
        {"|u1", 2, {253, 100}, 253}, {"<u2", 4, {253, 255, 100}, 65533},
        {"<u4", 8, {3, 0, 0, 0, 100}, 3}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float elements[2] = {0, 0};
        struct error error = {.text = ""};
        cr_expect_eq(
            read_two(cases[i].kind, cases[i].data, cases[i].bytes, MIL_FP32, elements, &error), 0,
            "%s: %s", cases[i].kind, error.text);
        cr_expect(elements[0] == cases[i].first && elements[1] == 100, "%s: %g, %g", cases[i].kind,
            (double)elements[0], (double)elements[1]);
        cr_expect_eq(
            read_two(cases[i].kind, cases[i].data, cases[i].bytes - 1, MIL_FP32, elements, &error),
            -1, "%s cut off", cases[i].kind);
    }
    uint8_t truths[2] = {7, 7};
    struct error error = {.text = ""};
    cr_expect_eq(read_two("|b1", (const unsigned char[]){1, 0}, 2, MIL_BOOL, truths, &error), 0);
    cr_expect(truths[0] == 1 && truths[1] == 0);
    uint16_t halves[2];
    cr_expect_eq(read_two("<f4", (const float[]){1.5f, 1e6f}, 8, MIL_FP16, halves, &error), 0);
    cr_expect(halves[0] == fp16_from_float(1.5f) && halves[1] == fp16_from_float(INFINITY));
    cr_expect_eq(read_two(">f4", (const float[]){1, 2}, 8, MIL_FP32, truths, &error), -1);
    cr_expect(strstr(error.text, "big endian"), "%s", error.text);
    cr_expect_eq(read_two("<c8", (const double[]){1, 2}, 16, MIL_FP32, truths, &error), -1);
}
