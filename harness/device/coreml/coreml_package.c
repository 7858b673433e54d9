/* SPDX-License-Identifier: MIT */
#include "device/coreml/coreml_package.h"

#include "base/place.h"
#include "device/package_module.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

const struct coreml_package_writer *coreml_package_load(char *why, size_t why_bytes) {
    char *path = place_program(PACKAGE_MODULE);
    void *module = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    free(path);
    const struct coreml_package_writer *found =
        module ? dlsym(module, "aneprobe_package_writer") : NULL;
    if (!found)
        (void)snprintf(why, why_bytes,
            "cannot load the writer of packages: %.400s; build the suite again (meson compile)",
            dlerror());
    return found;
}
