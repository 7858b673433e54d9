/* SPDX-License-Identifier: MIT */
#include "device/cpu/cpu_team.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum {
    ROW_MAJOR = 101,
    PLAIN = 111,
    TRANSPOSED = 112,
    STRIP_MULTIPLE = 16,   /* rows or columns that CBLAS's kernels process at a time */
    STRIP_BYTES = 1 << 18, /* of fp16 rows, 20 us: who is slower computes fewer of them */
    WAITS_AWAKE = 4000,    /* polls before a thread sleeps: 0.2 to 0.3 ms on an EPYC */
    LOOKS_A_TURN = 32
};
/* 10 us at 100 GFLOP/s, and at 13 GB/s: not worth waking others for less. */
static const double flops_min = 1e6, vector_flops_min = 1 << 16;

struct product {
    int trans_a, trans_b, m, n, k, lda, ldb, ldc;
    float alpha, beta;
    const float *a, *b;
    float *c;
    bool by_rows;
    int strip; /* rows, or columns, of one */
    /* In place of all that: m rows of k columns, by a vector b. */
    mil_half_rows *half_rows;
    const uint16_t *halves;
};

struct cpu_team {
    struct blas blas;
    pthread_t *threads;
    int n_threads; /* without the caller */
    struct product product;
    /* Strips of `product` not taken yet; taking one decrements it. The product does not change
     * until all are finished, so a thread that has taken a strip may read it. */
    atomic_int left, unfinished;
    atomic_int n_asleep;
    atomic_bool caller_asleep, stop;
    pthread_mutex_t lock;
    pthread_cond_t wake, finished;
};

static _Thread_local struct cpu_team *current;

/* Yields now and then, in case the host's threads need the core. */
static void look_again(int waits) {
    if (waits % LOOKS_A_TURN == LOOKS_A_TURN - 1) {
        (void)sched_yield();
        return;
    }
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* All of it, or a strip. */
static void product_compute(const struct blas *blas, const struct product *p) {
    const bool a_is_transposed = p->trans_a == TRANSPOSED,
               b_is_transposed = p->trans_b == TRANSPOSED;
    if (p->n == 1)
        blas->sgemv(ROW_MAJOR, p->trans_a, a_is_transposed ? p->k : p->m,
            a_is_transposed ? p->m : p->k, p->alpha, p->a, p->lda, p->b,
            b_is_transposed ? 1 : p->ldb, p->beta, p->c, p->ldc);
    else if (p->m == 1)
        blas->sgemv(ROW_MAJOR, b_is_transposed ? PLAIN : TRANSPOSED, b_is_transposed ? p->n : p->k,
            b_is_transposed ? p->k : p->n, p->alpha, p->b, p->ldb, p->a,
            a_is_transposed ? p->lda : 1, p->beta, p->c, 1);
    else
        blas->sgemm(ROW_MAJOR, p->trans_a, p->trans_b, p->m, p->n, p->k, p->alpha, p->a, p->lda,
            p->b, p->ldb, p->beta, p->c, p->ldc);
}

static void strip_compute(const struct cpu_team *team, int index) {
    struct product p = team->product;
    const int whole = p.by_rows ? p.m : p.n, first = index * p.strip;
    const int size = whole - first < p.strip ? whole - first : p.strip;
    if (p.half_rows) {
        p.half_rows(p.c + first, p.halves + (size_t)first * (size_t)p.k, p.b, size, p.k);
        return;
    }
    if (p.by_rows) {
        p.m = size;
        p.a += (size_t)first * (p.trans_a == TRANSPOSED ? 1 : (size_t)p.lda);
        p.c += (size_t)first * (size_t)p.ldc;
    } else {
        p.n = size;
        p.b += (size_t)first * (p.trans_b == TRANSPOSED ? (size_t)p.ldb : 1);
        p.c += first;
    }
    product_compute(&team->blas, &p);
}

static void wake_all(struct cpu_team *team, pthread_cond_t *condition) {
    pthread_mutex_lock(&team->lock);
    pthread_cond_broadcast(condition);
    pthread_mutex_unlock(&team->lock);
}

/* False when no strip is left. */
static bool strip_take(struct cpu_team *team) {
    int left = atomic_load(&team->left);
    while (left > 0)
        if (atomic_compare_exchange_weak(&team->left, &left, left - 1)) {
            strip_compute(team, left - 1);
            if (atomic_fetch_sub(&team->unfinished, 1) == 1 && atomic_load(&team->caller_asleep))
                wake_all(team, &team->finished);
            return true;
        }
    return false;
}

static void sleep_until_work(struct cpu_team *team) {
    pthread_mutex_lock(&team->lock);
    atomic_fetch_add(&team->n_asleep, 1); /* before the check; who adds work reads it after */
    while (atomic_load(&team->left) == 0 && !atomic_load(&team->stop))
        pthread_cond_wait(&team->wake, &team->lock);
    atomic_fetch_sub(&team->n_asleep, 1);
    pthread_mutex_unlock(&team->lock);
}

/* By sleeping, the caller leaves its core to a thread that has taken a strip and waits for a core.
 */
static void sleep_until_finished(struct cpu_team *team) {
    pthread_mutex_lock(&team->lock);
    atomic_store(&team->caller_asleep, true); /* before the check; who finishes reads it after */
    while (atomic_load(&team->unfinished) > 0)
        pthread_cond_wait(&team->finished, &team->lock);
    atomic_store(&team->caller_asleep, false);
    pthread_mutex_unlock(&team->lock);
}

static void *thread_main(void *context) {
    struct cpu_team *team = context;
    for (int waits = 0; !atomic_load(&team->stop);) {
        if (strip_take(team)) {
            waits = 0;
        } else if (waits++ < WAITS_AWAKE) {
            look_again(waits);
        } else {
            sleep_until_work(team);
            waits = 0;
        }
    }
    return NULL;
}

struct cpu_team *cpu_team_open(int threads, const struct blas *blas) {
    struct cpu_team *team = calloc(1, sizeof *team);
    if (!team)
        return NULL;
    team->blas = *blas;
    pthread_mutex_init(&team->lock, NULL);
    pthread_cond_init(&team->wake, NULL);
    pthread_cond_init(&team->finished, NULL);
    team->threads = calloc((size_t)threads, sizeof *team->threads);
    bool started = team->threads != NULL;
    while (started && team->n_threads < threads - 1) {
        started = pthread_create(&team->threads[team->n_threads], NULL, thread_main, team) == 0;
        team->n_threads += started;
    }
    if (started)
        return team;
    cpu_team_close(team);
    return NULL;
}

void cpu_team_close(struct cpu_team *team) {
    if (!team)
        return;
    atomic_store(&team->stop, true);
    wake_all(team, &team->wake);
    for (int i = 0; i < team->n_threads; i++)
        pthread_join(team->threads[i], NULL);
    pthread_cond_destroy(&team->finished);
    pthread_cond_destroy(&team->wake);
    pthread_mutex_destroy(&team->lock);
    free(team->threads);
    free(team);
}

/* The caller takes strips too, and waits for those that others have taken. */
static void product_share(struct cpu_team *team, const struct product *product, int n_strips) {
    team->product = *product;
    atomic_store(&team->unfinished, n_strips);
    atomic_store(&team->left, n_strips);
    if (atomic_load(&team->n_asleep) > 0)
        wake_all(team, &team->wake);
    while (strip_take(team)) {
    }
    for (int waits = 0; atomic_load(&team->unfinished) > 0; waits++)
        if (waits < WAITS_AWAKE)
            look_again(waits);
        else
            sleep_until_finished(team);
}

/* Rows or columns of a strip, such that there is one a thread; their number. */
static int strips(const struct cpu_team *team, int whole, int *strip) {
    const int multiple = (team->n_threads + 1) * STRIP_MULTIPLE;
    *strip = (whole + multiple - 1) / multiple * STRIP_MULTIPLE;
    return *strip > 0 ? (whole + *strip - 1) / *strip : 0;
}

/* Rows of fp16 are packed nowhere: a strip has any number of them. */
static int half_strips(const struct cpu_team *team, const struct product *p, int *strip) {
    const int threads = team->n_threads + 1;
    const double bytes = (double)sizeof(uint16_t) * p->m * p->k;
    const int rounds = (int)(bytes / ((double)STRIP_BYTES * threads)),
              wanted = threads * (threads > 1 && rounds > 1 ? rounds : 1);
    *strip = (p->m + wanted - 1) / wanted;
    return *strip > 0 ? (p->m + *strip - 1) / *strip : 0;
}

static void team_sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha,
    const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc) {
    struct cpu_team *team = current;
    struct product product = {
        trans_a, trans_b, m, n, k, lda, ldb, ldc, alpha, beta, a, b, c, m >= n, 0, NULL, NULL};
    const int n_strips = strips(team, product.by_rows ? m : n, &product.strip);
    (void)order; /* programs have but one */
    if (n_strips < 2 || 2.0 * m * n * k < (m == 1 || n == 1 ? vector_flops_min : flops_min))
        product_compute(&team->blas, &product);
    else
        product_share(team, &product, n_strips);
}

static void team_half_rows(mil_half_rows *half_rows, float *y, const uint16_t *w, const float *x,
    int64_t rows, int64_t columns) {
    struct cpu_team *team = current;
    struct product product = {.m = (int)rows,
        .k = (int)columns,
        .b = x,
        .c = y,
        .by_rows = true,
        .half_rows = half_rows,
        .halves = w};
    const int n_strips = half_strips(team, &product, &product.strip);
    if (n_strips < 2 || 2.0 * (double)rows * (double)columns < vector_flops_min)
        half_rows(y, w, x, rows, columns);
    else
        product_share(team, &product, n_strips);
}

const struct mil_host *cpu_team_enter(struct cpu_team *team) {
    static const struct mil_host host = {team_sgemm, team_half_rows};
    current = team;
    return &host;
}
