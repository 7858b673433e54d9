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

char *place_tool(const char *path) {
    const char *slash = strrchr(path, '/');
    const char *tools = environment("ANEPROBE_TOOLS", NULL);
    return tools != NULL ? path_join(tools, slash != NULL ? slash + 1 : path)
                         : path_join(CONFIG_BUILD_ROOT, path);
}
