/* SPDX-License-Identifier: MIT
 *
 * Reference-counted bytes: weights that many programs share are stored, and hashed, once. For one
 * thread at a time.
 */
#ifndef ANEPROBE_MIL_SHARED_H
#define ANEPROBE_MIL_SHARED_H

#include "mil/hash.h"

struct mil_shared {
    unsigned char *data; /* write only through mil_shared_own */
    size_t bytes;
    int holders;
    bool hashed;
    struct mil_hash hash;
};

/* Returns a reference for the caller. Takes over malloc()ed data, freed with the last reference;
 * when out of memory the data is freed and NULL returned. NULL data (an earlier allocation failure)
 * gives NULL. */
struct mil_shared *mil_shared_new(void *data, size_t bytes);
/* The same with a copy of the data. */
struct mil_shared *mil_shared_copy(const void *data, size_t bytes);
struct mil_shared *mil_shared_hold(struct mil_shared *shared); /* adds a reference */
void mil_shared_release(struct mil_shared *shared);            /* drops one; NULL is allowed */

/* The bytes' hash; computed on first use. */
struct mil_hash mil_shared_hash(struct mil_shared *shared);

/* The bytes, writable, if the caller holds the only reference; else NULL. */
unsigned char *mil_shared_own(struct mil_shared *shared);

#endif
