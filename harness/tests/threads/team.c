/* SPDX-License-Identifier: MIT
 *
 * Threads that share matrix products: every element is computed once and right, whatever the sizes,
 * the transposes and the number of threads, in one product after another, and after the threads have
 * gone to sleep. For the thread sanitizer as well.
 */
#include "device/cpu/cpu_team.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

enum {
    PLAIN = 111,
    TRANSPOSED = 112,
    SIDE = 192,
    WIDE = 16384,
    GAP = 3,
    THREADS_MAX = 4,
    REPEATS = 200
};
static const float untouched = 12345;

static float a[SIDE * (SIDE + GAP)], b[SIDE * (SIDE + GAP)];
static float shared[SIDE * (SIDE + GAP)], alone[SIDE * (SIDE + GAP)];
static atomic_int n_calls;
static int n_tests, n_failed;

static void check(const char *what, int threads, bool holds) {
    printf("%s %d - %s, threads: %d\n", holds ? "ok" : "not ok", ++n_tests, what, threads);
    n_failed += !holds;
}

/* Sums in one order, so that what the team gives must be the same to the bit. */
static void plain_sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha,
    const float *x, int ldx, const float *y, int ldy, float beta, float *z, int ldz) {
    (void)order;
    atomic_fetch_add(&n_calls, 1);
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) {
            float sum = 0;
            for (int l = 0; l < k; l++)
                sum += (trans_a == TRANSPOSED ? x[l * ldx + i] : x[i * ldx + l]) *
                       (trans_b == TRANSPOSED ? y[j * ldy + l] : y[l * ldy + j]);
            z[i * ldz + j] = alpha * sum + (beta == 0 ? 0 : beta * z[i * ldz + j]);
        }
}

/* A matrix by a vector, in the same order. */
static void plain_sgemv(int order, int trans, int m, int n, float alpha, const float *x, int ldx,
    const float *y, int incy, float beta, float *z, int incz) {
    const bool transposed = trans == TRANSPOSED;
    plain_sgemm(order, trans, PLAIN, transposed ? n : m, 1, transposed ? m : n, alpha, x, ldx, y,
        incy, beta, z, incz);
}

/* Computed once: with beta = 1 a strip computed twice would add twice. */
static bool product_is_right(mil_sgemm *sgemm, int trans_a, int trans_b, int m, int n, int k) {
    const int lda = (trans_a == TRANSPOSED ? m : k) + GAP;
    const int ldb = (trans_b == TRANSPOSED ? k : n) + GAP, ldc = n + GAP;
    for (int i = 0; i < SIDE * (SIDE + GAP); i++)
        shared[i] = alone[i] = untouched;
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++)
            shared[i * ldc + j] = alone[i * ldc + j] = (float)((i + j) % 7);
    plain_sgemm(101, trans_a, trans_b, m, n, k, 0.5f, a, lda, b, ldb, 1, alone, ldc);
    sgemm(101, trans_a, trans_b, m, n, k, 0.5f, a, lda, b, ldb, 1, shared, ldc);
    bool same = true; /* around the product too */
    for (int i = 0; i < SIDE * (SIDE + GAP); i++)
        same &= shared[i] == alone[i];
    return same;
}

static bool sizes_are_right(mil_sgemm *sgemm) {
    static const int sizes[][3] = {{SIDE, SIDE, SIDE}, {SIDE, 65, 100}, {65, SIDE, 100},
        {129, 131, 97}, {SIDE, 16, SIDE}, {1, SIDE, SIDE}, {SIDE, 1, SIDE}, {17, 33, 5}, {1, 1, 1}};
    bool right = true;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int way = 0; way < 4; way++)
            right &= product_is_right(sgemm, way & 1 ? TRANSPOSED : PLAIN,
                way & 2 ? TRANSPOSED : PLAIN, sizes[i][0], sizes[i][1], sizes[i][2]);
    return right;
}

static int calls_of(mil_sgemm *sgemm, int m, int n, int k) {
    atomic_store(&n_calls, 0);
    sgemm(101, PLAIN, PLAIN, m, n, k, 1, a, k, b, n, 0, shared, n);
    return atomic_load(&n_calls);
}

/* In place of a compiled program's function: counts calls, and how often each row is computed. A row's weights
 * begin with its number. */
static atomic_int n_rows_done[SIDE];
static uint16_t halves[SIDE * WIDE];

static void note_rows(float *y, const uint16_t *w, const float *x, int64_t rows, int64_t columns) {
    (void)x;
    atomic_fetch_add(&n_calls, 1);
    for (int64_t r = 0; r < rows; r++)
        if (w[r * columns] == y + r - shared)
            atomic_fetch_add(&n_rows_done[y + r - shared], 1);
}

/* The number of calls; -1 unless every row was computed once, from its own place. */
static int half_calls_of(const struct mil_host *host, int rows, int columns) {
    bool once = true;
    atomic_store(&n_calls, 0);
    for (int i = 0; i < SIDE; i++)
        atomic_store(&n_rows_done[i], 0);
    for (int i = 0; i < rows; i++)
        halves[i * columns] = (uint16_t)i;
    host->half_rows(note_rows, shared, halves, b, rows, columns);
    for (int i = 0; i < SIDE; i++)
        once &= atomic_load(&n_rows_done[i]) == (i < rows);
    return once ? atomic_load(&n_calls) : -1;
}

int main(void) {
    const struct timespec long_enough_to_sleep = {.tv_nsec = 20000000};
    for (int i = 0; i < SIDE * (SIDE + GAP); i++) {
        a[i] = (float)(i % 1013) / 1013 - 0.5f;
        b[i] = (float)(i % 997) / 997 - 0.5f;
    }
    for (int threads = 1; threads <= THREADS_MAX; threads++) {
        const struct blas plain = {.sgemm = plain_sgemm, .sgemv = plain_sgemv};
        struct cpu_team *team = cpu_team_open(threads, &plain);
        if (team == NULL) {
            printf("Bail out! no team of %d threads\n", threads);
            return 99;
        }
        const struct mil_host *host = cpu_team_enter(team);
        mil_sgemm *sgemm = host->sgemm;
        check("all sizes and transposes", threads, sizes_are_right(sgemm));
        check("a large product is a strip a thread", threads,
            calls_of(sgemm, SIDE, SIDE, SIDE) == threads);
        check("a small one is not cut", threads, calls_of(sgemm, 64, 64, 64) == 1);
        check("a matrix by a vector is a strip a thread", threads,
            calls_of(sgemm, SIDE, 1, SIDE) == threads && calls_of(sgemm, 1, SIDE, SIDE) == threads);
        check("a small one is not cut", threads, calls_of(sgemm, 64, 1, 64) == 1);
        check("rows of fp16 are a strip a thread", threads,
            half_calls_of(host, SIDE, SIDE) == threads &&
                half_calls_of(host, SIDE - 5, SIDE) == threads);
        check("a few are not cut", threads, half_calls_of(host, 64, 64) == 1);
        /* 6 MB */
        check("many are strips of 256 KB, the same number a thread", threads,
            half_calls_of(host, SIDE, WIDE) == (threads == 1 ? 1 : 24));
        bool right = true;
        for (int i = 0; i < REPEATS; i++)
            right &= product_is_right(sgemm, PLAIN, PLAIN, 129, 64, 64);
        check("one after another", threads, right);
        right = true;
        for (int i = 0; i < 5; i++) {
            (void)nanosleep(&long_enough_to_sleep, NULL);
            right &= product_is_right(sgemm, PLAIN, TRANSPOSED, 129, 64, 64);
        }
        check("after a sleep", threads, right);
        cpu_team_close(team);
    }
    printf("1..%d\n", n_tests);
    return n_failed != 0;
}
