/* SPDX-License-Identifier: MIT
 *
 * Blocks laid out by hand, as clang's block ABI has global ones: a completion handler,
 * void (^)(id result, NSError *error), and the wait for its call, which comes on a thread of the
 * system's; and a handler, void (^)(id object), that is called before its method returns.
 */
#ifndef ANEPROBE_DEVICE_APPLE_APPLE_BLOCK_H
#define ANEPROBE_DEVICE_APPLE_APPLE_BLOCK_H

#include "device/apple/apple_entry.h"

/* The fields of any block. Its address is the block. */
struct apple_block {
    const void *isa;
    int flags, reserved;
    void (*invoke)(void *block, void *first, void *second);
    const void *descriptor;
};

struct apple_completion {
    struct apple_block block;
    const struct apple_entry *entry;
    void *semaphore;
    void *result, *ns_error;
};

/* false when out of memory. The completion must stay where it is until the wait is over. */
bool apple_completion_open(const struct apple_entry *e, struct apple_completion *completion);
/* Waits for the call, without end. *result and *ns_error are owned by the caller, or NULL. */
void apple_completion_wait(struct apple_completion *completion, void **result, void **ns_error);

/* `visit` gets each object, which lives until it returns. */
struct apple_visitor {
    struct apple_block block;
    void (*visit)(void *context, void *object);
    void *context;
    int n_visits;
};
void apple_visitor_open(const struct apple_entry *e, void (*visit)(void *context, void *object),
    void *context, struct apple_visitor *visitor);

#endif
