/* SPDX-License-Identifier: MIT
 *
 * Nothing but the need of the CBLAS that the suite was configured with: blas_load looks into what
 * this library depends on.
 */
#ifdef __APPLE__
#include <Accelerate/Accelerate.h>
#else
#include <cblas.h>
#endif

/* As long as it is referred to, no linker leaves the dependency out. */
extern void (*const aneprobe_blas_needed)(void);
void (*const aneprobe_blas_needed)(void) = (void (*)(void))cblas_sgemm;
