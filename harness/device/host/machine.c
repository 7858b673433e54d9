/* SPDX-License-Identifier: MIT */
#include "device/host/machine.h"

#include <stdint.h>
#include <stdio.h>
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
    if (file == NULL)
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

void machine_chip(char *text, size_t bytes) {
    line_value("/proc/cpuinfo", "model name", text, bytes);
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
