/* SPDX-License-Identifier: MIT
 *
 * The machine's CBLAS, as compiled programs call it. It is a module that the cpu device loads:
 * OpenBLAS takes longer to load than the rest of a trial's process, and trials on other devices need
 * none of it.
 */
#ifndef ANEPROBE_DEVICE_CPU_BLAS_H
#define ANEPROBE_DEVICE_CPU_BLAS_H

#include "mil/emit.h"

struct blas {
    mil_sgemm *sgemm;
    /* For the whole process; ignored where the library has no such call (Accelerate). */
    void (*threads_set)(int threads);
    /* Which library, which kernels: "OpenBLAS 0.3.21 ... Zen". */
    const char *(*name)(void);
};

/* For the rest of the process. NULL and the reason: it does not load. */
const struct blas *blas_load(char *why, size_t why_bytes);

#endif
