/* SPDX-License-Identifier: MIT
 *
 * A product of matrices. Each sum adds up in index order, in fp32; many are done at a time, so that they stay in
 * registers and none waits for another.
 */
#include "mil/eval/eval_ops.h"
#include "mil/fp16.h"

#include <stdlib.h>
#include <string.h>

/* Columns that are next to each other in memory, rows of those at once, and sums of any others. */
enum { STRIP = 16, ROWS = 4, SUMS = 8 };

typedef float sums __attribute__((vector_size(STRIP / 2 * sizeof(float)), aligned(4), may_alias));

static inline __attribute__((always_inline)) void strip_run(int64_t k, int rows,
    const union mil_cell *a, int64_t a_row, int64_t a_step, const union mil_cell *b, int64_t b_step,
    float *c, int64_t c_row) {
    sums left[ROWS] = {{0}}, right[ROWS] = {{0}};
    for (int64_t i = 0; i < k; i++) {
        const sums *y = (const sums *)(b + i * b_step);
        const sums y_left = y[0], y_right = y[1];
        for (int row = 0; row < rows; row++) {
            const float x = a[row * a_row + i * a_step].f;
            left[row] += x * y_left;
            right[row] += x * y_right;
        }
    }
    for (int row = 0; row < rows; row++) {
        sums *z = (sums *)(c + row * c_row);
        z[0] = left[row];
        z[1] = right[row];
    }
}

/* With the steps from one sum to the next in both matrices. */
static inline void sums_run(int64_t k, int n, const union mil_cell *a, int64_t a_step,
    int64_t a_next, const union mil_cell *b, int64_t b_step, int64_t b_next, float *c,
    int64_t c_next) {
    float sum[SUMS] = {0};
    for (int64_t i = 0; i < k; i++)
        for (int j = 0; j < n; j++)
            sum[j] += a[i * a_step + j * a_next].f * b[i * b_step + j * b_next].f;
    for (int j = 0; j < n; j++)
        c[j * c_next] = sum[j];
}

/* Columns from `first` on, without strips: along the longer side. */
static void rest_run(int64_t m, int64_t n, int64_t k, struct eval_matrix a, struct eval_matrix b,
    int64_t first, float *c) {
    const bool by_rows = m >= n - first;
    const int64_t outer = by_rows ? n - first : m, inner = by_rows ? m : n - first;
    const int64_t a_outer = by_rows ? 0 : a.row_step, a_next = by_rows ? a.row_step : 0;
    const int64_t b_outer = by_rows ? b.column_step : 0, b_next = by_rows ? 0 : b.column_step;
    const int64_t c_outer = by_rows ? 1 : n, c_next = by_rows ? n : 1;
    for (int64_t i = 0; i < outer; i++) {
        const union mil_cell *x = a.cells + i * a_outer;
        const union mil_cell *y = b.cells + first * b.column_step + i * b_outer;
        float *z = c + first + i * c_outer;
        int64_t j = 0;
        for (; j + SUMS <= inner; j += SUMS)
            sums_run(k, SUMS, x + j * a_next, a.column_step, a_next, y + j * b_next, b.row_step,
                b_next, z + j * c_next, c_next);
        for (; j < inner; j++)
            sums_run(k, 1, x + j * a_next, a.column_step, 0, y + j * b_next, b.row_step, 0,
                z + j * c_next, 0);
    }
}

void eval_gemm(
    int64_t m, int64_t n, int64_t k, struct eval_matrix a, struct eval_matrix b, float *c) {
    int64_t column = 0;
    for (; b.column_step == 1 && column + STRIP <= n; column += STRIP) {
        int64_t row = 0;
        for (; row + ROWS <= m; row += ROWS)
            strip_run(k, ROWS, a.cells + row * a.row_step, a.row_step, a.column_step,
                b.cells + column, b.row_step, c + row * n + column, n);
        for (; row < m; row++)
            strip_run(k, 1, a.cells + row * a.row_step, 0, a.column_step, b.cells + column,
                b.row_step, c + row * n + column, 0);
    }
    rest_run(m, n, k, a, b, column, c);
}

int eval_gemm_halves(
    int64_t m, int64_t n, int64_t k, const void *a, struct eval_matrix b, float *c) {
    enum { AT_ONCE = 64 };
    union mil_cell *some = malloc((size_t)(AT_ONCE * k + 1) * sizeof *some);
    for (int64_t row = 0; some && row < m; row += AT_ONCE) {
        const int64_t rows = m - row < AT_ONCE ? m - row : AT_ONCE;
        eval_widen(some, MIL_FP16, (const uint16_t *)a + row * k, rows * k);
        eval_gemm(rows, n, k, (struct eval_matrix){some, k, 1}, b, c + row * n);
    }
    const int failed = some ? 0 : -1;
    free(some);
    return failed;
}
