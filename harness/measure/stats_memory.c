/* SPDX-License-Identifier: MIT */
#include "measure/stats_private.h"

#include <stdatomic.h>
#include <stdlib.h>

static atomic_bool is_out;

void stats_memory_fail(void) {
    is_out = true;
}

void *stats_alloc(size_t n, size_t bytes) {
    void *block = calloc(n, bytes);
    if (!block)
        stats_memory_fail();
    return block;
}

bool stats_memory_is_out(void) {
    return is_out;
}
