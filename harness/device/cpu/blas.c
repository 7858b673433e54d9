/* SPDX-License-Identifier: MIT */
#include "device/cpu/blas.h"

#include "base/place.h"
#include "device/blas_module.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

int blas_load(struct blas *out, char *why, size_t why_bytes) {
    /* Accelerate reads it when it is loaded. BLASSetThreading of macOS 15 is for one thread only. */
    (void)setenv("VECLIB_MAXIMUM_THREADS", "1", 1);
    char *path = place_program(BLAS_MODULE);
    void *module = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    free(path);
    /* By this handle only what the module depends on is searched. By name alone GSL's own CBLAS, a
     * plain one, would be found first in a program that GSL is linked to. */
    *(void **)&out->sgemm = module ? dlsym(module, "cblas_sgemm") : NULL;
    if (!out->sgemm) {
        (void)snprintf(why, why_bytes,
            "CBLAS does not load: %.400s; build the suite again (meson compile)", dlerror());
        return -1;
    }
    void (*openblas_set_num_threads)(int threads);
    *(void **)&openblas_set_num_threads = dlsym(module, "openblas_set_num_threads");
    if (openblas_set_num_threads)
        openblas_set_num_threads(1);
    *(void **)&out->openblas_get_config = dlsym(module, "openblas_get_config");
    return 0;
}

const char *blas_name(const struct blas *blas) {
#ifdef __APPLE__
    (void)blas;
    return "Accelerate";
#else
    return blas->openblas_get_config ? blas->openblas_get_config() : "CBLAS";
#endif
}
