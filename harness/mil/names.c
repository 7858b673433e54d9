/* SPDX-License-Identifier: MIT */
#include "mil/names.h"

#include "mil/arena.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SLOTS_MIN = 64 };

/* FNV-1a from a secret start, then murmur3's finalizer for the low bits. */
static uint32_t name_hash(uint64_t seed, const char *text, size_t bytes) {
    uint64_t hash = seed;
    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3u;
    hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccdu;
    return (uint32_t)(hash ^ hash >> 33);
}

/* The slot of that name, or the free one where it belongs. n_slots is a power of two. */
static struct mil_name_slot *slot_find(
    const struct mil_names *names, const char *text, size_t bytes, uint32_t hash) {
    for (size_t at = hash;; at++) {
        struct mil_name_slot *slot = &names->slots[at & (names->n_slots - 1)];
        const struct mil_name *name;
        if (slot->number < 0)
            return slot;
        if (slot->hash != hash)
            continue;
        name = &names->names[slot->number];
        if (name->bytes == bytes && memcmp(name->text, text, bytes) == 0)
            return slot;
    }
}

int mil_names_find(const struct mil_names *names, const char *text, size_t bytes) {
    if (names->n_slots == 0)
        return -1;
    return slot_find(names, text, bytes, name_hash(names->seed, text, bytes))->number;
}

static bool slots_grow(struct mil_names *names) {
    size_t n_slots = names->n_slots ? names->n_slots * 2 : SLOTS_MIN;
    struct mil_name_slot *slots = malloc(n_slots * sizeof *slots);
    if (!slots)
        return false;
    if (!names->slots)
        names->seed = (uint64_t)(uintptr_t)slots * 0x9e3779b97f4a7c15u ^ (uint64_t)time(NULL) ^
                      (uint64_t)clock() << 32;
    for (size_t i = 0; i < n_slots; i++)
        slots[i].number = -1;
    for (size_t i = 0; i < names->n_slots; i++) {
        size_t at = names->slots[i].hash;
        if (names->slots[i].number < 0)
            continue;
        while (slots[at & (n_slots - 1)].number >= 0)
            at++;
        slots[at & (n_slots - 1)] = names->slots[i];
    }
    free(names->slots);
    names->slots = slots;
    names->n_slots = n_slots;
    return true;
}

int mil_names_add(struct mil_names *names, const char *text, size_t bytes) {
    struct mil_name *grown;
    uint32_t hash;
    if ((size_t)names->n_names * 2 >= names->n_slots && !slots_grow(names))
        return -1;
    grown = mil_grow(names->names, names->n_names, &names->names_room, sizeof *grown);
    if (!grown)
        return -1;
    names->names = grown;
    hash = name_hash(names->seed, text, bytes);
    *slot_find(names, text, bytes, hash) = (struct mil_name_slot){hash, names->n_names};
    grown[names->n_names] = (struct mil_name){text, bytes};
    return names->n_names++;
}

void mil_names_free(struct mil_names *names) {
    free(names->slots);
    free(names->names);
    *names = (struct mil_names){0};
}
