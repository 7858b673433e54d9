/* SPDX-License-Identifier: MIT
 *
 * Memory of a surface, mapped twice: the client's view can be touched only while it holds a lock
 * (and written only under one that writes), the engine's always. A touch without a lock is recorded
 * and then let through.
 */
#ifndef ANEPROBE_TESTS_STANDIN_MEMORY_H
#define ANEPROBE_TESTS_STANDIN_MEMORY_H

#include "flight.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memory {
    unsigned char *client, *engine;
    size_t bytes, mapped_bytes;
    uint64_t version; /* changes whenever somebody may have written */
    uint64_t writer;  /* the serial of the program whose eval wrote last; 0 is the client */
    int write_locks, read_locks;
    bool is_open;         /* no longer guarded */
    struct flight flight; /* of evals that write it */
    struct memory *next;
};

/* NULL when out of memory. */
struct memory *memory_new(size_t bytes);
void memory_free(struct memory *memory); /* NULL is fine */
void memory_lock(struct memory *memory, bool write);
void memory_unlock(struct memory *memory, bool write);

#endif
