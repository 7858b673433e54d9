/* SPDX-License-Identifier: MIT
 *
 * Bytes with several holders: weights that many programs have alike are kept, and read through for
 * their hash, once. For one thread at a time.
 */
#ifndef ANEPROBE_MIL_SHARED_H
#define ANEPROBE_MIL_SHARED_H

#include "mil/hash.h"

struct mil_shared {
    unsigned char *data; /* not to be written to but through mil_shared_own */
    size_t bytes;
    int holders;
    bool hashed;
    struct mil_hash hash;
};

/* Held by the caller. Takes malloc()ed data over, to free() with the last holder; the data is freed
 * and NULL returned when out of memory. NULL data is memory that was out before. */
struct mil_shared *mil_shared_new(void *data, size_t bytes);
/* As that, with a copy of the data. */
struct mil_shared *mil_shared_copy(const void *data, size_t bytes);
struct mil_shared *mil_shared_hold(struct mil_shared *shared); /* one holder more */
void mil_shared_release(struct mil_shared *shared);            /* one less; NULL is fine */

/* Of the bytes; worked out when it is first asked for. */
struct mil_hash mil_shared_hash(struct mil_shared *shared);

/* The bytes to write to, where the caller is the only holder, else NULL. */
unsigned char *mil_shared_own(struct mil_shared *shared);

#endif
