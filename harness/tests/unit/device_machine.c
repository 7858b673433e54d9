/* SPDX-License-Identifier: MIT
 *
 * What Linux says about processors: the chip's name, and which of them are reserved for evals.
 */
#ifdef __linux__
#define _GNU_SOURCE /* sched_setaffinity and CPU_SET */
#endif
#include "device/host/affinity.h"
#include "device/host/machine.h"

#include <criterion/criterion.h>
#include <errno.h>
#ifdef __linux__
#include <sched.h>
#endif
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef __APPLE__
static void chip_is(const char *cpuinfo, const char *name) {
    char path[] = "/tmp/aneprobe-cpuinfo.XXXXXX", text[64];
    int file = mkstemp(path);
    cr_assert(file >= 0 && write(file, cpuinfo, strlen(cpuinfo)) == (ssize_t)strlen(cpuinfo));
    close(file);
    machine_chip_read(path, text, sizeof text);
    unlink(path);
    cr_expect_str_eq(text, name);
}

Test(device_machine, chips) {
    chip_is("processor\t: 0\nmodel name\t: AMD EPYC 7B13\n", "AMD EPYC 7B13");
    chip_is("processor\t: 0\nBogoMIPS\t: 243.75\nCPU implementer\t: 0x41\nCPU variant\t: 0x3\n"
            "CPU part\t: 0xd0c\n",
        "Arm Neoverse-N1");
    chip_is("CPU implementer\t: 0x61\nCPU part\t: 0x023\n", "Apple M1");
    chip_is("CPU implementer\t: 0x46\nCPU part\t: 0x003\n", "ARM implementer 0x46 part 0x003");
    chip_is("CPU implementer\t: 0x41\n", "unknown");
    chip_is("", "unknown");
}
#endif

#ifdef __linux__
static cpu_set_t here(void) {
    cpu_set_t set;
    cr_assert_eq(sched_getaffinity(0, sizeof set, &set), 0);
    return set;
}

/* This process may use the first n of its processors from here on; false when it has fewer. */
static bool processors_keep(int n) {
    cpu_set_t set = here();
    for (int i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &set) && n-- <= 0)
            CPU_CLR(i, &set);
    cr_assert_eq(sched_setaffinity(0, sizeof set, &set), 0);
    return n <= 0;
}

Test(device_machine, two_processors_are_enough_to_isolate_evals) {
    if (!processors_keep(2))
        cr_skip("one processor only");
    const cpu_set_t both = here();
    cr_expect_eq(affinity_cores(), 2);
    cr_expect(affinity_can_isolate());
    cr_assert_eq(affinity_pin_eval(), 0);
    const cpu_set_t eval = here();
    cr_assert_eq(affinity_pin_rest(), 0);
    const cpu_set_t rest = here();
    cr_expect(CPU_COUNT(&eval) == 1 && CPU_COUNT(&rest) == 1 && !CPU_EQUAL(&eval, &rest));
    cr_assert_eq(affinity_unpin(), 0);
    const cpu_set_t after = here();
    cr_expect(CPU_EQUAL(&after, &both));
}

Test(device_machine, one_processor_is_not_enough_to_isolate_evals) {
    processors_keep(1);
    const cpu_set_t one = here();
    cr_expect_eq(affinity_cores(), 1);
    cr_expect_not(affinity_can_isolate());
    cr_expect_eq(affinity_pin_eval(), ENOTSUP);
    cr_expect_eq(affinity_pin_rest(), ENOTSUP);
    const cpu_set_t after = here();
    cr_expect(CPU_EQUAL(&after, &one));
}
#endif
