/* SPDX-License-Identifier: MIT
 *
 * All schedules of a few threads that share locks: at each call of pthreads the next thread to run is chosen,
 * and a scenario runs again and again until every choice was made. One thread runs at a time and can change
 * only at calls of pthreads: the code between two of them counts as one step, which is right if there are no
 * data races (which the thread sanitizer checks).
 *
 * The code under test is included after this header, in the test's own file.
 */
#ifndef ANEPROBE_TESTS_THREADS_SCHEDULE_H
#define ANEPROBE_TESTS_THREADS_SCHEDULE_H

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* Runs the scenario under every schedule and prints one TAP line, with how many there were; a check
 * that does not hold, a deadlock or a thread that is left over ends the program, with the schedule.
 * In each schedule, each wait may also end spuriously once, `spurious` times in total. */
void schedule_explore(const char *name, void (*scenario)(void), int spurious);
/* Prints the plan; the number of explorations made. */
int schedule_end(void);

/* A place where another thread may run. */
void schedule_yield(void);

#define SCHEDULE_CHECK(condition)                                                                  \
    do {                                                                                           \
        if (!(condition))                                                                          \
            schedule_fail(#condition, __FILE__, __LINE__);                                         \
    } while (0)
_Noreturn void schedule_fail(const char *what, const char *file, int line);

int schedule_create(
    pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *context);
int schedule_join(pthread_t thread, void **result);
int schedule_lock(pthread_mutex_t *lock);
int schedule_unlock(pthread_mutex_t *lock);
int schedule_wait(pthread_cond_t *condition, pthread_mutex_t *lock);
int schedule_signal(pthread_cond_t *condition);
int schedule_broadcast(pthread_cond_t *condition);

#ifndef ANEPROBE_TESTS_THREADS_SCHEDULER /* which has threads of its own */
#define pthread_create schedule_create
#define pthread_join schedule_join
#define pthread_mutex_lock schedule_lock
#define pthread_mutex_unlock schedule_unlock
#define pthread_cond_wait schedule_wait
#define pthread_cond_signal schedule_signal
#define pthread_cond_broadcast schedule_broadcast
#endif

#endif
