/* SPDX-License-Identifier: MIT
 *
 * The machine's CBLAS, as compiled programs call it.
 */
#ifndef ANEPROBE_DEVICE_CPU_BLAS_H
#define ANEPROBE_DEVICE_CPU_BLAS_H

#include "mil/emit.h"

mil_sgemm blas_sgemm;
/* For the whole process; ignored where the library has no such call (Accelerate). */
void blas_threads_set(int threads);
/* Which library, which kernels: "OpenBLAS 0.3.21 ... Zen". */
const char *blas_name(void);

#endif
