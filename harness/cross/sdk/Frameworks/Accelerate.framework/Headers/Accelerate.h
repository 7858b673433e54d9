/* SPDX-License-Identifier: MIT
 *
 * The parts of Accelerate's CBLAS that are used. As in Apple's headers since macOS 13.3, names
 * belong to the new interface if ACCELERATE_NEW_LAPACK is defined, and are deprecated otherwise.
 * For the cross build only.
 */
#ifndef ANEPROBE_CROSS_ACCELERATE_H
#define ANEPROBE_CROSS_ACCELERATE_H

enum CBLAS_ORDER { CblasRowMajor = 101, CblasColMajor = 102 };
enum CBLAS_TRANSPOSE { CblasNoTrans = 111, CblasTrans = 112, CblasConjTrans = 113 };

#ifdef ACCELERATE_NEW_LAPACK
#define ACCELERATE_NAMED(name) __asm("_" name "$NEWLAPACK")
#else
#define ACCELERATE_NAMED(name)                                                                     \
    __attribute__((deprecated("compile with -DACCELERATE_NEW_LAPACK for the new interface")))
#endif

void cblas_sgemm(const enum CBLAS_ORDER order, const enum CBLAS_TRANSPOSE trans_a,
    const enum CBLAS_TRANSPOSE trans_b, const int m, const int n, const int k, const float alpha,
    const float *a, const int lda, const float *b, const int ldb, const float beta, float *c,
    const int ldc) ACCELERATE_NAMED("cblas_sgemm");
void cblas_sgemv(const enum CBLAS_ORDER order, const enum CBLAS_TRANSPOSE trans_a, const int m,
    const int n, const float alpha, const float *a, const int lda, const float *x, const int incx,
    const float beta, float *y, const int incy) ACCELERATE_NAMED("cblas_sgemv");

#endif
