/* SPDX-License-Identifier: MIT
 *
 * Depth first: a run follows the choices that are known and takes the first of each new one; the
 * last choice that has an alternative is then changed for the next run.
 */
#define ANEPROBE_TESTS_THREADS_SCHEDULER
#include "schedule.h"

#include <stdbool.h>

enum { THREADS_MAX = 6, LOCKS_MAX = 4, CHOICES_MAX = 1000 };

enum standing { CAN_GO, WANTS_LOCK, WAITS, JOINS, OVER };

struct thread {
    pthread_t id;
    pthread_cond_t turn;
    enum standing standing;
    const void *on;        /* the lock, the condition, or the thread */
    pthread_mutex_t *lock; /* to be taken again after a wait */
    void *(*run)(void *);
    void *context;
};

static struct {
    pthread_mutex_t baton;
    int running;
    struct thread threads[THREADS_MAX];
    int n_threads;
    struct {
        const pthread_mutex_t *lock;
        int owner;
    } locks[LOCKS_MAX]; /* those that are held */
    int n_spurious;     /* waits that may still end spuriously */
    struct {
        int taken, of;
    } choices[CHOICES_MAX];
    int depth, n_choices;
} s = {.baton = PTHREAD_MUTEX_INITIALIZER};

static _Thread_local int self;
static int n_explored;

_Noreturn void schedule_fail(const char *what, const char *file, int line) {
    printf("not ok %d - %s:%d: %s\n# thread %d, choices:", n_explored + 1, file, line, what, self);
    for (int i = 0; i < s.depth; i++)
        printf(" %d/%d", s.choices[i].taken, s.choices[i].of);
    printf("\n1..%d\n", n_explored + 1);
    fflush(stdout);
    _Exit(1); /* other threads sit in their waits */
}

/* One of n. */
static int choose(int n) {
    if (n == 1)
        return 0;
    SCHEDULE_CHECK(s.depth < CHOICES_MAX);
    if (s.depth == s.n_choices) {
        s.choices[s.n_choices].taken = 0;
        s.choices[s.n_choices++].of = n;
    }
    SCHEDULE_CHECK(s.choices[s.depth].of == n); /* or the scenario is not the same every time */
    return s.choices[s.depth++].taken;
}

static int lock_owner(const pthread_mutex_t *lock) {
    for (int i = 0; i < LOCKS_MAX; i++)
        if (s.locks[i].lock == lock)
            return s.locks[i].owner;
    return -1;
}

static void lock_take(const pthread_mutex_t *lock) {
    int i = 0;
    while (i < LOCKS_MAX && s.locks[i].lock)
        i++;
    SCHEDULE_CHECK(i < LOCKS_MAX);
    s.locks[i].lock = lock;
    s.locks[i].owner = self;
}

static void lock_release(const pthread_mutex_t *lock) {
    SCHEDULE_CHECK(lock_owner(lock) == self);
    for (int i = 0; i < LOCKS_MAX; i++)
        if (s.locks[i].lock == lock)
            s.locks[i].lock = NULL;
}

static bool can_go(const struct thread *t) {
    switch (t->standing) {
    case CAN_GO:
        return true;
    case WANTS_LOCK:
        return lock_owner(t->on) < 0;
    case JOINS:
        return ((const struct thread *)t->on)->standing == OVER;
    case WAITS:
    case OVER:
        break;
    }
    return false;
}

/* Gives the turn to one of the threads that can run, perhaps this one. */
static void turn_give(void) {
    int who[THREADS_MAX], n = 0, n_over = 0;
    for (int i = 0; i < s.n_threads; i++) {
        if (can_go(&s.threads[i]))
            who[n++] = i;
        n_over += s.threads[i].standing == OVER;
    }
    if (n_over == s.n_threads)
        return;
    SCHEDULE_CHECK(n > 0 && "somebody can go on: this is a deadlock");
    for (int i = 0; i < s.n_threads && s.n_spurious > 0; i++)
        if (s.threads[i].standing == WAITS && lock_owner(s.threads[i].lock) < 0)
            who[n++] = i;
    s.running = who[choose(n)];
    pthread_cond_signal(&s.threads[s.running].turn);
}

static void turn_wait(void) {
    struct thread *t = &s.threads[self];
    while (s.running != self)
        pthread_cond_wait(&t->turn, &s.baton);
    if (t->standing == WAITS) {
        s.n_spurious--;
        lock_take(t->lock);
    } else if (t->standing == WANTS_LOCK) {
        lock_take(t->on);
    }
    t->standing = CAN_GO;
}

static void stand(enum standing standing, const void *on) {
    s.threads[self].standing = standing;
    s.threads[self].on = on;
    turn_give();
    turn_wait();
}

/* Functions that the code under test calls hold the baton while they use the table above. */

void schedule_yield(void) {
    pthread_mutex_lock(&s.baton);
    stand(CAN_GO, NULL);
    pthread_mutex_unlock(&s.baton);
}

int schedule_lock(pthread_mutex_t *lock) {
    pthread_mutex_lock(&s.baton);
    SCHEDULE_CHECK(lock_owner(lock) != self);
    stand(WANTS_LOCK, lock);
    pthread_mutex_unlock(&s.baton);
    return 0;
}

int schedule_unlock(pthread_mutex_t *lock) {
    pthread_mutex_lock(&s.baton);
    lock_release(lock);
    pthread_mutex_unlock(&s.baton);
    return 0;
}

int schedule_wait(pthread_cond_t *condition, pthread_mutex_t *lock) {
    pthread_mutex_lock(&s.baton);
    lock_release(lock);
    s.threads[self].lock = lock;
    stand(WAITS, condition);
    pthread_mutex_unlock(&s.baton);
    return 0;
}

static void wake(struct thread *t) {
    t->standing = WANTS_LOCK;
    t->on = t->lock;
}

int schedule_broadcast(pthread_cond_t *condition) {
    pthread_mutex_lock(&s.baton);
    for (int i = 0; i < s.n_threads; i++)
        if (s.threads[i].standing == WAITS && s.threads[i].on == condition)
            wake(&s.threads[i]);
    pthread_mutex_unlock(&s.baton);
    return 0;
}

int schedule_signal(pthread_cond_t *condition) {
    struct thread *waiting[THREADS_MAX];
    int n = 0;
    pthread_mutex_lock(&s.baton);
    for (int i = 0; i < s.n_threads; i++)
        if (s.threads[i].standing == WAITS && s.threads[i].on == condition)
            waiting[n++] = &s.threads[i];
    if (n > 0)
        wake(waiting[choose(n)]);
    pthread_mutex_unlock(&s.baton);
    return 0;
}

static void *thread_main(void *context) {
    struct thread *t = context;
    pthread_mutex_lock(&s.baton);
    self = (int)(t - s.threads);
    turn_wait();
    pthread_mutex_unlock(&s.baton);
    t->run(t->context);
    pthread_mutex_lock(&s.baton);
    t->standing = OVER;
    turn_give();
    pthread_mutex_unlock(&s.baton);
    return NULL;
}

int schedule_create(
    pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *context) {
    (void)attributes;
    pthread_mutex_lock(&s.baton);
    SCHEDULE_CHECK(s.n_threads < THREADS_MAX);
    struct thread *t = &s.threads[s.n_threads++];
    *t = (struct thread){
        .standing = CAN_GO, .turn = PTHREAD_COND_INITIALIZER, .run = run, .context = context};
    SCHEDULE_CHECK(pthread_create(&t->id, NULL, thread_main, t) == 0);
    *thread = t->id;
    pthread_mutex_unlock(&s.baton);
    return 0;
}

int schedule_join(pthread_t thread, void **result) {
    (void)result;
    pthread_mutex_lock(&s.baton);
    struct thread *t = s.threads + 1;
    while (t < s.threads + s.n_threads && !pthread_equal(t->id, thread))
        t++;
    SCHEDULE_CHECK(t < s.threads + s.n_threads);
    stand(JOINS, t);
    pthread_mutex_unlock(&s.baton);
    return pthread_join(thread, NULL);
}

/* The next of all choices; false when there is none. */
static bool choices_advance(void) {
    while (s.n_choices > 0 && s.choices[s.n_choices - 1].taken + 1 == s.choices[s.n_choices - 1].of)
        s.n_choices--;
    if (s.n_choices == 0)
        return false;
    s.choices[s.n_choices - 1].taken++;
    return true;
}

void schedule_explore(const char *name, void (*scenario)(void), int spurious) {
    unsigned long n_schedules = 0;
    s.n_choices = 0;
    do {
        s.n_threads = 1;
        s.threads[0] = (struct thread){.standing = CAN_GO, .turn = PTHREAD_COND_INITIALIZER};
        s.running = self = s.depth = 0;
        s.n_spurious = spurious;
        scenario();
        for (int i = 1; i < s.n_threads; i++)
            SCHEDULE_CHECK(s.threads[i].standing == OVER);
        for (int i = 0; i < LOCKS_MAX; i++)
            SCHEDULE_CHECK(s.locks[i].lock == NULL);
        n_schedules++;
    } while (choices_advance());
    printf("ok %d - %s: %lu schedules\n", ++n_explored, name, n_schedules);
}

int schedule_end(void) {
    printf("1..%d\n", n_explored);
    return n_explored;
}
