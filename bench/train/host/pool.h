/* SPDX-License-Identifier: MIT
 *
 * Threads that compute beside the caller's. Jobs are milliseconds of work each.
 */
#ifndef ANEPROBE_TRAIN_POOL_H
#define ANEPROBE_TRAIN_POOL_H

struct train_pool;

/* One part of a job, or one job; `context` must live until it is done. */
typedef void train_job(void *context, int index);

/* 0 threads are fine: the caller does everything. Each thread starts with prepare(device); NULL is
 * fine. NULL when memory or threads are out. */
struct device;
struct train_pool *train_pool_create(
    int threads, void (*prepare)(struct device *), struct device *device);
void train_pool_free(struct train_pool *pool); /* NULL is fine; waits for what was posted */

/* job(context, 0..n-1) on all threads and the caller's; returns when all are done. A NULL pool is
 * one without threads. */
void train_pool_run(struct train_pool *pool, train_job *job, void *context, int n);

/* A job to be done whenever a thread has time; jobs start in the order in which they were posted.
 * *unfinished goes up by one now and down by one when it is done; only train_pool_wait may read it.
 * Without threads, or with more waiting than the pool holds, the caller does one now. */
void train_pool_post(
    struct train_pool *pool, train_job *job, void *context, int index, int *unfinished);
/* Until *unfinished is 0; the caller helps. */
void train_pool_wait(struct train_pool *pool, const int *unfinished);

#endif
