/* SPDX-License-Identifier: MIT
 *
 * The trainer's threads and their caller, under every schedule: each part and each job is done once, jobs begin
 * in order, and no thread waits for ever.
 */
#include "schedule.h"

#include "train/host/pool.c"

enum { JOBS = 2 };

static int done[JOBS], begun[JOBS], n_begun;

static void part(void *context, int index) {
    SCHEDULE_CHECK(context == done);
    schedule_yield();
    done[index]++;
}

static void job(void *context, int index) {
    begun[n_begun++] = index;
    part(context, index);
}

static struct train_pool *begin(int threads) {
    for (int i = 0; i < JOBS; i++)
        done[i] = 0;
    n_begun = 0;
    struct train_pool *pool = train_pool_create(threads, NULL, NULL);
    SCHEDULE_CHECK(pool != NULL);
    return pool;
}

static void all_done(int n) {
    for (int i = 0; i < n; i++)
        SCHEDULE_CHECK(done[i] == 1);
    for (int i = 0; i < n_begun; i++)
        SCHEDULE_CHECK(begun[i] == i);
}

static void parts_on_two(void) {
    struct train_pool *pool = begin(1);
    train_pool_run(pool, part, done, JOBS);
    all_done(JOBS);
    train_pool_free(pool);
}

static void jobs_on_two(void) {
    struct train_pool *pool = begin(1);
    int unfinished = 0;
    for (int i = 0; i < JOBS; i++)
        train_pool_post(pool, job, done, i, &unfinished);
    train_pool_wait(pool, &unfinished);
    SCHEDULE_CHECK(unfinished == 0);
    all_done(JOBS);
    train_pool_free(pool);
}

/* Freeing waits for a job that nobody waited for. */
static void freed_at_once(void) {
    struct train_pool *pool = begin(1);
    int unfinished = 0;
    train_pool_post(pool, job, done, 0, &unfinished);
    train_pool_free(pool);
    SCHEDULE_CHECK(unfinished == 0);
    all_done(1);
}

static void job_on_three(void) {
    struct train_pool *pool = begin(2);
    int unfinished = 0;
    train_pool_post(pool, job, done, 0, &unfinished);
    train_pool_wait(pool, &unfinished);
    all_done(1);
    train_pool_free(pool);
}

int main(void) {
    schedule_explore("pool: two parts, two threads", parts_on_two, 1);
    schedule_explore("pool: two jobs, two threads", jobs_on_two, 1);
    schedule_explore("pool: freed with a job under way", freed_at_once, 1);
    schedule_explore("pool: one job, three threads", job_on_three, 0);
    return schedule_end() == 0;
}
