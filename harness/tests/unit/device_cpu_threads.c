/* SPDX-License-Identifier: MIT
 *
 * Which cores threads are kept on, and that none are there that nobody asked for, where the system tells (Linux).
 */
#ifdef __linux__
#define _GNU_SOURCE /* sched_getaffinity and CPU_SET */
#endif
#include "device_fixture.h"

#include "base/program.h"
#include "device/cpu/blas.h"
#include "device/host/affinity.h"

#include <dirent.h>
#ifdef __linux__
#include <sched.h>

static int cores_allowed(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : -1;
}
#else
static int cores_allowed(void) {
    return -1;
}
#endif

/* An evaluating thread is on the evaluating core, any other on the rest. After the device is closed both may
 * use all cores, as may threads and programs that they start. */
Test(device_cpu_threads, pinned_until_closed) {
    if (!affinity_can_isolate())
        cr_skip("threads cannot be kept on cores here");
    int all = cores_allowed();
    struct device *device = open_or_fail("cpu:cores=1");
    struct device_error error;
    struct fixture_run run;
    struct device_program *program = scale_create(device, 1);
    OK(device_compile(device, program, DEVICE_QOS_DEFAULT, &error));
    OK(device_load(device, program, DEVICE_QOS_DEFAULT, &error));
    run_make(device, program, &run);
    device_host_thread(device);
    cr_assert_eq(cores_allowed(), all - 1);
    OK(device_eval(device, run.request, DEVICE_QOS_DEFAULT, &error));
    cr_assert_eq(cores_allowed(), 1);
    run_free(device, &run);
    device_close(device);
    cr_assert_eq(cores_allowed(), all);
}

/* With several cores for the device, no core is reserved. */
Test(device_cpu_threads, not_pinned_on_several_cores) {
    if (!affinity_can_isolate())
        cr_skip("threads cannot be kept on cores here");
    int all = cores_allowed();
    struct device *device = open_or_fail("cpu:cores=2");
    device_host_thread(device);
    cr_assert_eq(cores_allowed(), all);
    device_close(device);
    cr_assert_eq(cores_allowed(), all);
}

static int threads_here(void) {
    DIR *tasks = opendir("/proc/self/task");
    int n = 0;
    for (const struct dirent *task; tasks && (task = readdir(tasks));)
        n += task->d_name[0] != '.';
    if (tasks)
        closedir(tasks);
    return n;
}

/* OpenBLAS's own threads wait awake, beside what is timed. */
Test(device_cpu_threads, a_blas_brings_none) {
    struct error error;
    struct blas blas;
    char why[500] = "";
    const int before = threads_here();
    if (before == 0)
        cr_skip("this system does not list threads");
    setenv("OPENBLAS_NUM_THREADS", "2", 1);
    cr_assert_eq(program_begin(&error), 0);
    cr_assert_eq(blas_load(&blas, why, sizeof why), 0, "%s", why);
    cr_assert_eq(threads_here(), before);
}
