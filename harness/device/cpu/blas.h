/* SPDX-License-Identifier: MIT
 *
 * The machine's CBLAS, which compiled programs call. It is loaded when a cpu device is opened:
 * OpenBLAS takes longer to load than the rest of a trial's process, and trials on other devices do
 * not need it.
 */
#ifndef ANEPROBE_DEVICE_CPU_BLAS_H
#define ANEPROBE_DEVICE_CPU_BLAS_H

#include "mil/emit/emit.h"

/* cblas_sgemv's C prototype with its enums as ints. */
typedef void blas_sgemv(int order, int trans_a, int m, int n, float alpha, const float *a, int lda,
    const float *x, int incx, float beta, float *y, int incy);

struct blas {
    mil_sgemm *sgemm; /* cblas_sgemm, its enums as ints */
    blas_sgemv *sgemv;
    char *(*openblas_get_config)(void); /* NULL if it is another library */
};

/* For the rest of the process, with one thread per product (program_begin sees to it): the device's
 * team has its own threads, and divides products into strips. Returns 0, or -1 and the reason when it cannot be loaded. */
int blas_load(struct blas *out, char *why, size_t why_bytes);
/* The library and its kernels: "OpenBLAS 0.3.21 ... Zen". */
const char *blas_name(const struct blas *blas);

#endif
