/* SPDX-License-Identifier: MIT
 *
 * A program: descriptor and model object, and the directory that the framework reads. All are
 * created before anything is compiled, as in every published use.
 */
#include "device/ane/ane_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One entry of the weights dictionary: offset 0 and the whole file. */
static void *weight_entry(const struct apple_entry *e, const struct mil_blob_file *file) {
    void *keys[2] = {apple_string(e, "offset"), apple_string(e, "data")};
    void *values[2] = {apple_number(e, 0), apple_data(e, file->data, file->bytes)};
    void *entry = apple_dictionary(e, keys, values, 2);
    for (int i = 0; i < 2; i++) {
        apple_release(e, keys[i]);
        apple_release(e, values[i]);
    }
    return entry;
}

/* An empty dictionary if there are no weights: NULL is not accepted. */
static void *weights_dictionary(const struct apple_entry *e, const struct mil_weights *weights) {
    size_t n = (size_t)weights->n_files;
    void **keys = calloc(2 * n + 1, sizeof *keys), *dictionary;
    if (!keys)
        return NULL;
    void **values = keys + n;
    for (size_t i = 0; i < n; i++) {
        keys[i] = apple_string(e, weights->files[i].path);
        values[i] = weight_entry(e, &weights->files[i]);
    }
    dictionary = apple_dictionary(e, keys, values, (int)n);
    for (size_t i = 0; i < 2 * n; i++)
        apple_release(e, keys[i]);
    free(keys);
    return dictionary;
}

static enum device_status model_make(
    struct device_program *program, const struct device_source *source, struct apple_call *call) {
    const struct apple_entry *e = &call->runtime->entry;
    void *text = apple_data(e, source->mil_text, source->mil_bytes);
    void *weights = weights_dictionary(e, &source->weights);
    enum device_status status = DEVICE_OK;
    if (!text || !weights) {
        status = device_memory_out(call->error, "parse");
    } else {
        void *descriptor = ane_descriptor_create(call, text, weights);
        void *model = descriptor ? ane_model_create(call, descriptor) : NULL;
        if (model)
            program->model = e->objc_retain(model); /* which holds its descriptor */
        else
            status = call->error->status;
    }
    apple_release(e, text);
    apple_release(e, weights);
    if (status != DEVICE_OK)
        return status;
    void *hash = ane_model_hash(call, program->model);
    if (!hash)
        return call->error->status;
    if (!apple_string_get(e, hash, program->hash, sizeof program->hash) ||
        program->hash[0] == '\0' ||
        strspn(program->hash, "0123456789abcdefABCDEF_") != strlen(program->hash))
        return device_error_set(call->error, DEVICE_FAILED, "parse",
            "the program's hexStringIdentifier is not hexadecimal");
    return DEVICE_OK;
}

/* Where NSTemporaryDirectory points. */
static void temporary_path(char *path, size_t bytes) {
#ifdef __APPLE__
    if (confstr(_CS_DARWIN_USER_TEMP_DIR, path, bytes) > 0)
        return;
#endif
    const char *tmp = getenv("TMPDIR");
    snprintf(path, bytes, "%s", tmp && tmp[0] != '\0' ? tmp : "/tmp");
}

/* The framework's own path if it tells it, else the hash under the temporary directory. The last
 * component must be the hash, so that no other directory is ever used. */
static enum device_status directory_make(
    struct device_program *program, const struct device_source *source, struct apple_call *call) {
    char path[DIRECTORY_PATH_MAX];
    void *said = ane_model_path(call, program->model);
    if (said && apple_string_get(&call->runtime->entry, said, path, sizeof path)) {
        size_t n = strlen(path);
        while (n > 1 && path[n - 1] == '/')
            path[--n] = '\0';
        const char *last = strrchr(path, '/');
        if (path[0] != '/' || strcmp(last + 1, program->hash) != 0)
            return device_error_set(call->error, DEVICE_UNSUPPORTED, "parse",
                "this OS keeps the program in %.300s, which is not named by its hash", path);
    } else {
        char temporary[DIRECTORY_PATH_MAX - ANE_HASH_MAX];
        temporary_path(temporary, sizeof temporary);
        snprintf(path, sizeof path, "%s/%s", temporary, program->hash);
    }
    program->directory = ane_directory_open(program->device, path, source, call->error);
    return program->directory ? DEVICE_OK : call->error->status;
}

void ane_program_destroy(struct device *device, struct device_program *program) {
    (void)device;
    const struct apple_entry *e = &program->device->runtime.entry;
    void *pool = e->objc_autoreleasePoolPush();
    apple_release(e, program->attributes);
    apple_release(e, program->options);
    if (program->model)
        e->objc_release(program->model);
    e->objc_autoreleasePoolPop(pool);
    if (program->directory)
        ane_directory_close(program->device, program->directory);
    source_names_free(&program->names);
    mil_program_free(program->base.mil);
    free(program);
}

enum device_status ane_program_create(struct device *device, const struct device_source *source,
    struct device_program **out, struct device_error *error) {
    struct ane_device *ane = ane_of(device);
    struct device_program *program = calloc(1, sizeof *program);
    if (!program)
        return device_memory_out(error, "parse");
    program->device = ane;
    enum device_status status = source_parse(source, &program->base.mil, error);
    if (status == DEVICE_OK && source_names_copy(&source->weights, &program->names) != 0)
        status = device_memory_out(error, "parse");
    if (status == DEVICE_OK) {
        struct apple_call call = apple_call_begin(&ane->runtime, "parse", error);
        status = model_make(program, source, &call);
        if (status == DEVICE_OK)
            status = directory_make(program, source, &call);
        apple_call_end(&call);
    }
    if (status != DEVICE_OK) {
        ane_program_destroy(device, program);
        return status;
    }
    program->base.hash = program->hash;
    *out = program;
    return DEVICE_OK;
}

/* ---- loading --------------------------------------------------------------------------------- */

/* The layout that the compiler chose; failing to read it is not an error. */
static void attributes_take(struct device_program *program, const struct apple_runtime *runtime) {
    struct device_error ignored;
    struct apple_call call = apple_call_begin(runtime, "load", &ignored);
    void *attributes = ane_model_attributes(&call, program->model);
    if (attributes)
        program->attributes = runtime->entry.objc_retain(attributes);
    apple_call_end(&call);
}

/* A program that the system has compiled before loads without a compile (libane). */
bool ane_is_known(struct device *device, struct device_program *program) {
    struct device_error ignored;
    if (program->base.compiled)
        return false; /* no need to ask */
    struct apple_call call = apple_call_begin(&ane_of(device)->runtime, "load", &ignored);
    const bool is_known = ane_model_compiled_exists(&call, program->model);
    apple_call_end(&call);
    return is_known;
}

enum device_status ane_load(
    struct device *device, struct device_program *program, int qos, struct device_error *error) {
    struct ane_device *ane = ane_of(device);
    struct apple_call call = apple_call_begin(&ane->runtime, "load", error);
    const uint64_t start_ns = ane->runtime.entry.clock_ns();
    const bool done =
        ane_model_load(&call, program->model, (unsigned)qos, ane_program_options(program));
    ane->service_ns += ane->runtime.entry.clock_ns() - start_ns;
    apple_call_end(&call);
    if (!done)
        return error->status;
    attributes_take(program, &ane->runtime);
    return DEVICE_OK;
}

enum device_status ane_unload(
    struct device *device, struct device_program *program, struct device_error *error) {
    struct ane_device *ane = ane_of(device);
    struct apple_call call = apple_call_begin(&ane->runtime, "unload", error);
    bool done = ane_model_unload(&call, program->model, DEVICE_QOS_DEFAULT);
    apple_release(&ane->runtime.entry, program->attributes);
    apple_call_end(&call);
    program->attributes = NULL;
    return done ? DEVICE_OK : error->status;
}

enum device_status ane_purge(
    struct device *device, struct device_program *program, struct device_error *error) {
    struct apple_call call = apple_call_begin(&ane_of(device)->runtime, "purge", error);
    const bool done = ane_model_purge(&call, program->model);
    apple_call_end(&call);
    return done ? DEVICE_OK : error->status;
}
