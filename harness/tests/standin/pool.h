/* SPDX-License-Identifier: MIT
 *
 * The client's autorelease pools, and its reference counting.
 */
#ifndef ANEPROBE_TESTS_STANDIN_POOL_H
#define ANEPROBE_TESTS_STANDIN_POOL_H

/* How many of the client's pools are open on this thread. */
int pool_depth(void);

/* One thread uses the stand-in at a time: a thread of the client has it from its first pool to its last, and
 * while it reads the clock. The stand-in's own worker takes turns with them. */
void client_enter(void);
void client_leave(void);

/* For runtime.c, which knows no Objective-C. */
void *pool_push(void);
void pool_pop(void *pool);
void *reference_retain(void *object);
void reference_release(void *object);

#endif
