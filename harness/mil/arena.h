/* SPDX-License-Identifier: MIT
 *
 * All the memory of one program: allocated piece by piece, freed at once, and bounded, so that no
 * text can make a program larger than its length justifies.
 */
#ifndef ANEPROBE_MIL_ARENA_H
#define ANEPROBE_MIL_ARENA_H

#include <stddef.h>

struct mil_arena_chunk;

struct mil_arena {
    struct mil_arena_chunk *chunks; /* newest first; owns the memory */
    size_t taken_bytes, limit_bytes;
};

/* Aligned to 8 bytes and not cleared; NULL when out of memory or at the limit. */
void *mil_arena_take(struct mil_arena *arena, size_t bytes);
/* A copy of count * size bytes; overflow-safe. A copy of nothing is not NULL. */
void *mil_arena_copy(struct mil_arena *arena, const void *from, size_t count, size_t size);
/* As mil_arena_copy, of an array from malloc, which is freed, or, where it is large, becomes the arena's as it is.
 * NULL: it is still the caller's. */
void *mil_arena_adopt(struct mil_arena *arena, void *array, size_t count, size_t size);
/* A NUL-terminated copy. */
char *mil_arena_string(struct mil_arena *arena, const char *text, size_t bytes);
void mil_arena_free(struct mil_arena_chunk *chunks);

/* Grows a malloc'ed array: room for one more element after the first n. NULL when out of memory;
 * the array is then unchanged. */
void *mil_grow(void *array, int n, int *room, size_t size);

#endif
