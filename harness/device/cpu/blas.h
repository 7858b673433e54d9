/* SPDX-License-Identifier: MIT
 *
 * The machine's CBLAS, as compiled programs call it. It is loaded when a cpu device is opened:
 * OpenBLAS takes longer to load than the rest of a trial's process, and trials on other devices need
 * none of it.
 */
#ifndef ANEPROBE_DEVICE_CPU_BLAS_H
#define ANEPROBE_DEVICE_CPU_BLAS_H

#include "mil/emit/emit.h"

struct blas {
    mil_sgemm *sgemm;                   /* cblas_sgemm, its enums as ints */
    char *(*openblas_get_config)(void); /* NULL where the library is another one */
};

/* For the rest of the process, with one thread for each product: the device's team has threads of
 * its own, and takes strips. Returns 0, or -1 and the reason: it does not load. */
int blas_load(struct blas *out, char *why, size_t why_bytes);
/* Which library, which kernels: "OpenBLAS 0.3.21 ... Zen". */
const char *blas_name(const struct blas *blas);

#endif
