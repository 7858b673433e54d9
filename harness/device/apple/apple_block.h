/* SPDX-License-Identifier: MIT
 *
 * A completion handler, void (^)(id result, NSError *error): a block laid out by hand, as clang's
 * block ABI has global ones, and the wait for its call, which comes on a thread of the system's.
 */
#ifndef ANEPROBE_DEVICE_APPLE_APPLE_BLOCK_H
#define ANEPROBE_DEVICE_APPLE_APPLE_BLOCK_H

#include "device/apple/apple_entry.h"

struct apple_completion {
    /* the block's own fields; its address is the block */
    const void *isa;
    int flags, reserved;
    void (*invoke)(void *block, void *result, void *ns_error);
    const void *descriptor;
    /* ours */
    const struct apple_entry *entry;
    void *semaphore;
    void *result, *ns_error;
};

/* false when out of memory. The completion must stay where it is until the wait is over. */
bool apple_completion_open(const struct apple_entry *e, struct apple_completion *completion);
/* Waits for the call, without end. *result and *ns_error are owned by the caller, or NULL. */
void apple_completion_wait(struct apple_completion *completion, void **result, void **ns_error);

#endif
