/* SPDX-License-Identifier: MIT */
#include "device/apple/apple_job.h"

#include "device/device_table.h"

static void job_run(void *context) {
    struct apple_job *job = context;
    const struct apple_entry *e = job->entry;
    void *semaphore = job->semaphore;
    job->status = job->run(job->context, &job->error);
    (void)e->dispatch_semaphore_signal(semaphore); /* from here on the waiting thread's */
}

enum device_status apple_job_start(const struct apple_entry *e, void **queue, struct apple_job *job,
    enum device_status (*run)(void *context, struct device_error *error), void *context,
    struct device_error *error) {
    if (!*queue)
        *queue = e->dispatch_queue_create("aneprobe.compile", NULL);
    void *semaphore = *queue ? e->dispatch_semaphore_create(0) : NULL;
    if (!semaphore)
        return device_memory_out(error, "compile");
    *job = (struct apple_job){.entry = e, .semaphore = semaphore, .run = run, .context = context};
    e->dispatch_async_f(*queue, job, job_run);
    return DEVICE_OK;
}

bool apple_job_poll(struct apple_job *job) {
    if (job->semaphore && !job->over)
        job->over = job->entry->dispatch_semaphore_wait(job->semaphore, 0) == 0;
    return !job->semaphore || job->over;
}

enum device_status apple_job_wait(struct apple_job *job, struct device_error *error) {
    if (!job->over)
        (void)job->entry->dispatch_semaphore_wait(job->semaphore, APPLE_TIME_FOREVER);
    job->entry->dispatch_release(job->semaphore);
    job->semaphore = NULL;
    if (job->status != DEVICE_OK)
        *error = job->error;
    return job->status;
}
