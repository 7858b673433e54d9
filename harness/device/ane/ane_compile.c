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
    struct ane_call call = ane_call_begin(&ane->runtime, "compile", error);
    struct device_compile_info info = {.cached = ane_model_compiled_exists(&call, program->model)};
    uint64_t start_ns = ane->runtime.entry.clock_ns();
    bool done = ane_model_compile(&call, program->model, (unsigned)qos, ane->no_options);
    info.elapsed_ns = ane->runtime.entry.clock_ns() - start_ns;
    ane_call_end(&call);
    ane->service_ns += info.elapsed_ns;
    if (!done)
        return error->status;
    program->base.info = info;
    program->base.compiled = true;
    return DEVICE_OK;
}

enum device_status ane_compile(
    struct device *device, struct device_program *program, int qos, struct device_error *error) {
    (void)device;
    return compile_run(program, qos, error);
}

static void job_run(void *context) {
    struct device_program *program = context;
    struct ane_job *job = &program->job;
    const struct ane_entry *e = &program->device->runtime.entry;
    void *semaphore = job->semaphore;
    job->status = compile_run(program, job->qos, &job->error);
    (void)e->dispatch_semaphore_signal(semaphore); /* from here on the waiting thread's */
}

enum device_status ane_compile_start(
    struct device *device, struct device_program *program, int qos, struct device_error *error) {
    struct ane_device *ane = ane_of(device);
    const struct ane_entry *e = &ane->runtime.entry;
    if (!ane->queue)
        ane->queue = e->dispatch_queue_create("aneprobe.compile", NULL);
    void *semaphore = ane->queue ? e->dispatch_semaphore_create(0) : NULL;
    if (!semaphore)
        return device_memory_out(error, "compile");
    program->job = (struct ane_job){.semaphore = semaphore, .qos = qos};
    e->dispatch_async_f(ane->queue, program, job_run);
    return DEVICE_OK;
}

bool ane_compile_poll(struct device *device, struct device_program *program) {
    struct ane_job *job = &program->job;
    if (job->semaphore && !job->over)
        job->over = ane_of(device)->runtime.entry.dispatch_semaphore_wait(job->semaphore, 0) == 0;
    return !job->semaphore || job->over;
}

enum device_status ane_compile_wait(
    struct device *device, struct device_program *program, struct device_error *error) {
    const struct ane_entry *e = &ane_of(device)->runtime.entry;
    struct ane_job *job = &program->job;
    if (!job->over)
        (void)e->dispatch_semaphore_wait(job->semaphore, ANE_TIME_FOREVER);
    e->dispatch_release(job->semaphore);
    job->semaphore = NULL;
    if (job->status != DEVICE_OK)
        *error = job->error;
    return job->status;
}
