/* SPDX-License-Identifier: MIT
 *
 * A table from names to small ints: the identifiers, and the name= strings, of one function.
 */
#ifndef ANEPROBE_MIL_NAMES_H
#define ANEPROBE_MIL_NAMES_H

#include <stddef.h>
#include <stdint.h>

struct mil_name_slot {
    const char *name; /* NULL = free; owned by whoever added it */
    size_t bytes;
    uint64_t hash;
    int value;
};

struct mil_names {
    struct mil_name_slot *slots;
    size_t n_slots, n_used;
    /* Differs from table to table, so that nobody can write a text whose names all collide. */
    uint64_t seed;
};

/* The value of a name, or -1. */
int mil_names_find(const struct mil_names *names, const char *name, size_t bytes);
/* The name must not be in the table, must outlive it. -1 when memory is out. */
int mil_names_add(struct mil_names *names, const char *name, size_t bytes, int value);
/* Empties the table and gives its memory back. */
void mil_names_free(struct mil_names *names);

#endif
