/* SPDX-License-Identifier: MIT */
#include "mil/shared.h"

#include <stdlib.h>
#include <string.h>

struct mil_shared *mil_shared_new(void *data, size_t bytes) {
    struct mil_shared *shared = data ? malloc(sizeof *shared) : NULL;
    if (!shared) {
        free(data);
        return NULL;
    }
    *shared = (struct mil_shared){.data = data, .bytes = bytes, .holders = 1};
    return shared;
}

struct mil_shared *mil_shared_copy(const void *data, size_t bytes) {
    void *copy = malloc(bytes ? bytes : 1);
    if (copy && bytes)
        memcpy(copy, data, bytes);
    return mil_shared_new(copy, bytes);
}

struct mil_shared *mil_shared_hold(struct mil_shared *shared) {
    shared->holders++;
    return shared;
}

void mil_shared_release(struct mil_shared *shared) {
    if (!shared || --shared->holders > 0)
        return;
    free(shared->data);
    free(shared);
}

struct mil_hash mil_shared_hash(struct mil_shared *shared) {
    if (!shared->hashed) {
        shared->hash = mil_hash_start();
        mil_hash_add(&shared->hash, shared->data, shared->bytes);
        shared->hashed = true;
    }
    return shared->hash;
}

unsigned char *mil_shared_own(struct mil_shared *shared) {
    if (shared->holders > 1)
        return NULL;
    shared->hashed = false;
    return shared->data;
}
