/* SPDX-License-Identifier: MIT */
#include "generate/model/safetensors.h"

#include "base/files.h"
#include "generate/model/json.h"
#include "mil/fp16.h"

#include <stdlib.h>
#include <string.h>

/* The format's own limit of a header. */
enum { HEADER_BYTES_MAX = 100000000 };

struct safetensors {
    const char *path;
    const unsigned char *file, *data;
    size_t file_bytes, data_bytes;
    json_object *header; /* owns the names */
    struct safetensors_tensor *tensors;
    size_t n_tensors;
};

static enum device_status refuse(
    const struct safetensors *f, const char *name, const char *what, struct device_error *error) {
    return device_error_set(error, DEVICE_BROKEN, "model",
        "%s: tensor '%.80s' %s; the file is damaged, so fetch it again", f->path, name, what);
}

static enum safetensors_dtype dtype_of(json_object *value, size_t *bytes) {
    static const struct {
        const char *name;
        enum safetensors_dtype dtype;
        size_t bytes;
    } dtypes[] = {
        {"F32", SAFETENSORS_F32, 4}, {"F16", SAFETENSORS_F16, 2}, {"BF16", SAFETENSORS_BF16, 2}};
    const char *name = model_json_text(value);
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++)
        if (!strcmp(name, dtypes[i].name)) {
            *bytes = dtypes[i].bytes;
            return dtypes[i].dtype;
        }
    *bytes = 0;
    return SAFETENSORS_OTHER;
}

/* Elements of the tensor, at most `most`. */
static bool shape_read(json_object *list, struct safetensors_tensor *t, size_t most, size_t *n) {
    *n = 1;
    if (!json_object_is_type(list, json_type_array) ||
        json_object_array_length(list) > SAFETENSORS_RANK_MAX)
        return false;
    t->rank = (int)json_object_array_length(list);
    for (int i = 0; i < t->rank; i++) {
        if (!model_json_whole(
                json_object_array_get_idx(list, (size_t)i), 0, INT64_MAX - 1, &t->shape[i]))
            return false;
        if (t->shape[i] > 0 && *n > most / (size_t)t->shape[i])
            return false;
        *n *= (size_t)t->shape[i];
    }
    return true;
}

static enum device_status tensor_read(const struct safetensors *f, json_object *entry,
    struct safetensors_tensor *t, struct device_error *error) {
    json_object *dtype, *shape, *offsets;
    int64_t begin, end;
    size_t element_bytes, n;
    if (!json_object_is_type(entry, json_type_object) ||
        !json_object_object_get_ex(entry, "dtype", &dtype) ||
        !json_object_object_get_ex(entry, "shape", &shape) ||
        !json_object_object_get_ex(entry, "data_offsets", &offsets) ||
        !json_object_is_type(offsets, json_type_array) || json_object_array_length(offsets) != 2)
        return refuse(f, t->name, "lacks a dtype, a shape or two data_offsets", error);
    const int64_t most = (int64_t)f->data_bytes;
    if (!model_json_whole(json_object_array_get_idx(offsets, 0), 0, most, &begin) ||
        !model_json_whole(json_object_array_get_idx(offsets, 1), 0, most, &end) || begin > end)
        return refuse(f, t->name, "lies outside the file's data", error);
    t->dtype = dtype_of(dtype, &element_bytes);
    t->data = f->data + begin;
    t->bytes = (size_t)(end - begin);
    if (!shape_read(shape, t, f->data_bytes, &n))
        return refuse(f, t->name, "has a shape that does not fit in the file", error);
    if (t->dtype != SAFETENSORS_OTHER && t->bytes != n * element_bytes)
        return refuse(f, t->name, "has another number of bytes than its shape and dtype", error);
    return DEVICE_OK;
}

static int place_compare(const void *a, const void *b) {
    const struct safetensors_tensor *x = a, *y = b;
    if (x->data != y->data)
        return (const char *)x->data < (const char *)y->data ? -1 : 1;
    return (x->bytes > y->bytes) - (x->bytes < y->bytes);
}

static enum device_status tensors_read(struct safetensors *f, struct device_error *error) {
    enum device_status status = DEVICE_OK;
    f->tensors = calloc((size_t)json_object_object_length(f->header) + 1, sizeof *f->tensors);
    if (!f->tensors)
        return device_error_set(error, DEVICE_BROKEN, "model", "%s: out of memory", f->path);
    json_object_object_foreach(f->header, name, entry) {
        if (status != DEVICE_OK || !strcmp(name, "__metadata__"))
            continue;
        struct safetensors_tensor *t = &f->tensors[f->n_tensors++];
        t->name = name;
        status = tensor_read(f, entry, t, error);
    }
    if (status != DEVICE_OK)
        return status;
    qsort(f->tensors, f->n_tensors, sizeof *f->tensors, place_compare);
    for (size_t i = 1; i < f->n_tensors; i++)
        if ((const char *)f->tensors[i - 1].data + f->tensors[i - 1].bytes >
            (const char *)f->tensors[i].data)
            return refuse(f, f->tensors[i].name, "lies over another one", error);
    return DEVICE_OK;
}

static enum device_status file_read_all(struct safetensors *f, struct device_error *error) {
    uint64_t header_bytes = 0;
    if (f->file_bytes >= 8)
        for (int i = 7; i >= 0; i--)
            header_bytes = header_bytes << 8 | f->file[i];
    if (f->file_bytes < 8 || header_bytes > f->file_bytes - 8 || header_bytes > HEADER_BYTES_MAX)
        return device_error_set(error, DEVICE_BROKEN, "model",
            "%s has %zu bytes, and its header would take %llu: it was cut off or is not a "
            "safetensors "
            "file",
            f->path, f->file_bytes, (unsigned long long)header_bytes);
    f->data = f->file + 8 + header_bytes;
    f->data_bytes = f->file_bytes - 8 - (size_t)header_bytes;
    f->header = model_json_parse(f->path, (const char *)f->file + 8, (size_t)header_bytes, error);
    return f->header ? tensors_read(f, error) : DEVICE_BROKEN;
}

enum device_status safetensors_open(
    const char *path, struct safetensors **out, struct device_error *error) {
    struct error why;
    const void *data = NULL;
    struct safetensors *f = calloc(1, sizeof *f);
    *out = NULL;
    if (!f)
        return device_error_set(error, DEVICE_BROKEN, "model", "%s: out of memory", path);
    f->path = path;
    enum device_status status = DEVICE_OK;
    if (file_map(path, &data, &f->file_bytes, &why) != 0)
        status = device_error_take(error, "model", &why);
    f->file = data;
    if (status == DEVICE_OK)
        status = file_read_all(f, error);
    f->path = NULL; /* the caller's */
    if (status == DEVICE_OK)
        *out = f;
    else
        safetensors_close(f);
    return status;
}

void safetensors_close(struct safetensors *f) {
    if (!f)
        return;
    json_object_put(f->header);
    file_unmap(f->file, f->file_bytes);
    free(f->tensors);
    free(f);
}

const struct safetensors_tensor *safetensors_tensors(const struct safetensors *f, size_t *n) {
    *n = f->n_tensors;
    return f->tensors;
}

const struct safetensors_tensor *safetensors_find(const struct safetensors *f, const char *name) {
    for (size_t i = 0; i < f->n_tensors; i++)
        if (!strcmp(f->tensors[i].name, name))
            return &f->tensors[i];
    return NULL;
}

void safetensors_floats(const struct safetensors_tensor *t, size_t first, size_t n, float *out) {
    const unsigned char *bytes = t->data;
    if (t->dtype == SAFETENSORS_F32)
        memcpy(out, bytes + 4 * first, n * sizeof *out);
    /* a tensor may begin at any byte */
    for (size_t i = 0; t->dtype != SAFETENSORS_F32 && i < n; i++) {
        const unsigned char *at = bytes + 2 * (first + i);
        const uint16_t half = (uint16_t)(at[0] | at[1] << 8);
        const uint32_t wide = (uint32_t)half << 16;
        if (t->dtype == SAFETENSORS_F16)
            out[i] = fp16_to_float(half);
        else
            memcpy(&out[i], &wide, sizeof wide);
    }
}
