/* SPDX-License-Identifier: MIT */
#include "device/cpu/blas.h"

#include "base/place.h"
#include "device/blas_module.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

int blas_load(struct blas *out, char *why, size_t why_bytes) {
    char *path = place_program(BLAS_MODULE);
    void *module = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    free(path);
    /* Through this handle only the module's dependencies are searched. By name alone, a program
     * linked with GSL would find GSL's plain CBLAS first. */
    *(void **)&out->sgemm = module ? dlsym(module, "cblas_sgemm") : NULL;
    *(void **)&out->sgemv = module ? dlsym(module, "cblas_sgemv") : NULL;
    if (!out->sgemm || !out->sgemv) {
        (void)snprintf(why, why_bytes,
            "cannot load CBLAS: %.400s; build the suite again (meson compile)", dlerror());
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
