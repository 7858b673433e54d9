/* SPDX-License-Identifier: MIT
 *
 * Threads that compute in parallel with the caller. Each job is milliseconds of work.
 */
#ifndef ANEPROBE_TRAIN_POOL_H
#define ANEPROBE_TRAIN_POOL_H

struct train_pool;

/* One part of a job, or one job; `context` must live until it is done. */
typedef void train_job(void *context, int index);

/* With 0 threads the caller does everything. Each thread starts with prepare(device), which may be
 * NULL. NULL when out of memory or threads. */
struct device;
struct train_pool *train_pool_create(
    int threads, void (*prepare)(struct device *), struct device *device);
void train_pool_free(struct train_pool *pool); /* NULL is allowed; waits for posted jobs */

/* Runs job(context, 0..n-1) on all threads and the caller's; returns when all are done. A NULL pool
 * has no threads. */
void train_pool_run(struct train_pool *pool, train_job *job, void *context, int n);

/* Posts a job for the next free thread; jobs start in the order posted. *unfinished goes up by one
 * now and down by one when it is done; only train_pool_wait may read it. Without threads, or with
 * more waiting than the pool holds, the caller does one now. */
void train_pool_post(
    struct train_pool *pool, train_job *job, void *context, int index, int *unfinished);
/* Waits until *unfinished is 0; the caller helps. */
void train_pool_wait(struct train_pool *pool, const int *unfinished);

#endif
