/* SPDX-License-Identifier: MIT
 *
 * Compiles: in the foreground on the caller's thread, in the background on the device's serial
 * queue, with one semaphore each. No program is used by both threads at a time: from start to wait
 * it belongs to the queue.
 */
#include "device/ane/ane_internal.h"

/* On either thread. */
static enum device_status compile_run(
    struct device_program *program, int qos, struct device_error *error) {
    struct ane_device *ane = program->device;
    struct apple_call call = apple_call_begin(&ane->runtime, "compile", error);
    struct device_compile_info info = {.cached = ane_model_compiled_exists(&call, program->model)};
    uint64_t start_ns = ane->runtime.entry.clock_ns();
    bool done =
        ane_model_compile(&call, program->model, (unsigned)qos, ane_program_options(program));
    info.elapsed_ns = ane->runtime.entry.clock_ns() - start_ns;
    apple_call_end(&call);
    ane->service_ns += info.elapsed_ns;
    if (!done) {
        run_directory_failure_note(&ane->run);
        return error->status;
    }
    program->base.info = info;
    program->base.compiled = true;
    return DEVICE_OK;
}

enum device_status ane_compile(
    struct device *device, struct device_program *program, int qos, struct device_error *error) {
    (void)device;
    return compile_run(program, qos, error);
}

static enum device_status job_run(void *context, struct device_error *error) {
    struct device_program *program = context;
    return compile_run(program, program->job_qos, error);
}

enum device_status ane_compile_start(
    struct device *device, struct device_program *program, int qos, struct device_error *error) {
    struct ane_device *ane = ane_of(device);
    program->job_qos = qos;
    return apple_job_start(
        &ane->runtime.entry, &ane->queue, &program->job, job_run, program, error);
}

bool ane_compile_poll(struct device *device, struct device_program *program) {
    (void)device;
    return apple_job_poll(&program->job);
}

enum device_status ane_compile_wait(
    struct device *device, struct device_program *program, struct device_error *error) {
    (void)device;
    return apple_job_wait(&program->job, error);
}
