/* SPDX-License-Identifier: MIT */
#include "device/host/machine.h"

#include "base/clock.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#ifdef __APPLE__
#include <sys/sysctl.h>

void machine_chip(char *text, size_t bytes) {
    size_t length = bytes;
    if (sysctlbyname("machdep.cpu.brand_string", text, &length, NULL, 0) != 0)
        snprintf(text, bytes, "unknown");
}

void machine_os(char *text, size_t bytes) {
    char version[64], build[64];
    size_t version_length = sizeof version, build_length = sizeof build;
    if (sysctlbyname("kern.osproductversion", version, &version_length, NULL, 0) != 0 ||
        sysctlbyname("kern.osversion", build, &build_length, NULL, 0) != 0)
        snprintf(text, bytes, "macOS");
    else
        snprintf(text, bytes, "macOS %s (%s)", version, build);
}

unsigned long long machine_memory_bytes(void) {
    uint64_t bytes = 0;
    size_t length = sizeof bytes;
    return sysctlbyname("hw.memsize", &bytes, &length, NULL, 0) == 0 ? bytes : 0;
}
#else
/* The value after `key` and the separators in the first line of `path` that starts with it. */
static void line_value(const char *path, const char *key, char *text, size_t bytes) {
    snprintf(text, bytes, "unknown");
    FILE *file = fopen(path, "r");
    if (!file)
        return;
    char line[512];
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, key, strlen(key)) != 0)
            continue;
        char *value = line + strlen(key);
        value += strspn(value, " \t:=\"");
        value[strcspn(value, "\"\n")] = '\0';
        snprintf(text, bytes, "%s", value);
        break;
    }
    fclose(file);
}

/* 64-bit ARM cores by the numbers that Linux reports (Linux, arch/arm64/include/asm/cputype.h). */
static const struct {
    unsigned long implementer, part;
    const char *name;
} arm_cores[] = {
    {0x41, 0xd03, "Arm Cortex-A53"},
    {0x41, 0xd08, "Arm Cortex-A72"},
    {0x41, 0xd0b, "Arm Cortex-A76"},
    {0x41, 0xd0c, "Arm Neoverse-N1"},
    {0x41, 0xd40, "Arm Neoverse-V1"},
    {0x41, 0xd49, "Arm Neoverse-N2"},
    {0x41, 0xd4f, "Arm Neoverse-V2"},
    {0x61, 0x022, "Apple M1"},
    {0x61, 0x023, "Apple M1"},
    {0x61, 0x024, "Apple M1 Pro"},
    {0x61, 0x025, "Apple M1 Pro"},
    {0x61, 0x028, "Apple M1 Max"},
    {0x61, 0x029, "Apple M1 Max"},
    {0x61, 0x032, "Apple M2"},
    {0x61, 0x033, "Apple M2"},
};

static void arm_chip(const char *cpuinfo, char *text, size_t bytes) {
    char implementer[32], part[32];
    line_value(cpuinfo, "CPU implementer", implementer, sizeof implementer);
    line_value(cpuinfo, "CPU part", part, sizeof part);
    if (strcmp(implementer, "unknown") == 0 || strcmp(part, "unknown") == 0)
        return;
    snprintf(text, bytes, "ARM implementer %s part %s", implementer, part);
    for (size_t i = 0; i < sizeof arm_cores / sizeof *arm_cores; i++)
        if (strtoul(implementer, NULL, 16) == arm_cores[i].implementer &&
            strtoul(part, NULL, 16) == arm_cores[i].part)
            snprintf(text, bytes, "%s", arm_cores[i].name);
}

void machine_chip_read(const char *cpuinfo, char *text, size_t bytes) {
    line_value(cpuinfo, "model name", text, bytes);
    if (strcmp(text, "unknown") == 0)
        arm_chip(cpuinfo, text, bytes);
}

void machine_chip(char *text, size_t bytes) {
    machine_chip_read("/proc/cpuinfo", text, bytes);
}

void machine_os(char *text, size_t bytes) {
    line_value("/etc/os-release", "PRETTY_NAME", text, bytes);
}

unsigned long long machine_memory_bytes(void) {
    long pages = sysconf(_SC_PHYS_PAGES), page_bytes = sysconf(_SC_PAGESIZE);
    return pages > 0 && page_bytes > 0 ? (unsigned long long)pages * (unsigned long long)page_bytes
                                       : 0;
}
#endif

void machine_kernel(char *text, size_t bytes) {
    struct utsname system;
    if (uname(&system) < 0)
        snprintf(text, bytes, "unknown");
    else
        snprintf(text, bytes, "%s %s %s", system.sysname, system.release, system.machine);
}

unsigned machine_clock_step_ns(void) {
    uint64_t least = 0, before = clock_monotonic_ns();
    for (int i = 0; i < 10000; i++) {
        const uint64_t now = clock_monotonic_ns(), step = now - before;
        before = now;
        if (step > 0 && (least == 0 || step < least))
            least = step;
    }
    return (unsigned)least;
}
