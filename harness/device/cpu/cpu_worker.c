/* SPDX-License-Identifier: MIT
 *
 * The one thread that compiles, in order of request. A foreground compile is a background compile
 * plus a wait, so both run on the same cores.
 */
#include "device/cpu/cpu.h"

#include "device/host/affinity.h"

static void *worker_run(void *context) {
    struct cpu_device *cpu = context;
    struct cpu_worker *worker = &cpu->worker;
    if (cpu->isolated)
        (void)affinity_pin_rest(); /* the compiler, a child of this thread, inherits it */
    pthread_mutex_lock(&worker->lock);
    for (;;) {
        while (!worker->head && !worker->stop)
            pthread_cond_wait(&worker->queued, &worker->lock);
        if (!worker->head)
            break;
        struct device_program *program = worker->head;
        worker->head = program->job_next;
        if (!worker->head)
            worker->tail = NULL;
        program->job = CPU_JOB_RUNNING;
        int qos = program->job_qos;
        pthread_mutex_unlock(&worker->lock);
        struct device_error error;
        enum device_status status = cpu_compile_run(cpu, program, qos, &error);
        pthread_mutex_lock(&worker->lock);
        program->job_status = status;
        if (status != DEVICE_OK)
            program->job_error = error;
        program->job = CPU_JOB_DONE;
        pthread_cond_broadcast(&worker->finished);
    }
    pthread_mutex_unlock(&worker->lock);
    return NULL;
}

int cpu_worker_open(struct cpu_device *device) {
    struct cpu_worker *worker = &device->worker;
    if (pthread_mutex_init(&worker->lock, NULL) != 0)
        return -1;
    if (pthread_cond_init(&worker->queued, NULL) != 0)
        goto fail_lock;
    if (pthread_cond_init(&worker->finished, NULL) != 0)
        goto fail_queued;
    if (pthread_create(&worker->thread, NULL, worker_run, device) == 0)
        return 0;
    pthread_cond_destroy(&worker->finished);
fail_queued:
    pthread_cond_destroy(&worker->queued);
fail_lock:
    pthread_mutex_destroy(&worker->lock);
    return -1;
}

void cpu_worker_close(struct cpu_device *device) {
    struct cpu_worker *worker = &device->worker;
    pthread_mutex_lock(&worker->lock);
    worker->stop = true;
    pthread_cond_signal(&worker->queued);
    pthread_mutex_unlock(&worker->lock);
    pthread_join(worker->thread, NULL);
    pthread_cond_destroy(&worker->finished);
    pthread_cond_destroy(&worker->queued);
    pthread_mutex_destroy(&worker->lock);
}

enum device_status cpu_compile_start(
    struct device *device, struct device_program *program, int qos, struct device_error *error) {
    struct cpu_worker *worker = &cpu_of(device)->worker;
    (void)error;
    pthread_mutex_lock(&worker->lock);
    program->job = CPU_JOB_QUEUED;
    program->job_qos = qos;
    program->job_next = NULL;
    if (worker->tail)
        worker->tail->job_next = program;
    else
        worker->head = program;
    worker->tail = program;
    pthread_cond_signal(&worker->queued);
    pthread_mutex_unlock(&worker->lock);
    return DEVICE_OK;
}

bool cpu_compile_poll(struct device *device, struct device_program *program) {
    struct cpu_worker *worker = &cpu_of(device)->worker;
    pthread_mutex_lock(&worker->lock);
    bool over = program->job == CPU_JOB_NONE || program->job == CPU_JOB_DONE;
    pthread_mutex_unlock(&worker->lock);
    return over;
}

enum device_status cpu_compile_wait(
    struct device *device, struct device_program *program, struct device_error *error) {
    struct cpu_worker *worker = &cpu_of(device)->worker;
    pthread_mutex_lock(&worker->lock);
    while (program->job != CPU_JOB_DONE)
        pthread_cond_wait(&worker->finished, &worker->lock);
    program->job = CPU_JOB_NONE;
    const enum device_status status = program->job_status;
    if (status != DEVICE_OK)
        *error = program->job_error;
    pthread_mutex_unlock(&worker->lock);
    return status;
}

enum device_status cpu_compile(
    struct device *device, struct device_program *program, int qos, struct device_error *error) {
    (void)cpu_compile_start(device, program, qos, error);
    return cpu_compile_wait(device, program, error);
}
