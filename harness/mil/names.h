/* SPDX-License-Identifier: MIT
 *
 * A table of names, numbered 0, 1, ... in order of entry: the identifiers and the name= strings of
 * one function.
 */
#ifndef ANEPROBE_MIL_NAMES_H
#define ANEPROBE_MIL_NAMES_H

#include <stddef.h>
#include <stdint.h>

/* Eight bytes, so that a table of a hundred thousand names stays in the cache; the name itself is
 * only compared when the hashes agree. */
struct mil_name_slot {
    uint32_t hash;
    int32_t number; /* -1 = free */
};

struct mil_name {
    const char *text; /* owned by the caller */
    size_t bytes;
};

struct mil_names {
    struct mil_name_slot *slots;
    size_t n_slots;
    struct mil_name *names; /* by number */
    int n_names, names_room;
    /* Differs per table, so that nobody can write a text whose names all collide. */
    uint64_t seed;
};

/* The number of a name, or -1. */
int mil_names_find(const struct mil_names *names, const char *text, size_t bytes);
/* The name must be new and outlive the table. Returns its number, -1 when out of memory. */
int mil_names_add(struct mil_names *names, const char *text, size_t bytes);
/* Empties the table and frees its memory. */
void mil_names_free(struct mil_names *names);

#endif
