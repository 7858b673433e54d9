/* SPDX-License-Identifier: MIT */
#include "train/host/pool.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

enum { WAITING_MAX = 256 };

struct waiting {
    train_job *job;
    void *context;
    int index, *unfinished;
};

/* The parts of a run: each is taken by the next free thread. */
struct parts {
    train_job *job;
    void *context;
    int n, next, unfinished;
};

struct train_pool {
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    pthread_t *threads;
    int n_threads;
    struct waiting ring[WAITING_MAX];
    int first, n_waiting;
    int n_unfinished;    /* of all posted jobs, waiting or running */
    struct parts *parts; /* the current run, or NULL */
    bool stop;
    void (*prepare)(struct device *); /* of each thread */
    struct device *device;
};

/* Does one part of the run, or else one posted job, with the lock released meanwhile. False when
 * there is nothing to start. */
static bool work_once(struct train_pool *pool) {
    struct parts *parts = pool->parts;
    if (parts && parts->next < parts->n) {
        int index = parts->next++;
        pthread_mutex_unlock(&pool->lock);
        parts->job(parts->context, index);
        pthread_mutex_lock(&pool->lock);
        if (--parts->unfinished == 0)
            pthread_cond_broadcast(&pool->done);
        return true;
    }
    if (pool->n_waiting == 0)
        return false;
    struct waiting job = pool->ring[pool->first];
    pool->first = (pool->first + 1) % WAITING_MAX;
    pool->n_waiting--;
    pthread_mutex_unlock(&pool->lock);
    job.job(job.context, job.index);
    pthread_mutex_lock(&pool->lock);
    pool->n_unfinished--;
    --*job.unfinished;
    pthread_cond_broadcast(&pool->done);
    return true;
}

static void *thread_main(void *context) {
    struct train_pool *pool = context;
    if (pool->prepare)
        pool->prepare(pool->device);
    pthread_mutex_lock(&pool->lock);
    while (!pool->stop)
        if (!work_once(pool))
            pthread_cond_wait(&pool->work, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

struct train_pool *train_pool_create(
    int threads, void (*prepare)(struct device *), struct device *device) {
    struct train_pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return NULL;
    pool->threads = calloc((size_t)threads + 1, sizeof *pool->threads);
    if (!pool->threads) {
        free(pool);
        return NULL;
    }
    pool->prepare = prepare;
    pool->device = device;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->done, NULL);
    for (; pool->n_threads < threads; pool->n_threads++)
        if (pthread_create(&pool->threads[pool->n_threads], NULL, thread_main, pool) != 0) {
            train_pool_free(pool);
            return NULL;
        }
    return pool;
}

void train_pool_free(struct train_pool *pool) {
    if (!pool)
        return;
    train_pool_wait(pool, &pool->n_unfinished);
    pthread_mutex_lock(&pool->lock);
    pool->stop = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < pool->n_threads; i++)
        pthread_join(pool->threads[i], NULL);
    pthread_mutex_destroy(&pool->lock);
    pthread_cond_destroy(&pool->work);
    pthread_cond_destroy(&pool->done);
    free(pool->threads);
    free(pool);
}

void train_pool_run(struct train_pool *pool, train_job *job, void *context, int n) {
    struct parts parts = {job, context, n, 0, n};
    if (!pool || pool->n_threads == 0 || n == 1) {
        for (int i = 0; i < n; i++)
            job(context, i);
        return;
    }
    pthread_mutex_lock(&pool->lock);
    pool->parts = &parts;
    pthread_cond_broadcast(&pool->work);
    while (parts.next < parts.n)
        work_once(pool);
    while (parts.unfinished > 0)
        pthread_cond_wait(&pool->done, &pool->lock);
    pool->parts = NULL;
    pthread_mutex_unlock(&pool->lock);
}

void train_pool_post(
    struct train_pool *pool, train_job *job, void *context, int index, int *unfinished) {
    if (pool->n_threads == 0) {
        job(context, index);
        return;
    }
    pthread_mutex_lock(&pool->lock);
    while (pool->n_waiting == WAITING_MAX)
        work_once(pool);
    pool->ring[(pool->first + pool->n_waiting) % WAITING_MAX] =
        (struct waiting){job, context, index, unfinished};
    pool->n_waiting++;
    pool->n_unfinished++;
    ++*unfinished;
    pthread_cond_signal(&pool->work);
    pthread_mutex_unlock(&pool->lock);
}

void train_pool_wait(struct train_pool *pool, const int *unfinished) {
    pthread_mutex_lock(&pool->lock);
    while (*unfinished > 0)
        if (!work_once(pool))
            pthread_cond_wait(&pool->done, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}
