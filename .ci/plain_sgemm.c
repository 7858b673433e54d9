/* SPDX-License-Identifier: MIT
 *
 * The only function of BLAS that training calls, as it is defined, for LD_PRELOAD: results that still differ between
 * two processors do not differ by the kernels of their BLAS. Build it with -ffp-contract=off.
 */
#include <stddef.h>

enum { TRANSPOSED = 112 }; /* CBLAS's number; its header is not everywhere at the same place */

void cblas_sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha,
    const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc);

static float element(const float *matrix, int stride, int is_transposed, int row, int column) {
    return is_transposed ? matrix[(size_t)column * (size_t)stride + (size_t)row]
                         : matrix[(size_t)row * (size_t)stride + (size_t)column];
}

void cblas_sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha,
    const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc) {
    (void)order; /* the suite's are by rows */
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) {
            float *out = &c[(size_t)i * (size_t)ldc + (size_t)j], sum = 0;
            for (int l = 0; l < k; l++)
                sum += element(a, lda, trans_a == TRANSPOSED, i, l) *
                       element(b, ldb, trans_b == TRANSPOSED, l, j);
            *out = beta == 0 ? alpha * sum : alpha * sum + beta * *out;
        }
}
