/* SPDX-License-Identifier: MIT */
#include "mil/arena.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_MIN = 4096, CHUNK_MAX = 1 << 20, ALIGN = 8 };

struct mil_arena_chunk {
    struct mil_arena_chunk *next;
    size_t used_bytes, bytes;
    void *adopted; /* NULL: `data` is what it holds */
    uint64_t data[];
};

static void *bytes_take(struct mil_arena *arena, size_t bytes, size_t align) {
    struct mil_arena_chunk *chunk = arena->chunks;
    size_t start;
    if (bytes > arena->limit_bytes - arena->taken_bytes)
        return NULL;
    start = chunk ? (chunk->used_bytes + align - 1) & ~(align - 1) : 0;
    if (!chunk || start > chunk->bytes || bytes > chunk->bytes - start) {
        size_t room = chunk ? chunk->bytes * 2 : CHUNK_MIN;
        if (room > CHUNK_MAX)
            room = CHUNK_MAX;
        if (room < bytes)
            room = bytes;
        if (room > SIZE_MAX - sizeof *chunk)
            return NULL;
        chunk = malloc(sizeof *chunk + room);
        if (!chunk)
            return NULL;
        *chunk = (struct mil_arena_chunk){.next = arena->chunks, .bytes = room};
        arena->chunks = chunk;
        start = 0;
    }
    chunk->used_bytes = start + bytes;
    arena->taken_bytes += bytes;
    return (char *)chunk->data + start;
}

void *mil_arena_take(struct mil_arena *arena, size_t bytes) {
    return bytes_take(arena, bytes, ALIGN);
}

void *mil_arena_copy(struct mil_arena *arena, const void *from, size_t count, size_t size) {
    void *to = count > SIZE_MAX / size ? NULL : mil_arena_take(arena, count * size);
    if (to && count > 0)
        memcpy(to, from, count * size);
    return to;
}

void *mil_arena_adopt(struct mil_arena *arena, void *array, size_t count, size_t size) {
    const size_t bytes = count > SIZE_MAX / size ? SIZE_MAX : count * size;
    if (bytes <= CHUNK_MAX || bytes == SIZE_MAX) {
        void *copy = mil_arena_copy(arena, array, count, size);
        if (copy)
            free(array);
        return copy;
    }
    /* behind the newest, which what is taken next comes from */
    if (bytes > arena->limit_bytes - arena->taken_bytes || !bytes_take(arena, 0, 1))
        return NULL;
    struct mil_arena_chunk *chunk = malloc(sizeof *chunk);
    if (!chunk)
        return NULL;
    *chunk = (struct mil_arena_chunk){.next = arena->chunks->next, .adopted = array};
    arena->chunks->next = chunk;
    arena->taken_bytes += bytes;
    void *fitting = realloc(array, bytes);
    if (fitting)
        chunk->adopted = fitting;
    return chunk->adopted;
}

char *mil_arena_string(struct mil_arena *arena, const char *text, size_t bytes) {
    char *to = bytes == SIZE_MAX ? NULL : bytes_take(arena, bytes + 1, 1);
    if (to) {
        memcpy(to, text, bytes);
        to[bytes] = '\0';
    }
    return to;
}

void mil_arena_free(struct mil_arena_chunk *chunks) {
    while (chunks) {
        struct mil_arena_chunk *next = chunks->next;
        free(chunks->adopted);
        free(chunks);
        chunks = next;
    }
}

void *mil_grow(void *array, int n, int *room, size_t size) {
    void *grown;
    int wanted = *room > 0 ? *room : 16;
    if (n < *room)
        return array;
    if (*room > INT_MAX / 2)
        return NULL;
    if (*room > 0)
        wanted *= 2;
    grown = realloc(array, (size_t)wanted * size);
    if (grown)
        *room = wanted;
    return grown;
}
