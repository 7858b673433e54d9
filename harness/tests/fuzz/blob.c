/* SPDX-License-Identifier: MIT
 *
 * Weight files: a blob that is found lies within the file, and is found again when copied into its own file.
 */
#include "fuzz.h"
#include "mil/blob.h"

#include <string.h>

static void blob_check(const struct mil_blob_file *file, const struct mil_blob *blob) {
    const unsigned char *data = blob->data, *begin = file->data;
    FUZZ_CHECK(data >= begin && blob->bytes <= file->bytes - (size_t)(data - begin));
    struct mil_blob_writer *writer = mil_blob_writer_new();
    struct mil_error error;
    struct mil_blob copy;
    size_t bytes;
    uint64_t offset = mil_blob_writer_add(writer, blob->dtype, blob->data, blob->bytes);
    void *written = mil_blob_writer_finish(writer, &bytes);
    FUZZ_CHECK(offset == 64 && written != NULL);
    struct mil_blob_file other = {.path = file->path, .data = written, .bytes = bytes};
    FUZZ_CHECK(mil_blob_read(&other, offset, &copy, &error) == 0);
    FUZZ_CHECK(copy.dtype == blob->dtype && copy.bytes == blob->bytes);
    FUZZ_CHECK(blob->bytes == 0 || memcmp(copy.data, blob->data, blob->bytes) == 0);
    free(written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct mil_blob_file file = {
        .path = "@model_path/weights/weight.bin", .data = data, .bytes = size};
    for (uint64_t offset = 0; offset <= size + 64; offset += 32) {
        struct mil_error error = {.text = ""};
        struct mil_blob blob;
        if (mil_blob_read(&file, offset, &blob, &error) == 0)
            blob_check(&file, &blob);
        else
            FUZZ_CHECK(error.text[0] != '\0');
    }
    return 0;
}
