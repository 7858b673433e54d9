/* SPDX-License-Identifier: MIT */
#include "train/model/llama2.h"

#include "train/file/little_endian.h"
#include "base/files.h"
#include "base/output_file.h"
#include "train/model/rotation.h"

#include <stdlib.h>
#include <string.h>

struct header {
    int32_t dim, hidden, layers, heads, kv_heads, vocab, seq;
};
_Static_assert(sizeof(struct header) == 28, "the file's layout");

/* Newer formats begin with this, "ak42", where the first one has dim. */
#define NEWER_MAGIC 0x616b3432

/* In the file's order; each for all layers. */
static const enum train_tensor order[] = {TRAIN_EMBEDDING, TRAIN_RMS_ATT, TRAIN_WQ, TRAIN_WK,
    TRAIN_WV, TRAIN_WO, TRAIN_RMS_FFN, TRAIN_W1, TRAIN_W2, TRAIN_W3, TRAIN_RMS_FINAL};
enum { N_ORDER = sizeof order / sizeof *order };

static int layers_of(const struct train_shape *shape, enum train_tensor tensor) {
    return (int)tensor < (int)TRAIN_LAYER_TENSORS ? shape->layers : 1;
}

static size_t rotation_elements(const struct train_shape *shape) {
    return (size_t)shape->seq * (size_t)(train_head_dim(shape) / 2);
}

/* The header's fields. */
static enum device_status header_read(const char *path, enum llama2_use use, const void *data,
    size_t bytes, struct train_shape *shape, bool *has_classifier, struct device_error *error) {
    struct header h;
    char why[256];
    if (bytes < sizeof h)
        return device_error_set(error, DEVICE_BROKEN, "model",
            "%s has %zu bytes, less than a model's header", path, bytes);
    memcpy(&h, data, sizeof h);
    if (h.dim == NEWER_MAGIC)
        return device_error_set(error, DEVICE_BROKEN, "model",
            "%s has a newer llama2.c format (version %d); export it with --version 0", path,
            (int)h.hidden);
    *has_classifier = h.vocab < 0;
    *shape = (struct train_shape){.layers = h.layers,
        .dim = h.dim,
        .hidden = h.hidden,
        .heads = h.heads,
        .kv_heads = h.kv_heads,
        .seq = h.seq,
        .vocab = h.vocab < 0 && h.vocab != INT32_MIN ? -h.vocab : h.vocab};
    if ((use == LLAMA2_TRAIN ? train_shape_trains : train_shape_check)(shape, why, sizeof why) != 0)
        return device_error_set(error, DEVICE_BROKEN, "model",
            "%s is not a llama2.c model, or cannot be %s here: %s", path,
            use == LLAMA2_TRAIN ? "trained" : "read", why);
    size_t elements = train_parameter_count(shape) + 2 * rotation_elements(shape);
    if (*has_classifier)
        elements += train_tensor_elements(shape, TRAIN_EMBEDDING);
    size_t expected = sizeof h + elements * sizeof(float);
    if (bytes != expected)
        return device_error_set(error, DEVICE_BROKEN, "model",
            "%s has %zu bytes but its header (layers %d, dim %d, hidden %d, heads %d, kv heads %d, "
            "vocabulary %d, positions %d) requires %zu: it was cut off or is not a llama2.c model",
            path, bytes, (int)h.layers, (int)h.dim, (int)h.hidden, (int)h.heads, (int)h.kv_heads,
            (int)h.vocab, (int)h.seq, expected);
    return DEVICE_OK;
}

/* Copies n elements of what `name` and `layer` say. */
static enum device_status floats_read(const char *path, const char *name, int layer,
    const float *from, size_t n, float *to, struct device_error *error) {
    for (size_t k = 0; k < n; k++)
        if (!isfinite(from[k]))
            return device_error_set(error, DEVICE_BROKEN, "model",
                "%s: element %zu of %s in layer %d is not a finite number; the model is damaged or "
                "has diverged",
                path, k, name, layer);
    memcpy(to, from, n * sizeof *from);
    return DEVICE_OK;
}

static enum device_status tensors_read(
    const char *path, const float *from, struct train_parameters *out, struct device_error *error) {
    enum device_status status = DEVICE_OK;
    for (int i = 0; i < N_ORDER; i++) {
        size_t n = train_tensor_elements(&out->shape, order[i]);
        for (int layer = 0; status == DEVICE_OK && layer < layers_of(&out->shape, order[i]);
             layer++, from += n)
            status = floats_read(path, train_tensor_name(order[i]), layer, from, n,
                train_tensor_at(out, layer, order[i]), error);
    }
    return status;
}

static enum device_status memory_out(const char *path, size_t n, struct device_error *error) {
    return device_error_set(
        error, DEVICE_BROKEN, "model", "out of memory for the %zu parameters of %s", n, path);
}

/* A classifier that is the embedding is left out. */
static enum device_status classifier_read(const char *path, enum llama2_use use,
    const float *embedding, struct train_parameters *out, struct device_error *error) {
    const float *classifier = embedding + out->n + 2 * rotation_elements(&out->shape);
    const size_t n = train_tensor_elements(&out->shape, TRAIN_EMBEDDING);
    if (memcmp(classifier, embedding, n * sizeof *embedding) == 0)
        return DEVICE_OK;
    if (use == LLAMA2_TRAIN)
        return device_error_set(error, DEVICE_BROKEN, "model",
            "%s has a separate classifier; only models whose classifier is their embedding can be "
            "trained here",
            path);
    return train_parameters_extend(out, true, false) == 0
               ? floats_read(path, "the classifier", 0, classifier, n, out->classifier, error)
               : memory_out(path, n, error);
}

static enum device_status model_read(const char *path, enum llama2_use use, const void *data,
    size_t bytes, struct train_parameters *out, struct device_error *error) {
    struct train_shape shape = {0};
    bool has_classifier = false;
    enum device_status status = header_read(path, use, data, bytes, &shape, &has_classifier, error);
    if (status != DEVICE_OK)
        return status;
    const float *tensors = (const void *)((const char *)data + sizeof(struct header));
    if (train_parameters_create(&shape, out) != 0)
        return memory_out(path, train_parameter_count(&shape), error);
    if (has_classifier)
        status = classifier_read(path, use, tensors, out, error);
    return status == DEVICE_OK ? tensors_read(path, tensors, out, error) : status;
}

enum device_status llama2_read(const char *path, enum llama2_use use, struct train_parameters *out,
    struct device_error *error) {
    const void *data;
    size_t bytes;
    *out = (struct train_parameters){0};
    struct error why;
    if (file_map(path, &data, &bytes, &why) != 0)
        return device_error_take(error, "file", &why);
    enum device_status status = model_read(path, use, data, bytes, out, error);
    if (status != DEVICE_OK)
        train_parameters_free(out);
    file_unmap(data, bytes);
    return status;
}

/* Returns 0, or -1 when out of memory. */
static int rotation_write(
    struct output_file *file, const struct train_shape *shape, double function(double)) {
    size_t n = rotation_elements(shape);
    int pairs = train_head_dim(shape) / 2;
    float *table = malloc(n * sizeof *table);
    if (!table)
        return -1;
    for (size_t i = 0; i < n; i++)
        table[i] = (float)function(train_rotation_angle(
            shape, TRAIN_ROTATION_BASE, (int)(i / (size_t)pairs), (int)(i % (size_t)pairs)));
    output_file_write(file, table, n * sizeof *table);
    free(table);
    return 0;
}

enum device_status llama2_write(
    const char *path, const struct train_parameters *parameters, struct device_error *error) {
    const struct train_shape *s = &parameters->shape;
    const struct header h = {s->dim, s->hidden, s->layers, s->heads, s->kv_heads,
        parameters->classifier ? -s->vocab : s->vocab, s->seq};
    struct output_file file;
    struct error why;
    output_file_open(&file, path);
    output_file_write(&file, &h, sizeof h);
    for (int i = 0; i < N_ORDER; i++) {
        size_t bytes = train_tensor_elements(s, order[i]) * sizeof(float);
        for (int layer = 0; layer < layers_of(s, order[i]); layer++)
            output_file_write(&file, train_tensor_at(parameters, layer, order[i]), bytes);
    }
    if (rotation_write(&file, s, cos) != 0 || rotation_write(&file, s, sin) != 0) {
        output_file_abandon(&file);
        return device_error_set(error, DEVICE_BROKEN, "model", "out of memory");
    }
    if (parameters->classifier)
        output_file_write(&file, parameters->classifier,
            train_tensor_elements(s, TRAIN_EMBEDDING) * sizeof(float));
    return output_file_finish(&file, NULL, &why) == 0 ? DEVICE_OK
                                                      : device_error_take(error, "file", &why);
}
