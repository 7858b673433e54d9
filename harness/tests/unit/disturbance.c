/* SPDX-License-Identifier: MIT
 *
 * How others used the machine: from files in Linux's format, and from two readings worked out by hand.
 */
#include "base/disturbance.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef __APPLE__
static char root[64];

static void file_put(const char *path, const char *text) {
    char name[512];
    snprintf(name, sizeof name, "%s%s", root, path);
    for (char *slash = strchr(name + strlen(root) + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(name, 0700);
        *slash = '/';
    }
    FILE *file = fopen(name, "w");
    cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0, "%s", name);
}

static void root_make(void) {
    strcpy(root, "/tmp/aneprobe-disturbance-XXXXXX");
    cr_assert_not_null(mkdtemp(root));
}

static void root_remove(void) {
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", root);
    cr_assert_eq(system(command), 0);
}

TestSuite(disturbance_files, .init = root_make, .fini = root_remove);

Test(disturbance_files, reads_every_linux_counter) {
    struct disturbance_reading r;
    file_put("/proc/stat", "cpu  100 20 30 4000 7 2 3 50 9 9\ncpu0 1 1 1 1\ncpu1 1 1 1 1\n");
    file_put("/proc/self/task/7/schedstat", "900 1500 3\n");
    file_put("/proc/self/task/8/schedstat", "800 250 3\n");
    file_put("/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "3100000\n");
    file_put("/sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq", "2400000\n");
    disturbance_read_below(root, &r);
    /* user + nice + system + irq + softirq; neither idle nor waiting for disks, guests once */
    cr_assert(r.has_busy && r.busy_ns == 155 * r.step_ns);
    cr_assert(r.has_stolen && r.stolen_ns == 50 * r.step_ns);
    cr_assert_eq(r.n_processors, 2);
    cr_assert(r.has_waited && r.waited_ns == 1750);
    cr_assert(r.has_frequency && r.frequency_mhz == 2400);
    cr_assert(r.at_ns > 0);
}

Test(disturbance_files, missing_values_are_unknown) {
    struct disturbance_reading r;
    struct disturbance d;
    disturbance_read_below(root, &r);
    cr_assert(!r.has_busy && !r.has_stolen && !r.has_waited && !r.has_frequency);
    struct disturbance_reading end = r;
    end.at_ns += 1000000000;
    disturbance_between(&r, &end, &d);
    cr_assert_eq(d.wall_ns, 1000000000);
    cr_assert(!d.has_others && !d.has_stolen && !d.has_waited && !d.has_frequency);
}

Test(disturbance_files, values_of_broken_files_are_unknown) {
    static const char *const stats[] = {
        "", "cpu\n", "cpu  1 2 3\n", "cpux 1 2 3 4\n", "intr 1 2 3 4\n"};
    for (size_t i = 0; i < sizeof stats / sizeof *stats; i++) {
        struct disturbance_reading r;
        file_put("/proc/stat", stats[i]);
        file_put("/proc/self/task/7/schedstat", "nonsense\n");
        file_put("/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "0\n");
        disturbance_read_below(root, &r);
        cr_assert(!r.has_busy && !r.has_waited && !r.has_frequency, "%zu", i);
    }
}

Test(disturbance_files, a_container_without_stolen_time) {
    struct disturbance_reading r;
    file_put("/proc/stat", "cpu  100 20 30 4000 7 2 3\ncpu0 1 1 1 1\n");
    disturbance_read_below(root, &r);
    cr_assert(r.has_busy && !r.has_stolen && r.busy_ns == 155 * r.step_ns);
}
#endif

static const struct disturbance_reading begin = {.at_ns = 5000000000,
    .busy_ns = 100000000000,
    .stolen_ns = 1000000000,
    .step_ns = 10000000,
    .own_ns = 700000000,
    .waited_ns = 40000000,
    .switches = 12,
    .frequency_mhz = 3000,
    .n_processors = 2,
    .has_busy = true,
    .has_stolen = true,
    .has_waited = true,
    .has_switches = true,
    .has_frequency = true};

/* Two seconds later: two processors were busy for 1.5 s in total, 0.9 s of that by this process, 0.2 s stolen. */
static struct disturbance_reading later(void) {
    struct disturbance_reading r = begin;
    r.at_ns += 2000000000;
    r.busy_ns += 1500000000;
    r.own_ns += 900000000;
    r.stolen_ns += 200000000;
    r.waited_ns += 300000000;
    r.switches += 5;
    r.frequency_mhz = 2500;
    return r;
}

static bool near(double a, double b) {
    return fabs(a - b) < 1e-12;
}

Test(disturbance, others_use_the_time_that_is_not_own) {
    struct disturbance d;
    struct disturbance_reading end = later();
    disturbance_between(&begin, &end, &d);
    cr_assert_eq(d.wall_ns, 2000000000);
    cr_assert(d.has_others && near(d.others_cpus, 0.3 + 0.1), "%g", d.others_cpus);
    cr_assert(d.has_stolen && near(d.stolen_cpus, 0.1));
    cr_assert(d.has_waited && near(d.waited_share, 0.15));
    cr_assert(d.has_frequency && d.frequency_mhz == 2500);
    cr_assert(d.has_switches && d.switches == 5);
    cr_assert_eq(d.n_processors, 2);
    /* a step of 10 ms at either end on each of two processors, of 2 s */
    cr_assert(near(d.error_cpus, 0.02), "%g", d.error_cpus);
}

Test(disturbance, own_time_counted_in_finer_steps_gives_no_negative_others) {
    struct disturbance d;
    struct disturbance_reading end = later();
    end.own_ns = begin.own_ns + 1600000000;
    disturbance_between(&begin, &end, &d);
    cr_assert(d.has_others && near(d.others_cpus, d.stolen_cpus), "%g", d.others_cpus);
}

Test(disturbance, counters_that_run_backwards_are_unknown) {
    struct disturbance d;
    struct disturbance_reading end = later();
    end.busy_ns = begin.busy_ns - 1;
    end.waited_ns = begin.waited_ns - 1;
    end.stolen_ns = begin.stolen_ns - 1;
    disturbance_between(&begin, &end, &d);
    cr_assert(!d.has_others && !d.has_waited && !d.has_stolen);
    end = later();
    end.n_processors = 1;
    disturbance_between(&begin, &end, &d);
    cr_assert(!d.has_others && d.has_waited);
    end = later();
    end.at_ns = begin.at_ns - 1;
    disturbance_between(&begin, &end, &d);
    cr_assert(d.wall_ns == 0 && !d.has_others && !d.has_waited);
}

/* The worst of both ends. */
Test(disturbance, thermal_pressure) {
    for (int first = 0; first < 4; first++)
        for (int last = 0; last < 4; last++) {
            const struct disturbance_reading begin = {.at_ns = 1,
                                                 .has_thermal_pressure = true,
                                                 .thermal_pressure = first},
                                             end = {.at_ns = 2,
                                                 .has_thermal_pressure = true,
                                                 .thermal_pressure = last};
            struct disturbance d;
            disturbance_between(&begin, &end, &d);
            cr_expect(
                d.has_thermal_pressure && (int)d.thermal_pressure == (first > last ? first : last),
                "%d, %d: %d", first, last, (int)d.thermal_pressure);
        }
}
