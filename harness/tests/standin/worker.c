/* SPDX-License-Identifier: MIT
 *
 * The libdispatch functions: serial queues and semaphores.
 */
#include "worker.h"

#include "engine.h"
#include "entry.h"
#include "record.h"

#include <pthread.h>
#include <stdlib.h>

void GSRegisterCurrentThread(void); /* GNUstep's, for threads that it did not make */

enum kind { KIND_QUEUE = 0x51554555, KIND_SEMAPHORE = 0x53454D41 };

struct work {
    void (*function)(void *context);
    void *context;
    struct work *next;
};

struct queue {
    enum kind kind;
    pthread_t thread;
    pthread_cond_t turn_begins;
    bool has_turn, ends;
    struct work *head;
    struct engine_program *compiling; /* parked in its compile */
    uint64_t now_ns;
};

struct semaphore {
    enum kind kind;
    long value;
};

/* Whose turn it is: a queue's while its has_turn is set, else the client's. */
static pthread_mutex_t turns = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t client_turn = PTHREAD_COND_INITIALIZER;
static struct queue *the_queue; /* the device has one */
static _Thread_local struct queue *current;

/* ---- turns */

static void turn_give(struct queue *queue) {
    pthread_mutex_lock(&turns);
    queue->has_turn = true;
    pthread_cond_signal(&queue->turn_begins);
    while (queue->has_turn)
        pthread_cond_wait(&client_turn, &turns);
    pthread_mutex_unlock(&turns);
}

static void turn_return(struct queue *queue) {
    pthread_mutex_lock(&turns);
    queue->has_turn = false;
    pthread_cond_signal(&client_turn);
    while (!queue->has_turn)
        pthread_cond_wait(&queue->turn_begins, &turns);
    pthread_mutex_unlock(&turns);
}

static void *queue_run(void *argument) {
    struct queue *queue = current = argument;
    GSRegisterCurrentThread();
    turn_return(queue);
    while (!queue->ends) {
        struct work *work = queue->head;
        if (work) {
            queue->head = work->next;
            queue->now_ns = engine_clock_ns();
            work->function(work->context);
            free(work);
        } else {
            turn_return(queue);
        }
    }
    pthread_mutex_lock(&turns);
    queue->has_turn = false;
    pthread_cond_signal(&client_turn);
    pthread_mutex_unlock(&turns);
    return NULL;
}

bool worker_is_current(void) {
    return current != NULL;
}

void worker_compile_park(struct engine_program *program) {
    current->compiling = program;
    turn_return(current);
    current->compiling = NULL;
    engine_compile_finish(program); /* before it is over it has no elapsed time */
    current->now_ns += engine_compile_elapsed_ns(program);
}

uint64_t worker_now_ns(void) {
    return current->now_ns;
}

void worker_catch_up(void) {
    while (!current && the_queue && the_queue->compiling &&
           engine_compile_is_over(the_queue->compiling))
        turn_give(the_queue);
}

/* ---- what the client calls */

void *dispatch_queue_create(const char *label, void *attributes) {
    (void)label;
    struct queue *queue = calloc(1, sizeof *queue);
    if (attributes)
        record_violation("dispatch_queue_create: only a serial queue is known here");
    if (the_queue)
        record_violation("dispatch_queue_create: there is a queue already");
    if (!queue)
        abort();
    queue->kind = KIND_QUEUE;
    queue->has_turn = true;
    pthread_cond_init(&queue->turn_begins, NULL);
    pthread_mutex_lock(&turns);
    if (pthread_create(&queue->thread, NULL, queue_run, queue) != 0)
        abort();
    while (queue->has_turn)
        pthread_cond_wait(&client_turn, &turns);
    pthread_mutex_unlock(&turns);
    return the_queue = queue;
}

void dispatch_async_f(void *object, void *context, void (*function)(void *context)) {
    struct queue *queue = object;
    struct work *work = calloc(1, sizeof *work), **at = &queue->head;
    if (!work)
        abort();
    *work = (struct work){function, context, NULL};
    while (*at)
        at = &(*at)->next;
    *at = work;
    if (!queue->compiling)
        turn_give(queue);
}

void *dispatch_semaphore_create(long value) {
    struct semaphore *semaphore = calloc(1, sizeof *semaphore);
    if (!semaphore)
        abort();
    *semaphore = (struct semaphore){KIND_SEMAPHORE, value};
    return semaphore;
}

long dispatch_semaphore_signal(void *object) {
    ((struct semaphore *)object)->value++;
    return 0;
}

long dispatch_semaphore_wait(void *object, uint64_t time) {
    struct semaphore *semaphore = object;
    if (time != 0 && time != APPLE_TIME_FOREVER)
        record_violation("dispatch_semaphore_wait: waits for neither nothing nor ever");
    if (time == 0)
        engine_pass_poll();
    worker_catch_up();
    while (time != 0 && semaphore->value == 0) {
        if (!the_queue || !the_queue->compiling) {
            record_violation("dispatch_semaphore_wait: nobody will ever signal");
            abort();
        }
        engine_compile_finish(the_queue->compiling);
        worker_catch_up();
    }
    if (semaphore->value == 0)
        return 1;
    semaphore->value--;
    return 0;
}

void dispatch_release(void *object) {
    struct queue *queue = object;
    if (queue->kind == KIND_QUEUE) {
        while (queue->compiling) { /* a queue lives until its work is done */
            engine_compile_finish(queue->compiling);
            worker_catch_up();
        }
        queue->ends = true;
        turn_give(queue);
        pthread_join(queue->thread, NULL);
        pthread_cond_destroy(&queue->turn_begins);
        the_queue = NULL;
    } else if (queue->kind != KIND_SEMAPHORE) {
        record_violation("dispatch_release: neither a queue nor a semaphore, or released before");
        return;
    }
    queue->kind = 0;
    free(queue);
}
