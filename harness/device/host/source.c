/* SPDX-License-Identifier: MIT */
#include "device/host/source.h"

#include "base/files.h"
#include "device/host/directory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

const char *source_weights_file(const char *blob_path) {
    static const char prefix[] = "@model_path/weights/";
    if (strncmp(blob_path, prefix, sizeof prefix - 1) != 0)
        return NULL;
    const char *name = blob_path + sizeof prefix - 1;
    size_t length =
        strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.");
    if (length == 0 || length > 200 || name[length] != '\0' || name[0] == '.')
        return NULL;
    return name - (sizeof "weights/" - 1);
}

enum device_status source_parse(
    const struct device_source *source, struct mil_program **out, struct device_error *error) {
    struct mil_error why;
    *out = NULL;
    if (mil_parse(source->mil_text, source->mil_bytes, out, &why) != 0 ||
        mil_weights_check(*out, &source->weights, &why) != 0) {
        device_error_set(error, DEVICE_FAILED, "parse", "line %u, column %u: %s", why.place.line,
            why.place.column, why.text);
        goto fail;
    }
    for (int i = 0; i < source->weights.n_files; i++)
        if (!source_weights_file(source->weights.files[i].path)) {
            device_error_set(error, DEVICE_FAILED, "parse",
                "the weight file `%.200s` is not @model_path/weights/NAME.bin with a NAME of "
                "letters, digits, '_', '-' and '.'",
                source->weights.files[i].path);
            goto fail;
        }
    for (int i = 0; i < source->weights.n_files; i++)
        for (int k = 0; k < i; k++) {
            const char *a = source->weights.files[k].path, *b = source->weights.files[i].path;
            if (strcmp(a, b) != 0 && strcasecmp(a, b) == 0) {
                device_error_set(error, DEVICE_FAILED, "parse",
                    "the weight files `%.100s` and `%.100s` differ only in case, which macOS "
                    "ignores; rename one",
                    a, b);
                goto fail;
            }
        }
    return DEVICE_OK;

fail:
    mil_program_free(*out);
    *out = NULL;
    return error->status;
}

int source_write(const struct device_source *source, int directory_fd) {
    if (file_write_at(directory_fd, "model.mil", source->mil_text, source->mil_bytes) != 0 ||
        mkdirat(directory_fd, "weights", 0700) != 0)
        return -1;
    for (int i = 0; i < source->weights.n_files; i++) {
        const struct mil_blob_file *file = &source->weights.files[i];
        if (file_write_at(directory_fd, source_weights_file(file->path), file->data, file->bytes) !=
            0)
            return -1;
    }
    return 0;
}

int source_names_copy(const struct mil_weights *weights, struct source_names *out) {
    *out = (struct source_names){.paths = calloc((size_t)weights->n_files + 1, sizeof *out->paths)};
    if (!out->paths)
        return -1;
    for (; out->n < weights->n_files; out->n++)
        if (!(out->paths[out->n] = strdup(weights->files[out->n].path)))
            return -1;
    return 0;
}

void source_names_free(struct source_names *names) {
    for (int i = 0; i < names->n; i++)
        free(names->paths[i]);
    free(names->paths);
    *names = (struct source_names){0};
}

enum device_status source_refuse(const char *file, struct device_error *error) {
    return device_error_set(
        error, DEVICE_BROKEN, "rewrite", "cannot rewrite %s: %s", file, strerror(errno));
}

enum device_status source_blob_find(const struct source_names *names, int directory_fd,
    const char *blob_path, uint64_t blob_offset, size_t bytes, const char **file, size_t *at,
    struct device_error *error) {
    int index = 0;
    while (index < names->n && strcmp(names->paths[index], blob_path) != 0)
        index++;
    if (index == names->n)
        return device_error_set(
            error, DEVICE_BROKEN, "rewrite", "the program has no weight file `%.200s`", blob_path);
    *file = source_weights_file(blob_path);
    struct mil_blob_file contents = {.path = blob_path};
    struct mil_blob blob;
    struct mil_error why;
    enum device_status status = DEVICE_OK;
    if (file_map_at(directory_fd, *file, &contents.data, &contents.bytes) != 0)
        return source_refuse(*file, error);
    if (mil_blob_read(&contents, blob_offset, &blob, &why) != 0)
        status = device_error_set(error, DEVICE_BROKEN, "rewrite", "%s", why.text);
    else if (blob.bytes != bytes)
        status = device_error_set(error, DEVICE_BROKEN, "rewrite",
            "the blob at %llu of `%.150s` has %zu bytes, not %zu", (unsigned long long)blob_offset,
            blob_path, blob.bytes, bytes);
    else
        *at = (size_t)((const char *)blob.data - (const char *)contents.data);
    file_unmap(contents.data, contents.bytes);
    return status;
}

enum device_status source_rewrite(const struct source_names *names, int directory_fd,
    const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
    struct device_error *error) {
    const char *file;
    size_t at;
    const enum device_status status =
        source_blob_find(names, directory_fd, blob_path, blob_offset, bytes, &file, &at, error);
    if (status != DEVICE_OK)
        return status;
    return file_patch(directory_fd, file, data, bytes, at) == 0 ? DEVICE_OK
                                                                : source_refuse(file, error);
}
