/* SPDX-License-Identifier: MIT */
#include "device/apple/apple_block.h"

/* Values of clang's block ABI (Block-ABI-Apple). A copy of a global block is the block itself. */
enum { BLOCK_IS_GLOBAL = 1 << 28 };

static const struct {
    unsigned long reserved, size;
} completion_descriptor = {0, sizeof(struct apple_completion)},
  visitor_descriptor = {0, sizeof(struct apple_visitor)};

/* Both are autoreleased, in a pool of the system's thread. */
static void completed(void *block, void *result, void *ns_error) {
    struct apple_completion *completion = block;
    const struct apple_entry *e = completion->entry;
    completion->result = result ? e->objc_retain(result) : NULL;
    completion->ns_error = ns_error ? e->objc_retain(ns_error) : NULL;
    (void)e->dispatch_semaphore_signal(completion->semaphore);
}

bool apple_completion_open(const struct apple_entry *e, struct apple_completion *completion) {
    *completion = (struct apple_completion){.block = {.isa = e->_NSConcreteGlobalBlock,
                                                .flags = BLOCK_IS_GLOBAL,
                                                .invoke = completed,
                                                .descriptor = &completion_descriptor},
        .entry = e,
        .semaphore = e->dispatch_semaphore_create(0)};
    return completion->semaphore != NULL;
}

void apple_completion_wait(struct apple_completion *completion, void **result, void **ns_error) {
    const struct apple_entry *e = completion->entry;
    (void)e->dispatch_semaphore_wait(completion->semaphore, APPLE_TIME_FOREVER);
    e->dispatch_release(completion->semaphore);
    *result = completion->result;
    *ns_error = completion->ns_error;
}

/* Its second argument is whatever was in that register. */
static void visited(void *block, void *object, void *nothing) {
    struct apple_visitor *visitor = block;
    (void)nothing;
    visitor->n_visits++;
    if (object)
        visitor->visit(visitor->context, object);
}

void apple_visitor_open(const struct apple_entry *e, void (*visit)(void *context, void *object),
    void *context, struct apple_visitor *visitor) {
    *visitor = (struct apple_visitor){.block = {.isa = e->_NSConcreteGlobalBlock,
                                          .flags = BLOCK_IS_GLOBAL,
                                          .invoke = visited,
                                          .descriptor = &visitor_descriptor},
        .visit = visit,
        .context = context};
}
