/* SPDX-License-Identifier: MIT
 *
 * Changes weights on disk, in the program's directory: in the source's weight file, or in `data`,
 * the copy of the weights that a compile leaves there (AmiraniLabs/libane).
 */
#include "device/ane/ane_internal.h"

#include "base/files.h"
#include <errno.h>
#include <string.h>

enum device_status ane_source_rewrite(struct device *device, struct device_program *program,
    const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
    struct device_error *error) {
    (void)device;
    return source_rewrite(
        &program->names, program->directory->fd, blob_path, blob_offset, data, bytes, error);
}

/* With one weight file, `data` has that file's bytes: same size, same offsets. */
enum device_status ane_compiled_rewrite(struct device *device, struct device_program *program,
    const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
    struct device_error *error) {
    (void)device;
    const char *file;
    size_t at;
    enum device_status status = source_blob_find(
        &program->names, program->directory->fd, blob_path, blob_offset, bytes, &file, &at, error);
    if (status != DEVICE_OK)
        return status;
    if (program->names.n != 1)
        return device_error_set(error, DEVICE_UNSUPPORTED, "rewrite",
            "the layout of the compiled data of %d weight files is unknown; use one file",
            program->names.n);
    int fd = program->directory->fd;
    struct mil_blob_file compiled = {.path = blob_path};
    struct mil_blob blob;
    struct mil_error why;
    if (file_map_at(fd, "data", &compiled.data, &compiled.bytes) != 0)
        return errno == ENOENT
                   ? device_error_set(error, DEVICE_UNSUPPORTED, "rewrite",
                         "on this OS the compile left no file `data` in the program's directory")
                   : source_refuse("data", error);
    bool is_copy = mil_blob_read(&compiled, blob_offset, &blob, &why) == 0 && blob.bytes == bytes &&
                   (size_t)((const char *)blob.data - (const char *)compiled.data) == at;
    file_unmap(compiled.data, compiled.bytes);
    if (!is_copy)
        return device_error_set(error, DEVICE_UNSUPPORTED, "rewrite",
            "on this OS the compiled data is not a copy of the weight file; its layout is not "
            "known");
    return file_patch(fd, "data", data, bytes, at) == 0 ? DEVICE_OK : source_refuse("data", error);
}
