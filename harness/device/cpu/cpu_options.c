/* SPDX-License-Identifier: MIT */
#include "device/cpu/cpu.h"

#include "base/number.h"
#include "device/host/affinity.h"

#include <stdio.h>
#include <string.h>

enum { COMPILE_LIMIT_DEFAULT_S = 60, COMPILE_LIMIT_MAX_S = 86400 };

static int option_set(struct cpu_options *out, const char *key, const char *value, char *reason,
    size_t reason_bytes) {
    uint64_t number;
    if (strcmp(key, "cores") == 0) {
        if (number_whole(value, 1, (uint64_t)affinity_cores(), &number)) {
            out->cores = (int)number;
            return 0;
        }
        snprintf(reason, reason_bytes,
            "cpu:cores=%.32s: give a number of cores from 1 to %d, the cores of this machine",
            value, affinity_cores());
    } else if (strcmp(key, "cache") == 0) {
        if (strcmp(value, "on") == 0 || strcmp(value, "off") == 0) {
            out->cache = strcmp(value, "on") == 0;
            return 0;
        }
        snprintf(reason, reason_bytes, "cpu:cache=%.32s: give `on` or `off`", value);
    } else if (strcmp(key, "compile_limit_s") == 0) {
        if (number_whole(value, 1, COMPILE_LIMIT_MAX_S, &number)) {
            out->compile_limit_s = (unsigned)number;
            return 0;
        }
        snprintf(reason, reason_bytes, "cpu:compile_limit_s=%.32s: give whole seconds from 1 to %d",
            value, COMPILE_LIMIT_MAX_S);
    } else {
        snprintf(reason, reason_bytes,
            "cpu has no option '%.32s'; its options are cores=N, cache=on|off, compile_limit_s=N",
            key);
    }
    return -1;
}

int cpu_options_parse(const char *text, struct cpu_options *out, struct device_error *error) {
    *out =
        (struct cpu_options){.cores = 1, .cache = true, .compile_limit_s = COMPILE_LIMIT_DEFAULT_S};
    while (*text != '\0') {
        char option[128], reason[256];
        size_t length = strcspn(text, ",");
        int n = snprintf(option, sizeof option, "%.*s", (int)(length > 512 ? 512 : length), text);
        char *value = strchr(option, '=');
        if (n < 0 || (size_t)n >= sizeof option || !value) {
            snprintf(reason, sizeof reason,
                "cpu:%.64s: write options as KEY=VALUE, separated by commas, such as "
                "cpu:cores=1,cache=off",
                text);
            device_error_usage(error, reason);
            return -1;
        }
        *value++ = '\0';
        if (option_set(out, option, value, reason, sizeof reason) != 0) {
            device_error_usage(error, reason);
            return -1;
        }
        text += length;
        text += *text == ',';
    }
    return 0;
}

void cpu_options_name(const struct cpu_options *options, char *name, size_t bytes) {
    char limit[48] = "";
    if (options->compile_limit_s != COMPILE_LIMIT_DEFAULT_S)
        snprintf(limit, sizeof limit, ",compile_limit_s=%u", options->compile_limit_s);
    snprintf(
        name, bytes, "cpu:cores=%d%s%s", options->cores, options->cache ? "" : ",cache=off", limit);
}
