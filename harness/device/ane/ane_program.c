/* SPDX-License-Identifier: MIT
 *
 * A program: descriptor and model object, and the directory that the framework reads. Made whole
 * before anything is compiled, as every published use does.
 */
#include "device/ane/ane_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum device_status ane_program_ready(
    const struct device_program *program, const char *stage, struct device_error *error) {
    if (program == NULL || program->mil == NULL)
        return device_error_set(
            error, DEVICE_BROKEN, stage, "there is no such program: it was freed or never made");
    if (program->job.semaphore != NULL)
        return device_error_set(error, DEVICE_BROKEN, stage,
            "a background compile of this program is not over; call compile_wait first");
    return DEVICE_OK;
}

enum device_status ane_loaded_check(
    const struct device_program *program, const char *stage, struct device_error *error) {
    enum device_status status = ane_program_ready(program, stage, error);
    if (status == DEVICE_OK && !program->loaded)
        return device_error_set(
            error, DEVICE_BROKEN, stage, "the program is not loaded; call load first");
    return status;
}

const struct mil_function *ane_function(const struct device_program *program, int procedure,
    const char *stage, struct device_error *error) {
    if (procedure >= 0 && procedure < program->mil->n_functions)
        return &program->mil->functions[procedure];
    device_error_set(error, DEVICE_FAILED, stage, "there is no procedure %d; the program has %d",
        procedure, program->mil->n_functions);
    return NULL;
}

/* One entry of the weights dictionary: offset 0 and the whole file. */
static void *weight_entry(const struct ane_entry *e, const struct mil_blob_file *file) {
    void *keys[2] = {ane_string(e, "offset"), ane_string(e, "data")};
    void *values[2] = {ane_number(e, 0), ane_data(e, file->data, file->bytes)};
    void *entry = ane_dictionary(e, keys, values, 2);
    for (int i = 0; i < 2; i++) {
        ane_release(e, keys[i]);
        ane_release(e, values[i]);
    }
    return entry;
}

/* An empty dictionary where there are no weights: NULL is not taken. */
static void *weights_dictionary(const struct ane_entry *e, const struct mil_weights *weights) {
    size_t n = (size_t)weights->n_files;
    void **keys = calloc(2 * n + 1, sizeof *keys), *dictionary;
    if (keys == NULL)
        return NULL;
    void **values = keys + n;
    for (size_t i = 0; i < n; i++) {
        keys[i] = ane_string(e, weights->files[i].path);
        values[i] = weight_entry(e, &weights->files[i]);
    }
    dictionary = ane_dictionary(e, keys, values, (int)n);
    for (size_t i = 0; i < 2 * n; i++)
        ane_release(e, keys[i]);
    free(keys);
    return dictionary;
}

static enum device_status memory_out(struct device_error *error) {
    return device_error_set(error, DEVICE_BROKEN, "parse", "out of memory");
}

static enum device_status model_make(
    struct device_program *program, const struct device_source *source, struct ane_call *call) {
    const struct ane_entry *e = &call->runtime->entry;
    void *text = ane_data(e, source->mil_text, source->mil_bytes);
    void *weights = weights_dictionary(e, &source->weights);
    enum device_status status = DEVICE_OK;
    if (text == NULL || weights == NULL) {
        status = memory_out(call->error);
    } else {
        void *descriptor = ane_descriptor_create(call, text, weights);
        void *model = descriptor != NULL ? ane_model_create(call, descriptor) : NULL;
        if (model != NULL)
            program->model = e->objc_retain(model); /* which holds its descriptor */
        else
            status = call->error->status;
    }
    ane_release(e, text);
    ane_release(e, weights);
    if (status != DEVICE_OK)
        return status;
    void *hash = ane_model_hash(call, program->model);
    if (hash == NULL)
        return call->error->status;
    if (!ane_string_get(e, hash, program->hash, sizeof program->hash) || program->hash[0] == '\0' ||
        strspn(program->hash, "0123456789abcdefABCDEF_") != strlen(program->hash))
        return device_error_set(call->error, DEVICE_FAILED, "parse",
            "the program's hexStringIdentifier is not hexadecimal digits");
    return DEVICE_OK;
}

/* Where NSTemporaryDirectory points. */
static void temporary_path(char *path, size_t bytes) {
#ifdef __APPLE__
    if (confstr(_CS_DARWIN_USER_TEMP_DIR, path, bytes) > 0)
        return;
#endif
    const char *tmp = getenv("TMPDIR");
    snprintf(path, bytes, "%s", tmp != NULL && tmp[0] != '\0' ? tmp : "/tmp");
}

/* The framework knows where it looks; where it does not say, it is under the temporary directory by
 * the hash. The last part must be the hash, so that nothing else is ever taken for the program's. */
static enum device_status directory_make(
    struct device_program *program, const struct device_source *source, struct ane_call *call) {
    char path[DIRECTORY_PATH_MAX];
    void *said = ane_model_path(call, program->model);
    if (said != NULL && ane_string_get(&call->runtime->entry, said, path, sizeof path)) {
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
    return program->directory != NULL ? DEVICE_OK : call->error->status;
}

static void program_empty(struct device_program *program) {
    const struct ane_entry *e = &program->device->runtime.entry;
    void *pool = e->objc_autoreleasePoolPush();
    ane_release(e, program->attributes);
    if (program->model != NULL)
        e->objc_release(program->model);
    e->objc_autoreleasePoolPop(pool);
    program->attributes = program->model = NULL;
    if (program->directory != NULL)
        ane_directory_close(program->device, program->directory);
    program->directory = NULL;
    source_names_free(&program->names);
    mil_program_free(program->mil);
    program->mil = NULL;
}

enum device_status ane_program_create(struct device *device, const struct device_source *source,
    struct device_program **out, struct device_error *error) {
    struct ane_device *ane = ane_of(device);
    struct device_program *program = calloc(1, sizeof *program);
    if (program == NULL)
        return memory_out(error);
    program->device = ane;
    program->n_users = 1;
    enum device_status status = source_parse(source, &program->mil, error);
    if (status == DEVICE_OK && source_names_copy(&source->weights, &program->names) != 0)
        status = memory_out(error);
    if (status == DEVICE_OK) {
        struct ane_call call = ane_call_begin(&ane->runtime, "parse", error);
        status = model_make(program, source, &call);
        if (status == DEVICE_OK)
            status = directory_make(program, source, &call);
        ane_call_end(&call);
    }
    if (status != DEVICE_OK) {
        program_empty(program);
        free(program);
        return status;
    }
    program->next = ane->programs;
    ane->programs = program;
    *out = program;
    return DEVICE_OK;
}

void ane_program_release(struct device_program *program) {
    if (--program->n_users == 0)
        free(program);
}

void ane_program_free(struct device *device, struct device_program *program) {
    struct ane_device *ane = ane_of(device);
    struct device_error ignored;
    if (program == NULL || program->mil == NULL)
        return;
    if (program->job.semaphore != NULL)
        (void)ane_compile_wait(device, program, &ignored);
    if (program->loaded)
        (void)ane_unload(device, program, &ignored);
    struct device_program **link = &ane->programs;
    while (*link != program)
        link = &(*link)->next;
    *link = program->next;
    program_empty(program);
    ane_program_release(program);
}

/* ---- loading --------------------------------------------------------------------------------- */

/* The layout that the compiler chose; that it cannot be read is no failure. */
static void attributes_take(struct device_program *program, const struct ane_runtime *runtime) {
    struct device_error ignored;
    struct ane_call call = ane_call_begin(runtime, "load", &ignored);
    void *attributes = ane_model_attributes(&call, program->model);
    if (attributes != NULL)
        program->attributes = runtime->entry.objc_retain(attributes);
    ane_call_end(&call);
}

static enum device_status qos_check(int qos, const char *stage, struct device_error *error) {
    if (qos >= 0)
        return DEVICE_OK;
    return device_error_set(
        error, DEVICE_FAILED, stage, "there is no quality of service %d; give 0 to 63", qos);
}

enum device_status ane_load(
    struct device *device, struct device_program *program, int qos, struct device_error *error) {
    struct ane_device *ane = ane_of(device);
    enum device_status status = ane_program_ready(program, "load", error);
    if (status == DEVICE_OK)
        status = qos_check(qos, "load", error);
    if (status != DEVICE_OK)
        return status;
    if (program->loaded)
        return device_error_set(
            error, DEVICE_BROKEN, "load", "the program is loaded already; call unload first");
    struct ane_call call = ane_call_begin(&ane->runtime, "load", error);
    /* A program that the system has compiled before loads without a compile (libane). */
    if (!program->compiled && !ane_model_compiled_exists(&call, program->model))
        status = device_error_set(
            error, DEVICE_BROKEN, "load", "the program is not compiled; call compile first");
    else if (!ane_model_load(&call, program->model, (unsigned)qos, ane->no_options))
        status = error->status;
    ane_call_end(&call);
    if (status != DEVICE_OK)
        return status;
    program->loaded = true;
    attributes_take(program, &ane->runtime);
    return DEVICE_OK;
}

enum device_status ane_unload(
    struct device *device, struct device_program *program, struct device_error *error) {
    struct ane_device *ane = ane_of(device);
    enum device_status status = ane_loaded_check(program, "unload", error);
    if (status != DEVICE_OK)
        return status;
    struct ane_call call = ane_call_begin(&ane->runtime, "unload", error);
    bool done = ane_model_unload(&call, program->model, DEVICE_QOS_DEFAULT);
    ane_release(&ane->runtime.entry, program->attributes);
    ane_call_end(&call);
    program->attributes = NULL;
    program->loaded = false;
    return done ? DEVICE_OK : error->status;
}
