/* SPDX-License-Identifier: MIT
 *
 * Weight files: Apple's public MIL blob storage, version 2 (apple/coremltools, StorageFormat.hpp).
 * Little endian. A 64-byte file header (count of blobs u32, version u32 = 2, zeros), then for each
 * blob 64 bytes of metadata (u32 0xDEADBEEF, u32 type, u64 bytes, u64 absolute offset of the data,
 * zeros) and its data; metadata and data both start at multiples of 64. BLOBFILE's `offset` names
 * the metadata, not the data.
 */
#ifndef ANEPROBE_MIL_BLOB_H
#define ANEPROBE_MIL_BLOB_H

#include "mil/mil.h"
#include "mil/shared.h"

/* One weight file, by the path the program names it. The caller owns the bytes. */
struct mil_blob_file {
    const char *path; /* "@model_path/weights/NAME.bin" */
    const void *data;
    size_t bytes;
    struct mil_shared *shared; /* owner of `data`: retain it to keep `data` alive; or NULL */
};

/* A weight file whose bytes are shared. */
struct mil_blob_file mil_blob_file_of(const char *path, struct mil_shared *shared);

/* All the weight files of a program. */
struct mil_weights {
    const struct mil_blob_file *files;
    int n_files;
};

/* A blob found in a file; `data` points into that file. */
struct mil_blob {
    enum mil_dtype dtype;
    const void *data;
    size_t bytes;
};

/* Reads the blob whose metadata is at `offset`. Returns -1 and *error when the header, metadata or
 * data is malformed or does not fit into the file. */
int mil_blob_read(const struct mil_blob_file *file, uint64_t offset, struct mil_blob *out,
    struct mil_error *error);

/* Finds the literal's blob among the weights and checks that type and size match. */
int mil_literal_blob(const struct mil_literal *literal, const struct mil_weights *weights,
    struct mil_blob *out, struct mil_error *error);

/* Checks that every BLOBFILE of the program is present and matches. */
int mil_weights_check(
    const struct mil_program *program, const struct mil_weights *weights, struct mil_error *error);

/* To write a file, add blobs one by one, then finish. */
struct mil_blob_writer;
struct mil_blob_writer *mil_blob_writer_new(void);
/* Returns the metadata offset for BLOBFILE, or 0 when out of memory. Copies the data. */
uint64_t mil_blob_writer_add(
    struct mil_blob_writer *writer, enum mil_dtype dtype, const void *data, size_t bytes);
/* The same, with the data left to the caller, who writes all of it before anything else is added: *offset is the
 * metadata's. NULL when out of memory. */
void *mil_blob_writer_space(
    struct mil_blob_writer *writer, enum mil_dtype dtype, size_t bytes, uint64_t *offset);
/* The metadata offset of the blob that is added after one at `offset` with so many bytes; the first one's is 64. */
uint64_t mil_blob_after(uint64_t offset, size_t bytes);
/* The whole file, to free(); frees the writer. NULL if any step ran out of memory. */
void *mil_blob_writer_finish(struct mil_blob_writer *writer, size_t *bytes);

#endif
