/* SPDX-License-Identifier: MIT
 *
 * The cpu device's compile thread and its caller, under every schedule. A compile is a step during which the
 * caller may run; its result must reach the wait for its own program.
 */
#include "schedule.h"

#include <string.h>

#include "device/cpu/cpu_worker.c"

enum { PROGRAMS = 3 };

static struct cpu_device cpu;
static struct device_program programs[PROGRAMS];
static int compiled[8], n_compiled; /* programs, in the order in which the worker took them */
static bool is_compiling;

/* ---- what the worker calls */

int affinity_pin_rest(void) {
    return 0;
}

/* Program 1 is refused by its compiler. */
enum device_status cpu_compile_run(struct cpu_device *device, struct device_program *program,
    int qos, struct device_error *error) {
    SCHEDULE_CHECK(device == &cpu && !is_compiling && program->job == CPU_JOB_RUNNING);
    is_compiling = true;
    schedule_yield();
    is_compiling = false;
    compiled[n_compiled++] = (int)(program - programs);
    if (program != &programs[1])
        return DEVICE_OK;
    *error = (struct device_error){.status = DEVICE_FAILED, .code = qos};
    return DEVICE_FAILED;
}

/* ---- what the caller does */

static void device_begin(void) {
    memset(&cpu, 0, sizeof cpu);
    memset(programs, 0, sizeof programs);
    n_compiled = 0;
    SCHEDULE_CHECK(cpu_worker_open(&cpu) == 0);
}

static void device_end(int n) {
    cpu_worker_close(&cpu);
    SCHEDULE_CHECK(cpu.worker.head == NULL && n_compiled == n);
}

static void start(int i) {
    struct device_error error;
    SCHEDULE_CHECK(cpu_compile_start(&cpu.base, &programs[i], 20 + i, &error) == DEVICE_OK);
}

static void await_program(int i) {
    struct device_error error = {.code = -1};
    const enum device_status want = i == 1 ? DEVICE_FAILED : DEVICE_OK;
    SCHEDULE_CHECK(cpu_compile_wait(&cpu.base, &programs[i], &error) == want);
    SCHEDULE_CHECK(error.code == (i == 1 ? 20 + i : -1));
    SCHEDULE_CHECK(programs[i].job == CPU_JOB_NONE);
}

/* In the requested order; a program that polls as finished has been compiled and stays finished. */
static void three_in_order(void) {
    device_begin();
    for (int i = 0; i < PROGRAMS; i++)
        start(i);
    if (cpu_compile_poll(&cpu.base, &programs[1])) {
        SCHEDULE_CHECK(n_compiled >= 2);
        SCHEDULE_CHECK(cpu_compile_poll(&cpu.base, &programs[0]));
    }
    for (int i = PROGRAMS - 1; i >= 0; i--)
        await_program(i);
    for (int i = 0; i < PROGRAMS; i++)
        SCHEDULE_CHECK(compiled[i] == i);
    device_end(PROGRAMS);
}

/* A failed compile is started again, behind another. */
static void again(void) {
    device_begin();
    start(1);
    await_program(1);
    SCHEDULE_CHECK(programs[1].job == CPU_JOB_NONE);
    start(0);
    start(1);
    await_program(0);
    await_program(1);
    device_end(3);
}

/* A program freed while its compile is queued or under way: its wait comes before an earlier one's. */
static void freed(void) {
    device_begin();
    start(0);
    start(2);
    await_program(2);
    SCHEDULE_CHECK(programs[2].job == CPU_JOB_NONE && n_compiled == 2);
    await_program(0);
    device_end(2);
}

/* Compiles that were started end before the thread does. */
static void closed_at_once(void) {
    device_begin();
    start(0);
    start(1);
    device_end(2);
}

int main(void) {
    schedule_explore("worker: three programs", three_in_order, 1);
    schedule_explore("worker: a retry", again, 1);
    schedule_explore("worker: a program freed while it compiles", freed, 1);
    schedule_explore("worker: closed while it compiles", closed_at_once, 1);
    return schedule_end() == 0;
}
