/* SPDX-License-Identifier: MIT */
#include "mil/names.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SLOTS_MIN = 64 };

/* FNV-1a from a secret start, then murmur3's finalizer for the low bits. */
static uint64_t name_hash(uint64_t seed, const char *name, size_t bytes) {
    uint64_t hash = seed;
    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ (unsigned char)name[i]) * 0x100000001b3u;
    hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccdu;
    return hash ^ hash >> 33;
}

/* The slot of that name, or the free one where it belongs. n_slots is a power of two. */
static struct mil_name_slot *slot_find(
    struct mil_name_slot *slots, size_t n_slots, const char *name, size_t bytes, uint64_t hash) {
    size_t at = hash & (n_slots - 1);
    while (slots[at].name && !(slots[at].hash == hash && slots[at].bytes == bytes &&
                                 memcmp(slots[at].name, name, bytes) == 0))
        at = (at + 1) & (n_slots - 1);
    return &slots[at];
}

int mil_names_find(const struct mil_names *names, const char *name, size_t bytes) {
    const struct mil_name_slot *slot;
    if (names->n_slots == 0)
        return -1;
    slot =
        slot_find(names->slots, names->n_slots, name, bytes, name_hash(names->seed, name, bytes));
    return slot->name ? slot->value : -1;
}

static bool names_grow(struct mil_names *names) {
    size_t n_slots = names->n_slots ? names->n_slots * 2 : SLOTS_MIN;
    struct mil_name_slot *slots = calloc(n_slots, sizeof *slots);
    if (!slots)
        return false;
    if (!names->slots)
        names->seed = (uint64_t)(uintptr_t)slots * 0x9e3779b97f4a7c15u ^ (uint64_t)time(NULL) ^
                      (uint64_t)clock() << 32;
    for (size_t i = 0; i < names->n_slots; i++) {
        const struct mil_name_slot *old = &names->slots[i];
        if (old->name)
            *slot_find(slots, n_slots, old->name, old->bytes, old->hash) = *old;
    }
    free(names->slots);
    names->slots = slots;
    names->n_slots = n_slots;
    return true;
}

int mil_names_add(struct mil_names *names, const char *name, size_t bytes, int value) {
    uint64_t hash;
    if (names->n_used * 2 >= names->n_slots && !names_grow(names))
        return -1;
    hash = name_hash(names->seed, name, bytes);
    *slot_find(names->slots, names->n_slots, name, bytes, hash) =
        (struct mil_name_slot){name, bytes, hash, value};
    names->n_used++;
    return 0;
}

void mil_names_free(struct mil_names *names) {
    free(names->slots);
    *names = (struct mil_names){0};
}
