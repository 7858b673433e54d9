/* SPDX-License-Identifier: MIT
 *
 * Only a dependency on the CBLAS that the suite was configured with: blas_load searches this
 * library's dependencies.
 */
#ifdef __APPLE__
#include <Accelerate/Accelerate.h>
#else
#include <cblas.h>
#endif

/* A reference, so that no linker drops the dependency. */
extern void (*const aneprobe_blas_needed)(void);
void (*const aneprobe_blas_needed)(void) = (void (*)(void))cblas_sgemm;
