/* SPDX-License-Identifier: MIT */
#include "flight.h"

#include <pthread.h>
#include <stdlib.h>

/* Kept after the thread's end, in a list, since a flight may point to it. */
struct flight_thread {
    bool is_over;
    struct flight_thread *next;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_key_t key;
static struct flight_thread *all;
static pthread_t main_thread;

static void thread_end(void *thread) {
    pthread_mutex_lock(&lock);
    ((struct flight_thread *)thread)->is_over = true;
    pthread_mutex_unlock(&lock);
}

static void begin(void) {
    if (pthread_key_create(&key, thread_end) != 0)
        abort();
}

/* Loading the library is the main thread's. */
__attribute__((constructor)) static void main_note(void) {
    main_thread = pthread_self();
}

/* NULL: the main thread. */
static const struct flight_thread *thread_now(void) {
    if (pthread_equal(pthread_self(), main_thread))
        return NULL;
    struct flight_thread *thread = pthread_getspecific(key);
    if (thread)
        return thread;
    thread = calloc(1, sizeof *thread);
    if (!thread || pthread_setspecific(key, thread) != 0)
        abort();
    pthread_mutex_lock(&lock);
    thread->next = all;
    all = thread;
    pthread_mutex_unlock(&lock);
    return thread;
}

bool flight_take(struct flight *flight) {
    pthread_once(&once, begin);
    const struct flight_thread *now = thread_now();
    pthread_mutex_lock(&lock);
    const bool is_free =
        !now || !flight->thread || flight->thread == now || flight->thread->is_over;
    pthread_mutex_unlock(&lock);
    flight->thread = now;
    return is_free;
}
