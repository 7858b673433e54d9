/* SPDX-License-Identifier: MIT */
#include "runner/command/places.h"
#include "runner/config.h"
#include "base/files.h"

#include <stdlib.h>
#include <string.h>

static const char *environment(const char *name, const char *otherwise) {
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : otherwise;
}

char *place_in_source(const char *path) {
    return path_join(environment("ANEPROBE_SOURCE", CONFIG_SOURCE_ROOT), path);
}

char *place_manifest(void) {
    return strdup(environment("ANEPROBE_PROGRAMS", CONFIG_BUILD_ROOT "/programs.csv"));
}

char *place_devices_tool(void) {
    return path_join(
        environment("ANEPROBE_TOOLS", CONFIG_BUILD_ROOT "/harness/device"), "aneprobe-devices");
}

char *place_doctor_tool(void) {
    return path_join(
        environment("ANEPROBE_TOOLS", CONFIG_BUILD_ROOT "/harness/doctor"), "aneprobe-doctor");
}

char *place_mil_tool(void) {
    return path_join(
        environment("ANEPROBE_TOOLS", CONFIG_BUILD_ROOT "/harness/mil"), "aneprobe-mil");
}

char *place_plan_tool(void) {
    return path_join(
        environment("ANEPROBE_TOOLS", CONFIG_BUILD_ROOT "/bench/train/plan"), "aneprobe-plan");
}

char *place_train_tool(void) {
    return path_join(
        environment("ANEPROBE_TOOLS", CONFIG_BUILD_ROOT "/bench/train"), "aneprobe-train");
}
