/* SPDX-License-Identifier: MIT */
#include "mil/blob.h"
#include "mil/type.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_BYTES = 64, METADATA_BYTES = 64, ALIGN = 64, VERSION = 2 };
static const uint32_t sentinel = 0xdeadbeef;

/* The format's type numbers for the types that programs here can use. */
static const struct {
    uint32_t number;
    enum mil_dtype dtype;
} blob_types[] = {{1, MIL_FP16}, {2, MIL_FP32}, {3, MIL_UINT8}, {4, MIL_INT8}, {5, MIL_BF16},
    {6, MIL_INT16}, {7, MIL_UINT16}, {8, MIL_INT4}, {9, MIL_UINT1}, {10, MIL_UINT2},
    {11, MIL_UINT4}, {12, MIL_UINT3}, {13, MIL_UINT6}, {14, MIL_INT32}, {15, MIL_UINT32},
    {16, MIL_FP8_E4M3FN}, {17, MIL_FP8_E5M2}};

static uint64_t little_read(const unsigned char *from, int bytes) {
    uint64_t value = 0;
    for (int i = bytes - 1; i >= 0; i--)
        value = value << 8 | from[i];
    return value;
}

static void little_write(unsigned char *to, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++)
        to[i] = (unsigned char)(value >> 8 * i);
}

static int dtype_of_number(uint64_t number) {
    for (size_t i = 0; i < sizeof blob_types / sizeof *blob_types; i++)
        if (blob_types[i].number == number)
            return (int)blob_types[i].dtype;
    return -1;
}

struct mil_blob_file mil_blob_file_of(const char *path, struct mil_shared *shared) {
    return (struct mil_blob_file){
        .path = path, .data = shared->data, .bytes = shared->bytes, .shared = shared};
}

int mil_blob_read(const struct mil_blob_file *file, uint64_t offset, struct mil_blob *out,
    struct mil_error *error) {
    const struct mil_place nowhere = {0};
    const unsigned char *bytes = file->data, *metadata;
    uint64_t count, version, number, data_bytes, data_offset;
    int dtype;
    if (file->bytes < HEADER_BYTES)
        return mil_fail(error, nowhere, "%.80s: %zu bytes, too short for the 64-byte file header",
            file->path, file->bytes);
    count = little_read(bytes, 4);
    version = little_read(bytes + 4, 4);
    if (version != VERSION || count == 0)
        return mil_fail(error, nowhere,
            "%.80s: not a version 2 blob file: its header says version %" PRIu64 " and %" PRIu64
            " blobs",
            file->path, version, count);
    if (offset < HEADER_BYTES || offset % ALIGN != 0)
        return mil_fail(error, nowhere,
            "%.80s: offset %" PRIu64 " cannot be a blob's metadata; 64 is the first", file->path,
            offset);
    if (file->bytes < METADATA_BYTES || offset > file->bytes - METADATA_BYTES)
        return mil_fail(error, nowhere,
            "%.80s: offset %" PRIu64 " is outside the file of %zu bytes", file->path, offset,
            file->bytes);
    metadata = bytes + offset;
    number = little_read(metadata + 4, 4);
    data_bytes = little_read(metadata + 8, 8);
    data_offset = little_read(metadata + 16, 8);
    if (little_read(metadata, 4) != sentinel)
        return mil_fail(error, nowhere,
            "%.80s: no blob at offset %" PRIu64 ": its first word is not 0xDEADBEEF", file->path,
            offset);
    dtype = dtype_of_number(number);
    if (dtype < 0)
        return mil_fail(error, nowhere,
            "%.80s: the blob at %" PRIu64 " has type %" PRIu64
            "; the format has 1 (fp16) to 17 (fp8e5m2)",
            file->path, offset, number);
    if (data_offset % ALIGN != 0 || data_offset < HEADER_BYTES ||
        (data_offset < offset + METADATA_BYTES && data_bytes > 0 &&
            (data_offset >= offset || data_bytes > offset - data_offset)))
        return mil_fail(error, nowhere,
            "%.80s: the blob at %" PRIu64 " says its data is at %" PRIu64
            ", which is misaligned or inside a header",
            file->path, offset, data_offset);
    if (data_offset > file->bytes || data_bytes > file->bytes - data_offset)
        return mil_fail(error, nowhere,
            "%.80s: the blob at %" PRIu64 " needs %" PRIu64 " bytes at %" PRIu64
            ", but the file ends at %zu",
            file->path, offset, data_bytes, data_offset, file->bytes);
    *out = (struct mil_blob){(enum mil_dtype)dtype, bytes + data_offset, (size_t)data_bytes};
    return 0;
}

int mil_literal_blob(const struct mil_literal *literal, const struct mil_weights *weights,
    struct mil_blob *out, struct mil_error *error) {
    const struct mil_place nowhere = {0};
    const struct mil_blob_file *file = NULL;
    for (int i = 0; weights && i < weights->n_files && !file; i++)
        if (strcmp(weights->files[i].path, literal->blob_path) == 0)
            file = &weights->files[i];
    if (!file)
        return mil_fail(error, nowhere, "no weight file '%.120s' was given", literal->blob_path);
    if (mil_blob_read(file, literal->blob_offset, out, error) < 0)
        return -1;
    if (out->dtype != literal->type->dtype || out->bytes != mil_type_blob_bytes(literal->type)) {
        char type[MIL_TYPE_TEXT_MAX];
        return mil_fail(error, nowhere,
            "%.60s: the blob at %" PRIu64 " holds %zu bytes of %s, but %s needs %zu", file->path,
            literal->blob_offset, out->bytes, mil_dtype_name(out->dtype),
            mil_type_format(type, literal->type), mil_type_blob_bytes(literal->type));
    }
    return 0;
}

int mil_weights_check(
    const struct mil_program *program, const struct mil_weights *weights, struct mil_error *error) {
    struct mil_blob blob;
    for (int i = 0; i < program->n_functions; i++) {
        const struct mil_function *f = &program->functions[i];
        for (int j = 0; j < f->n_ops; j++)
            for (int k = 0; k < f->ops[j].n_attrs; k++) {
                const struct mil_attr *attr = &f->ops[j].attrs[k];
                if (!attr->literal.blob_path ||
                    mil_literal_blob(&attr->literal, weights, &blob, error) == 0)
                    continue;
                if (error)
                    error->place = attr->place;
                return -1;
            }
    }
    return 0;
}

struct mil_blob_writer {
    unsigned char *file; /* NULL after running out of memory */
    size_t bytes, room;
    uint32_t count;
};

/* Room at the end, zeroed from byte `zeros_from` of it; false when out of memory, now or before. */
static bool writer_extend(struct mil_blob_writer *writer, size_t bytes, size_t zeros_from) {
    if (!writer->file || bytes > SIZE_MAX / 4 - writer->bytes)
        goto fail;
    if (bytes > writer->room - writer->bytes) {
        size_t room = 2 * (writer->bytes + bytes);
        unsigned char *grown = realloc(writer->file, room);
        if (!grown)
            goto fail;
        writer->file = grown;
        writer->room = room;
    }
    memset(writer->file + writer->bytes + zeros_from, 0, bytes - zeros_from);
    writer->bytes += bytes;
    return true;
fail:
    free(writer->file);
    writer->file = NULL;
    return false;
}

struct mil_blob_writer *mil_blob_writer_new(void) {
    struct mil_blob_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return NULL;
    writer->room = HEADER_BYTES + METADATA_BYTES;
    writer->file = malloc(writer->room);
    if (!writer_extend(writer, HEADER_BYTES, 0)) {
        free(writer);
        return NULL;
    }
    little_write(writer->file + 4, VERSION, 4);
    return writer;
}

void *mil_blob_writer_space(
    struct mil_blob_writer *writer, enum mil_dtype dtype, size_t bytes, uint64_t *offset) {
    const size_t padded = bytes > SIZE_MAX / 4 ? bytes : (bytes + ALIGN - 1) / ALIGN * ALIGN;
    uint32_t number = 0;
    unsigned char *metadata;
    if (!writer)
        return NULL;
    *offset = writer->bytes;
    for (size_t i = 0; i < sizeof blob_types / sizeof *blob_types; i++)
        if (blob_types[i].dtype == dtype)
            number = blob_types[i].number;
    if (number == 0 || !writer_extend(writer, METADATA_BYTES, 0) ||
        !writer_extend(writer, padded, bytes))
        return NULL;
    metadata = writer->file + *offset;
    little_write(metadata, sentinel, 4);
    little_write(metadata + 4, number, 4);
    little_write(metadata + 8, bytes, 8);
    little_write(metadata + 16, *offset + METADATA_BYTES, 8);
    little_write(writer->file, ++writer->count, 4);
    return metadata + METADATA_BYTES;
}

uint64_t mil_blob_writer_add(
    struct mil_blob_writer *writer, enum mil_dtype dtype, const void *data, size_t bytes) {
    uint64_t offset;
    void *to = mil_blob_writer_space(writer, dtype, bytes, &offset);
    if (to && bytes > 0)
        memcpy(to, data, bytes);
    return to ? offset : 0;
}

uint64_t mil_blob_after(uint64_t offset, size_t bytes) {
    return offset + METADATA_BYTES + ((uint64_t)bytes + ALIGN - 1) / ALIGN * ALIGN;
}

void *mil_blob_writer_finish(struct mil_blob_writer *writer, size_t *bytes) {
    unsigned char *file;
    if (!writer)
        return NULL;
    file = writer->file;
    *bytes = file ? writer->bytes : 0;
    free(writer);
    return file;
}
