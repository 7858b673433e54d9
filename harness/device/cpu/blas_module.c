/* SPDX-License-Identifier: MIT */
#include "device/cpu/blas.h"

#ifdef __APPLE__
#include <Accelerate/Accelerate.h>
#else
#include <cblas.h>
#endif

static void sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha,
    const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc) {
    cblas_sgemm(order, trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

#ifdef HAVE_OPENBLAS
static void threads_set(int threads) {
    openblas_set_num_threads(threads);
}

static const char *name(void) {
    return openblas_get_config();
}
#else
static void threads_set(int threads) {
    (void)threads;
}

static const char *name(void) {
#ifdef __APPLE__
    return "Accelerate";
#else
    return "CBLAS";
#endif
}
#endif

extern const struct blas aneprobe_blas;
const struct blas aneprobe_blas = {sgemm, threads_set, name};
