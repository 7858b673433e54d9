/* SPDX-License-Identifier: MIT
 *
 * Weight files: the bytes follow the format, and every bound is checked.
 */
#include "mil/blob.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const char path[] = "@model_path/weights/w.bin";

/* Three blobs of 5 fp16, 3 fp32 and 64 int8. */
struct sample {
    struct mil_blob_file file;
    uint64_t offset[3];
    uint16_t half[5];
    float single[3];
    int8_t byte[64];
};

static void sample_make(struct sample *s) {
    struct mil_blob_writer *writer = mil_blob_writer_new();
    void *data;
    for (int i = 0; i < 64; i++)
        s->byte[i] = (int8_t)(i * 3 - 90);
    for (int i = 0; i < 5; i++)
        s->half[i] = (uint16_t)(0x3c00 + i);
    for (int i = 0; i < 3; i++)
        s->single[i] = (float)i + 0.5f;
    s->offset[0] = mil_blob_writer_add(writer, MIL_FP16, s->half, sizeof s->half);
    s->offset[1] = mil_blob_writer_add(writer, MIL_FP32, s->single, sizeof s->single);
    s->offset[2] = mil_blob_writer_add(writer, MIL_INT8, s->byte, sizeof s->byte);
    data = mil_blob_writer_finish(writer, &s->file.bytes);
    cr_assert_not_null(data);
    s->file.data = data;
    s->file.path = path;
}

static void sample_free(struct sample *s) {
    free((void *)s->file.data);
}

Test(mil_blob, bytes_of_a_file) {
    static const unsigned char expected[] = {1, 0, 0, 0, 2, 0, 0, 0};
    static const unsigned char metadata[] = {
        0xef, 0xbe, 0xad, 0xde, 1, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 128, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    const uint16_t values[2] = {0x1234, 0xabcd};
    struct mil_blob_writer *writer = mil_blob_writer_new();
    size_t bytes;
    unsigned char *file;
    cr_assert_eq(mil_blob_writer_add(writer, MIL_FP16, values, sizeof values), 64);
    file = mil_blob_writer_finish(writer, &bytes);
    cr_assert_not_null(file);
    cr_assert_eq(bytes, 192);
    cr_assert_arr_eq(file, expected, sizeof expected);
    for (int i = 8; i < 64; i++)
        cr_assert_eq(file[i], 0);
    cr_assert_arr_eq(file + 64, metadata, sizeof metadata);
    cr_assert_arr_eq(file + 128, values, sizeof values);
    free(file);
}

Test(mil_blob, several_in_one_file) {
    static const enum mil_dtype dtypes[] = {MIL_FP16, MIL_FP32, MIL_INT8};
    struct sample s;
    struct mil_blob blob;
    struct mil_error error = {.text = ""};
    const void *wanted[] = {s.half, s.single, s.byte};
    size_t sizes[] = {sizeof s.half, sizeof s.single, sizeof s.byte};
    sample_make(&s);
    cr_assert_eq(((const unsigned char *)s.file.data)[0], 3);
    cr_assert_eq(s.offset[1], 64 + 64 + 64);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(mil_blob_read(&s.file, s.offset[i], &blob, &error), 0, "%s", error.text);
        cr_assert_eq(blob.dtype, dtypes[i]);
        cr_assert_eq(blob.bytes, sizes[i]);
        cr_assert_arr_eq(blob.data, wanted[i], sizes[i]);
        cr_assert_eq(((uintptr_t)blob.data - (uintptr_t)s.file.data) % 64, 0);
    }
    sample_free(&s);
}

/* A copy of exactly these bytes, so that a sanitizer sees any read outside. */
static int read_copy(const struct mil_blob_file *file, size_t bytes, uint64_t offset) {
    void *copy = malloc(bytes ? bytes : 1);
    struct mil_blob_file part = {.path = path, .data = copy, .bytes = bytes};
    struct mil_blob blob;
    struct mil_error error = {.text = ""};
    unsigned sum = 0;
    int result;
    cr_assert_not_null(copy);
    memcpy(copy, file->data, bytes);
    result = mil_blob_read(&part, offset, &blob, &error);
    for (size_t i = 0; result == 0 && i < blob.bytes; i++)
        sum += ((const unsigned char *)blob.data)[i];
    cr_assert(result == 0 || error.text[0] != '\0');
    free(copy);
    return sum > 0x7fffffff ? 1 : result;
}

Test(mil_blob, every_truncation) {
    struct sample s;
    sample_make(&s);
    for (int i = 0; i < 3; i++) {
        size_t needed = (size_t)s.offset[i] + 64 +
                        (i == 0      ? sizeof s.half
                            : i == 1 ? sizeof s.single
                                     : sizeof s.byte);
        for (size_t bytes = 0; bytes <= s.file.bytes; bytes++) {
            /* also if the bytes after the end look like more of the file */
            struct mil_blob_file part = {.path = path, .data = s.file.data, .bytes = bytes};
            struct mil_blob blob;
            cr_assert_eq(mil_blob_read(&part, s.offset[i], &blob, NULL), bytes < needed ? -1 : 0);
            cr_assert_eq(read_copy(&s.file, bytes, s.offset[i]), bytes < needed ? -1 : 0,
                "blob %d in %zu bytes", i, bytes);
        }
    }
    sample_free(&s);
}

Test(mil_blob, every_offset) {
    struct sample s;
    sample_make(&s);
    for (uint64_t offset = 0; offset < s.file.bytes + 200; offset++) {
        bool is_one = offset == s.offset[0] || offset == s.offset[1] || offset == s.offset[2];
        cr_assert_eq(read_copy(&s.file, s.file.bytes, offset), is_one ? 0 : -1);
    }
    for (int i = 0; i < 64; i++) {
        cr_assert_eq(read_copy(&s.file, s.file.bytes, (uint64_t)1 << i), i == 6 ? 0 : -1);
        cr_assert_eq(read_copy(&s.file, s.file.bytes, -((uint64_t)1 << i)), -1);
    }
    sample_free(&s);
}

/* Each byte of the headers with several values: read within bounds, or refused. */
Test(mil_blob, mutated_headers) {
    static const unsigned char values[] = {0, 1, 2, 3, 8, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xff};
    struct sample s;
    unsigned char *data;
    sample_make(&s);
    data = (unsigned char *)s.file.data;
    for (size_t at = 0; at < 128; at++)
        for (size_t v = 0; v < sizeof values; v++) {
            unsigned char old = data[at];
            data[at] = values[v];
            read_copy(&s.file, s.file.bytes, 64);
            read_copy(&s.file, 138, 64);
            data[at] = old;
        }
    sample_free(&s);
}

static void put(unsigned char *to, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++)
        to[i] = (unsigned char)(value >> 8 * i);
}

/* One wrong field at a time, with what must be said about it. */
Test(mil_blob, wrong_fields) {
    static const struct {
        int at, bytes;
        uint64_t value;
        const char *says;
    } cases[] = {
        {0, 4, 0, "0 blobs"},
        {4, 4, 1, "version 1"},
        {64, 4, 0xdeadbeee, "not 0xDEADBEEF"},
        {68, 4, 18, "has type 18"},
        {68, 4, 0, "has type 0"},
        {72, 8, UINT64_MAX, "but the file ends at"},
        {72, 8, UINT64_MAX - 127, "but the file ends at"},
        {72, 8, 0x80000, "but the file ends at"},
        {80, 8, 0, "misaligned or inside a header"},
        {80, 8, 64, "misaligned or inside a header"},
        {80, 8, 129, "misaligned or inside a header"},
        {80, 8, UINT64_MAX - 63, "but the file ends at"},
        {80, 8, (uint64_t)1 << 63, "but the file ends at"},
    };
    struct sample s;
    struct mil_blob blob;
    sample_make(&s);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned char *field = (unsigned char *)s.file.data + cases[i].at, old[8];
        struct mil_error error = {.text = ""};
        memcpy(old, field, 8);
        put(field, cases[i].value, cases[i].bytes);
        cr_expect_eq(mil_blob_read(&s.file, 64, &blob, &error), -1, "case %zu", i);
        cr_expect(strstr(error.text, cases[i].says), "'%s', not '%s'", error.text, cases[i].says);
        memcpy(field, old, 8);
    }
    sample_free(&s);
}

/* Valid metadata for existing data, but not at a multiple of 64; and an empty blob at the end of the file. */
Test(mil_blob, where_metadata_may_be) {
    struct sample s;
    struct mil_blob blob;
    struct mil_error error = {.text = ""};
    sample_make(&s);
    unsigned char *bytes = (unsigned char *)s.file.data;
    memmove(bytes + 140, bytes + s.offset[1], 64);
    cr_expect_eq(mil_blob_read(&s.file, 140, &blob, &error), -1);
    cr_expect(strstr(error.text, "offset 140 cannot be"), "%s", error.text);
    sample_free(&s);

    struct mil_blob_writer *writer = mil_blob_writer_new();
    const uint64_t at = mil_blob_writer_add(writer, MIL_FP16, "", 0);
    struct mil_blob_file empty = {.path = path};
    void *data = mil_blob_writer_finish(writer, &empty.bytes);
    empty.data = data;
    cr_assert_eq(at, 64);
    cr_assert_eq(empty.bytes, 128);
    cr_expect_eq(mil_blob_read(&empty, at, &blob, &error), 0, "%s", error.text);
    empty.bytes = 127;
    cr_expect_eq(mil_blob_read(&empty, at, &blob, &error), -1);
    free(data);
}

/* What a program needs from a file: the right path, offset, type and size. */
Test(mil_blob, literals) {
    struct sample s;
    struct mil_type type = {.dtype = MIL_FP16, .rank = 1, .dim = {5}};
    struct mil_literal literal = {.type = &type, .blob_path = path, .blob_offset = 64};
    struct mil_blob blob;
    struct mil_error error = {.text = ""};
    struct mil_weights weights = {.n_files = 1};
    sample_make(&s);
    weights.files = &s.file;
    cr_assert_eq(mil_literal_blob(&literal, &weights, &blob, &error), 0, "%s", error.text);
    cr_assert_arr_eq(blob.data, s.half, sizeof s.half);
    type.dim[0] = 6;
    cr_assert_eq(mil_literal_blob(&literal, &weights, &blob, &error), -1);
    cr_assert(strstr(error.text, "holds 10 bytes of fp16"), "%s", error.text);
    type = (struct mil_type){.dtype = MIL_INT8, .rank = 1, .dim = {10}};
    cr_assert_eq(mil_literal_blob(&literal, &weights, &blob, &error), -1);
    type = (struct mil_type){.dtype = MIL_FP16, .rank = 1, .dim = {5}};
    literal.blob_path = "@model_path/weights/v.bin";
    cr_assert_eq(mil_literal_blob(&literal, &weights, &blob, &error), -1);
    cr_assert(strstr(error.text, "no weight file '@model_path/weights/v.bin'"), "%s", error.text);
    cr_assert_eq(mil_literal_blob(&literal, NULL, &blob, &error), -1);
    sample_free(&s);
}

Test(mil_blob, program_and_weights) {
    static const char text[] =
        "program(1.3){func f<ios18>(fp16 x){\n"
        "tensor<fp16,[5]>a=const()[name=string(\"a\"),val=tensor<fp16,[5]>(BLOBFILE(path=string("
        "\"@model_path/weights/w.bin\"),offset=uint64(64)))];\n"
        "tensor<fp16,[64]>b=constexpr_affine_dequantize()[name=string(\"b\"),axis=int32(0),scale="
        "fp16(1),zero_point=int8(0),quantized_data=tensor<int8,[64]>(BLOBFILE(path=string("
        "\"@model_path/weights/w.bin\"),offset=uint64(320)))];}->(x);}";
    struct sample s;
    struct mil_program *program;
    struct mil_error error = {.text = ""};
    struct mil_weights weights = {.n_files = 1};
    sample_make(&s);
    weights.files = &s.file;
    cr_assert_eq(mil_parse(text, strlen(text), &program, &error), 0, "%s", error.text);
    cr_assert_eq(mil_weights_check(program, &weights, &error), 0, "%s", error.text);
    ((unsigned char *)s.file.data)[320] = 0;
    cr_assert_eq(mil_weights_check(program, &weights, &error), -1);
    cr_assert_eq(error.place.line, 3);
    weights.n_files = 0;
    cr_assert_eq(mil_weights_check(program, &weights, &error), -1);
    cr_assert_eq(error.place.line, 2);
    mil_program_free(program);
    sample_free(&s);
}

Test(mil_blob, writer_refuses) {
    struct mil_blob_writer *writer = mil_blob_writer_new();
    size_t bytes;
    void *file;
    cr_assert_eq(mil_blob_writer_add(writer, MIL_STRING, "x", 1), 0);
    cr_assert_eq(mil_blob_writer_add(writer, MIL_FP16, NULL, 0), 64);
    file = mil_blob_writer_finish(writer, &bytes);
    cr_assert_not_null(file);
    cr_assert_eq(bytes, 128);
    free(file);
    writer = mil_blob_writer_new();
    cr_assert_eq(mil_blob_writer_add(writer, MIL_FP16, "", SIZE_MAX - 10), 0);
    cr_assert_null(mil_blob_writer_finish(writer, &bytes));
    cr_assert_eq(mil_blob_writer_add(NULL, MIL_FP16, "", 0), 0);
    cr_assert_null(mil_blob_writer_finish(NULL, &bytes));
}
