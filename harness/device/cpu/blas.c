/* SPDX-License-Identifier: MIT */
#include "device/cpu/blas.h"

#include <dlfcn.h>
#include <stdio.h>

const struct blas *blas_load(char *why, size_t why_bytes) {
    void *module = dlopen(BLAS_MODULE, RTLD_NOW | RTLD_LOCAL);
    const struct blas *blas = module ? dlsym(module, "aneprobe_blas") : NULL;
    if (!blas)
        (void)snprintf(why, why_bytes,
            "CBLAS does not load: %.400s; build the suite again (meson "
            "compile)",
            dlerror());
    return blas;
}
