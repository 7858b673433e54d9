/* SPDX-License-Identifier: MIT
 *
 * A program: a package in a directory of its own, from which Core ML makes a .mlmodelc beside it; or
 * an asset in memory.
 */
#include "device/coreml/coreml_internal.h"

#include "device/host/identity.h"
#include "device/host/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char package_name[] = "program.mlpackage";

static enum device_status directory_make(
    struct device_program *program, struct device_error *error) {
    struct coreml_device *coreml = program->device;
    snprintf(program->directory, sizeof program->directory, "p%u", ++coreml->n_directories);
    if (mkdirat(coreml->run.fd, program->directory, 0700) == 0)
        program->directory_fd =
            openat(coreml->run.fd, program->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (program->directory_fd < 0)
        return device_error_set(error, DEVICE_BROKEN, "parse",
            "cannot make a directory in %.200s: %s; free some space or set TMPDIR elsewhere",
            coreml->run.path, strerror(errno));
    return DEVICE_OK;
}

static enum device_status package_write(struct device_program *program,
    const struct device_source *source, struct device_error *error) {
    char path[DIRECTORY_PATH_MAX + 64];
    struct mil_error why;
    snprintf(
        path, sizeof path, "%s/%s/%s", program->device->run.path, program->directory, package_name);
    if (program->device->package->write(path, program->base.mil, &source->weights, &why) == 0)
        return DEVICE_OK;
    return device_error_set(
        error, DEVICE_FAILED, "parse", "cannot write it as a Core ML package: %s", why.text);
}

void coreml_program_destroy(struct device *device, struct device_program *program) {
    coreml_models_release(program);
    coreml_asset_release(program);
    if (program->directory_fd >= 0) {
        close(program->directory_fd);
        tree_remove(coreml_of(device)->run.fd, program->directory);
    }
    mil_program_free(program->base.mil);
    free(program);
}

static enum device_status program_check(const struct mil_program *mil, struct device_error *error) {
    return mil->n_functions <= COREML_FUNCTIONS_MAX
               ? DEVICE_OK
               : device_error_set(error, DEVICE_UNSUPPORTED, "parse",
                     "the program has %d functions; this device takes at most %d", mil->n_functions,
                     COREML_FUNCTIONS_MAX);
}

enum device_status coreml_program_create(struct device *device, const struct device_source *source,
    struct device_program **out, struct device_error *error) {
    struct device_program *program = calloc(1, sizeof *program);
    unsigned char digest[DIGEST_BYTES];
    if (!program)
        return device_memory_out(error, "parse");
    program->device = coreml_of(device);
    program->directory_fd = -1;
    enum device_status status = source_parse(source, &program->base.mil, error);
    if (status == DEVICE_OK)
        status = program_check(program->base.mil, error);
    if (status == DEVICE_OK && identity_of(source, digest) != 0)
        status = device_memory_out(error, "parse");
    if (status == DEVICE_OK && program->device->options.in_memory)
        status = coreml_asset_read(program, source, error);
    else if (status == DEVICE_OK)
        status = directory_make(program, error);
    if (status == DEVICE_OK && !program->device->options.in_memory)
        status = package_write(program, source, error);
    if (status != DEVICE_OK) {
        coreml_program_destroy(device, program);
        return status;
    }
    digest_hex(digest, program->hash);
    program->base.hash = program->hash;
    *out = program;
    return DEVICE_OK;
}

/* ---- Core ML's objects ----------------------------------------------------------------------- */

void *coreml_program_url(
    struct apple_call *call, const struct device_program *program, const char *name) {
    const struct apple_entry *e = &call->runtime->entry;
    char path[DIRECTORY_PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/%s/%s", program->device->run.path, program->directory, name);
    void *string = apple_string(e, path);
    if (!string) {
        device_memory_out(call->error, call->stage);
        return NULL;
    }
    void *url = coreml_url_file(call, string);
    apple_release(e, string);
    return url;
}

/* A program with one function is loaded without its name, which systems before macOS 15 do not
 * know. */
void *coreml_configuration(
    struct apple_call *call, const struct device_program *program, int procedure) {
    const struct apple_entry *e = &call->runtime->entry;
    const struct mil_program *mil = program->base.mil;
    void *configuration = coreml_configuration_new(call);
    if (!configuration)
        return NULL;
    bool done = coreml_configuration_units(call, configuration, program->device->options.units);
    if (done && mil->n_functions > 1) {
        void *name = apple_string(e, mil->functions[procedure].name);
        if (!name)
            device_memory_out(call->error, call->stage);
        done = name && coreml_configuration_function(call, configuration, name);
        apple_release(e, name);
    }
    if (done)
        return configuration;
    e->objc_release(configuration);
    return NULL;
}

void coreml_models_release(struct device_program *program) {
    const struct apple_entry *e = &program->device->runtime.entry;
    void *pool = e->objc_autoreleasePoolPush();
    for (int i = 0; i < COREML_FUNCTIONS_MAX; i++) {
        if (program->models[i])
            e->objc_release(program->models[i]);
        program->models[i] = NULL;
    }
    e->objc_autoreleasePoolPop(pool);
}

/* One function, as an MLModel that is owned. */
static void *model_load(
    const struct device_program *program, struct apple_call *call, void *source, int procedure) {
    const struct apple_entry *e = &call->runtime->entry;
    void *configuration = coreml_configuration(call, program, procedure), *model;
    if (!configuration)
        return NULL;
    if (program->device->options.in_memory) {
        model = coreml_load_wait(call, COREML_LOADING_MODEL, source, configuration);
    } else {
        model = coreml_model_load(call, source, configuration);
        if (model)
            (void)e->objc_retain(model);
    }
    e->objc_release(configuration);
    return model;
}

enum device_status coreml_models_load(struct device_program *program, struct apple_call *call) {
    void *source = program->device->options.in_memory
                       ? program->asset.object
                       : coreml_program_url(call, program, COREML_COMPILED_NAME);
    for (int i = 0; source && i < program->base.mil->n_functions; i++) {
        program->models[i] = model_load(program, call, source, i);
        if (!program->models[i]) {
            coreml_models_release(program);
            return call->error->status;
        }
    }
    return source ? DEVICE_OK : call->error->status;
}

/* ---- compiles and loads ---------------------------------------------------------------------- */

/* Core ML leaves its result in the system's temporary directory. */
static enum device_status compiled_take(
    struct device_program *program, struct apple_call *call, void *url) {
    char path[DIRECTORY_PATH_MAX];
    void *string = coreml_url_path(call, url);
    if (!string)
        return call->error->status;
    if (!apple_string_get(&call->runtime->entry, string, path, sizeof path))
        return device_error_set(
            call->error, DEVICE_FAILED, "compile", "the compiled model's path cannot be read");
    tree_remove(program->directory_fd, COREML_COMPILED_NAME);
    if (renameat(AT_FDCWD, path, program->directory_fd, COREML_COMPILED_NAME) == 0)
        return DEVICE_OK;
    return device_error_set(call->error, DEVICE_BROKEN, "compile",
        "cannot move %.200s into %.200s: %s; %s", path, program->device->run.path, strerror(errno),
        errno == EXDEV ? "unset TMPDIR, so that both are on one disk" : "free some space");
}

static enum device_status translate(struct device_program *program, struct apple_call *call) {
    /* Without it what Core ML makes would stay where it cannot be found. */
    if (apple_runtime_need(call->runtime, COREML_URL_PATH, call->stage, call->error) != DEVICE_OK)
        return call->error->status;
    void *package = coreml_program_url(call, program, package_name);
    void *compiled = package ? coreml_model_compile(call, package) : NULL;
    return compiled ? compiled_take(program, call, compiled) : call->error->status;
}

/* On either thread. The first load is what makes the unit's code. */
static enum device_status compile_run(struct device_program *program, struct device_error *error) {
    struct coreml_device *coreml = program->device;
    const struct apple_entry *e = &coreml->runtime.entry;
    struct apple_call call = apple_call_begin(&coreml->runtime, "compile", error);
    const uint64_t start_ns = e->clock_ns();
    enum device_status status =
        coreml->options.in_memory ? coreml_asset_make(program, &call) : translate(program, &call);
    const uint64_t translated_ns = e->clock_ns();
    if (status == DEVICE_OK) {
        call.stage = "load";
        if (coreml->base.step)
            coreml->base.step(coreml->base.step_context, call.stage);
        status = coreml_models_load(program, &call);
    }
    const uint64_t end_ns = e->clock_ns();
    coreml_models_release(program);
    apple_call_end(&call);
    coreml->service_ns += end_ns - start_ns;
    if (status != DEVICE_OK)
        return status;
    program->base.info = (struct device_compile_info){.elapsed_ns = end_ns - start_ns,
        .emit_ns = translated_ns - start_ns,
        .compiler_ns = end_ns - translated_ns};
    program->base.compiled = true;
    return DEVICE_OK;
}

/* It would be loaded twice, and the loaded models be lost. */
static enum device_status compile_check(
    const struct device_program *program, int qos, struct device_error *error) {
    if (program->base.loaded)
        return device_error_set(
            error, DEVICE_UNSUPPORTED, "compile", "the program is loaded; unload it first");
    return coreml_qos_check(qos, "compile", error);
}

enum device_status coreml_compile(
    struct device *device, struct device_program *program, int qos, struct device_error *error) {
    (void)device;
    enum device_status status = compile_check(program, qos, error);
    return status == DEVICE_OK ? compile_run(program, error) : status;
}

static enum device_status job_run(void *context, struct device_error *error) {
    return compile_run(context, error);
}

enum device_status coreml_compile_start(
    struct device *device, struct device_program *program, int qos, struct device_error *error) {
    struct coreml_device *coreml = coreml_of(device);
    enum device_status status = compile_check(program, qos, error);
    return status == DEVICE_OK ? apple_job_start(&coreml->runtime.entry, &coreml->queue,
                                     &program->job, job_run, program, error)
                               : status;
}

bool coreml_compile_poll(struct device *device, struct device_program *program) {
    (void)device;
    return apple_job_poll(&program->job);
}

enum device_status coreml_compile_wait(
    struct device *device, struct device_program *program, struct device_error *error) {
    (void)device;
    return apple_job_wait(&program->job, error);
}

enum device_status coreml_load(
    struct device *device, struct device_program *program, int qos, struct device_error *error) {
    struct coreml_device *coreml = coreml_of(device);
    const struct apple_entry *e = &coreml->runtime.entry;
    enum device_status status = coreml_qos_check(qos, "load", error);
    if (status != DEVICE_OK)
        return status;
    struct apple_call call = apple_call_begin(&coreml->runtime, "load", error);
    const uint64_t start_ns = e->clock_ns();
    program->load_serial++;
    status = coreml_models_load(program, &call);
    coreml->service_ns += e->clock_ns() - start_ns;
    apple_call_end(&call);
    return status;
}

/* Core ML unloads a model when its last user lets go of it. */
enum device_status coreml_unload(
    struct device *device, struct device_program *program, struct device_error *error) {
    (void)device, (void)error;
    coreml_models_release(program);
    return DEVICE_OK;
}
