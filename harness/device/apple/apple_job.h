/* SPDX-License-Identifier: MIT
 *
 * Background work: a serial queue of libdispatch, and one semaphore for each job.
 */
#ifndef ANEPROBE_DEVICE_APPLE_APPLE_JOB_H
#define ANEPROBE_DEVICE_APPLE_APPLE_JOB_H

#include "device/apple/apple_entry.h"

struct apple_job {
    const struct apple_entry *entry;
    void *semaphore; /* NULL when nothing was started */
    enum device_status (*run)(void *context, struct device_error *error);
    void *context;
    bool over; /* as far as polled */
    enum device_status status;
    struct device_error error;
};

/* Starts run(context, error) on the queue, which is made when *queue is NULL; the caller releases it
 * when no job is left. Until the wait the job's memory and what `run` uses belong to the queue. */
enum device_status apple_job_start(const struct apple_entry *e, void **queue, struct apple_job *job,
    enum device_status (*run)(void *context, struct device_error *error), void *context,
    struct device_error *error);
bool apple_job_poll(struct apple_job *job);
/* Once for each start: what `run` returned. */
enum device_status apple_job_wait(struct apple_job *job, struct device_error *error);

#endif
