/* SPDX-License-Identifier: MIT
 *
 * What is known of the machine. Nothing that names the machine or its user.
 */
#include "device/cpu/cpu.h"

#include "device/cpu/affinity.h"
#include "device/cpu/blas.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#ifdef __APPLE__
#include <sys/sysctl.h>

static void chip_name(char *text, size_t bytes) {
    size_t length = bytes;
    if (sysctlbyname("machdep.cpu.brand_string", text, &length, NULL, 0) != 0)
        snprintf(text, bytes, "unknown");
}

static void os_name(char *text, size_t bytes) {
    char version[64], build[64];
    size_t version_length = sizeof version, build_length = sizeof build;
    if (sysctlbyname("kern.osproductversion", version, &version_length, NULL, 0) != 0 ||
        sysctlbyname("kern.osversion", build, &build_length, NULL, 0) != 0)
        snprintf(text, bytes, "macOS");
    else
        snprintf(text, bytes, "macOS %s (%s)", version, build);
}

static unsigned long long memory_bytes(void) {
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

static void chip_name(char *text, size_t bytes) {
    line_value("/proc/cpuinfo", "model name", text, bytes);
}

static void os_name(char *text, size_t bytes) {
    line_value("/etc/os-release", "PRETTY_NAME", text, bytes);
}

static unsigned long long memory_bytes(void) {
    long pages = sysconf(_SC_PHYS_PAGES), page_bytes = sysconf(_SC_PAGESIZE);
    return pages > 0 && page_bytes > 0 ? (unsigned long long)pages * (unsigned long long)page_bytes
                                       : 0;
}
#endif

static const char *isolation_text(const struct cpu_device *device) {
    if (device->isolated)
        return "yes: evals on one core, compiles on the others";
    if (device->options.cores > 1)
        return "no: only cores=1 keeps evals and compiles apart";
#ifdef __APPLE__
    return "no: macOS does not keep threads on cores";
#else
    return "no: this process may use one core only";
#endif
}

void cpu_properties(struct device *device, device_property_fn *put, void *context) {
    struct cpu_device *cpu = cpu_of(device);
    char text[512];
    struct utsname system;
    put(context, "device", device->name);
    put(context, "clock", device->table->clock);
    chip_name(text, sizeof text);
    put(context, "chip", text);
    os_name(text, sizeof text);
    put(context, "os", text);
    if (uname(&system) == 0) {
        snprintf(text, sizeof text, "%s %s %s", system.sysname, system.release, system.machine);
        put(context, "kernel", text);
    }
    snprintf(text, sizeof text, "%d", affinity_cores());
    put(context, "cores", text);
    snprintf(text, sizeof text, "%llu", memory_bytes());
    put(context, "memory_bytes", text);
    cpu_compiler_version(cpu, text, sizeof text);
    put(context, "compiler", text);
    put(context, "blas", blas_name());
    put(context, "clock_source", CLOCK_MONOTONIC_NAME);
    put(context, "core_isolation", isolation_text(cpu));
    put(context, "qos_as_nice",
        priority_can_raise()
            ? "utility +5, background +10, others 0"
            : "utility +5, background +10, others 0; no way back up for a thread without "
              "privileges, so classes are only told apart on fresh threads");
}
