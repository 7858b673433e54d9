/* SPDX-License-Identifier: MIT */
#include "base/disturbance.h"

#include <math.h>
#include <sys/resource.h>
#include <time.h>

static uint64_t timeval_ns(struct timeval t) {
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_usec * 1000u;
}

/* Available on every system. */
static void own_read(struct disturbance_reading *reading) {
    struct timespec now;
    struct rusage self, children;
    clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail with this clock and a valid pointer */
    getrusage(RUSAGE_SELF, &self);
    getrusage(RUSAGE_CHILDREN, &children);
    *reading = (struct disturbance_reading){
        .at_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec,
        .own_ns = timeval_ns(self.ru_utime) + timeval_ns(self.ru_stime) +
                  timeval_ns(children.ru_utime) + timeval_ns(children.ru_stime),
        .switches = (uint64_t)self.ru_nivcsw,
        .has_switches = true};
}

#ifdef __APPLE__
#include <mach/mach.h>
#include <notify.h>
#include <unistd.h>

static void thermal_read(struct disturbance_reading *reading) {
    int token;
    if (notify_register_check("com.apple.system.thermalpressurelevel", &token) != 0)
        return;
    reading->has_thermal_pressure = notify_get_state(token, &reading->thermal_pressure) == 0;
    notify_cancel(token);
}

/* Ticks of 10 ms by processor and state (mach/machine.h). */
void disturbance_read_below(const char *root, struct disturbance_reading *reading) {
    natural_t n_processors;
    processor_info_array_t ticks;
    mach_msg_type_number_t n_ticks;
    (void)root;
    own_read(reading);
    thermal_read(reading);
    if (host_processor_info(
            mach_host_self(), PROCESSOR_CPU_LOAD_INFO, &n_processors, &ticks, &n_ticks) != 0)
        return;
    reading->step_ns = 1000000000u / (uint64_t)sysconf(_SC_CLK_TCK);
    reading->n_processors = n_processors;
    for (natural_t i = 0; i < n_processors; i++) {
        const integer_t *of = ticks + CPU_STATE_MAX * i;
        uint64_t busy = (uint64_t)(unsigned)of[CPU_STATE_USER] +
                        (uint64_t)(unsigned)of[CPU_STATE_SYSTEM] +
                        (uint64_t)(unsigned)of[CPU_STATE_NICE];
        reading->busy_ns += busy * reading->step_ns;
    }
    reading->has_busy = true;
    vm_deallocate(mach_task_self(), (vm_address_t)ticks, n_ticks * sizeof *ticks);
}
#else
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static FILE *file_below(const char *root, const char *path) {
    char name[512];
    int n = snprintf(name, sizeof name, "%s%s", root, path);
    return n > 0 && (size_t)n < sizeof name ? fopen(name, "re") : NULL;
}

/* proc(5): user, nice, system, idle, iowait, irq, softirq, steal; guests are part of user and nice.
 * Old kernels have fewer columns. */
static void stat_read(const char *root, struct disturbance_reading *reading) {
    uint64_t t[8] = {0};
    char line[512];
    int n = 0;
    FILE *file = file_below(root, "/proc/stat");
    if (!file)
        return;
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, "cpu ", 4) == 0)
            n = sscanf(line + 4,
                " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
                " %" SCNu64,
                &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7]);
        else if (strncmp(line, "cpu", 3) == 0)
            reading->n_processors++;
    }
    fclose(file);
    if (n < 4)
        return;
    reading->step_ns = 1000000000u / (uint64_t)sysconf(_SC_CLK_TCK);
    reading->busy_ns = (t[0] + t[1] + t[2] + t[5] + t[6]) * reading->step_ns;
    reading->has_busy = true;
    reading->has_stolen = n == 8;
    reading->stolen_ns = t[7] * reading->step_ns;
}

/* For each thread: time on a processor, and time ready and waiting for one (Linux,
 * Documentation/scheduler/sched-stats). Threads that have ended are missing. */
static void waited_read(const char *root, struct disturbance_reading *reading) {
    char path[512];
    snprintf(path, sizeof path, "%s/proc/self/task", root);
    DIR *tasks = opendir(path);
    if (!tasks)
        return;
    for (struct dirent *task; (task = readdir(tasks)) != NULL;) {
        uint64_t ran, waited;
        char name[300];
        if (task->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "/proc/self/task/%s/schedstat", task->d_name);
        FILE *file = file_below(root, name);
        if (!file)
            continue;
        if (fscanf(file, "%" SCNu64 " %" SCNu64, &ran, &waited) == 2) {
            reading->waited_ns += waited;
            reading->has_waited = true;
        }
        fclose(file);
    }
    closedir(tasks);
}

/* The slowest processor that reports its frequency. */
static void frequency_read(const char *root, struct disturbance_reading *reading) {
    for (unsigned i = 0; i < 1024; i++) {
        char name[128];
        double khz;
        snprintf(name, sizeof name, "/sys/devices/system/cpu/cpu%u/cpufreq/scaling_cur_freq", i);
        FILE *file = file_below(root, name);
        if (!file)
            return;
        if (fscanf(file, "%lf", &khz) == 1 && khz > 0 &&
            (!reading->has_frequency || khz / 1000 < reading->frequency_mhz)) {
            reading->frequency_mhz = khz / 1000;
            reading->has_frequency = true;
        }
        fclose(file);
    }
}

void disturbance_read_below(const char *root, struct disturbance_reading *reading) {
    own_read(reading);
    stat_read(root, reading);
    waited_read(root, reading);
    frequency_read(root, reading);
}
#endif

void disturbance_read(struct disturbance_reading *reading) {
    disturbance_read_below("", reading);
}

/* False when the counter ran backwards. */
static bool rise(uint64_t begin, uint64_t end, double *out) {
    *out = (double)(end - begin);
    return end >= begin;
}

void disturbance_between(const struct disturbance_reading *begin,
    const struct disturbance_reading *end, struct disturbance *out) {
    double wall, busy, stolen, own, waited, switches;
    *out = (struct disturbance){0};
    if (!rise(begin->at_ns, end->at_ns, &wall) || wall == 0)
        return;
    out->wall_ns = end->at_ns - begin->at_ns;
    const bool has_own = rise(begin->own_ns, end->own_ns, &own);
    out->has_stolen =
        begin->has_stolen && end->has_stolen && rise(begin->stolen_ns, end->stolen_ns, &stolen);
    if (out->has_stolen)
        out->stolen_cpus = stolen / wall;
    out->has_others = begin->has_busy && end->has_busy && has_own &&
                      begin->n_processors == end->n_processors &&
                      rise(begin->busy_ns, end->busy_ns, &busy);
    if (out->has_others) {
        /* One step per processor at either end, which may also make others look negative. */
        out->error_cpus = 2 * (double)end->step_ns * (double)end->n_processors / wall;
        out->others_cpus = fmax(busy - own, 0) / wall + out->stolen_cpus;
        out->n_processors = end->n_processors;
    }
    out->has_waited =
        begin->has_waited && end->has_waited && rise(begin->waited_ns, end->waited_ns, &waited);
    if (out->has_waited)
        out->waited_share = waited / wall;
    out->has_switches =
        begin->has_switches && end->has_switches && rise(begin->switches, end->switches, &switches);
    if (out->has_switches)
        out->switches = end->switches - begin->switches;
    out->has_frequency = begin->has_frequency && end->has_frequency;
    if (out->has_frequency)
        out->frequency_mhz = fmin(begin->frequency_mhz, end->frequency_mhz);
    out->has_thermal_pressure = begin->has_thermal_pressure && end->has_thermal_pressure;
    if (out->has_thermal_pressure)
        out->thermal_pressure = begin->thermal_pressure > end->thermal_pressure
                                    ? begin->thermal_pressure
                                    : end->thermal_pressure;
}
