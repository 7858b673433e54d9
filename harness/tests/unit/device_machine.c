/* SPDX-License-Identifier: MIT
 *
 * The chip's name from what Linux says of processors.
 */
#include "device/host/machine.h"

#include <criterion/criterion.h>
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
