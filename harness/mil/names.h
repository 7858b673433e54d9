/* SPDX-License-Identifier: MIT
 *
 * A table of names, numbered 0, 1, ... as they come in: the identifiers, and the name= strings, of
 * one function.
 */
#ifndef ANEPROBE_MIL_NAMES_H
#define ANEPROBE_MIL_NAMES_H

#include <stddef.h>
#include <stdint.h>

/* Eight bytes, so that a table of a hundred thousand names stays in the cache; the name itself is
 * only looked at when the hashes agree. */
struct mil_name_slot {
    uint32_t hash;
    int32_t number; /* -1 = free */
};

struct mil_name {
    const char *text; /* owned by whoever added it */
    size_t bytes;
};

struct mil_names {
    struct mil_name_slot *slots;
    size_t n_slots;
    struct mil_name *names; /* by number */
    int n_names, names_room;
    /* Differs from table to table, so that nobody can write a text whose names all collide. */
    uint64_t seed;
};

/* The number of a name, or -1. */
int mil_names_find(const struct mil_names *names, const char *text, size_t bytes);
/* The name must not be in the table, must outlive it. Returns its number, -1 when out of memory. */
int mil_names_add(struct mil_names *names, const char *text, size_t bytes);
/* Empties the table and gives its memory back. */
void mil_names_free(struct mil_names *names);

#endif
