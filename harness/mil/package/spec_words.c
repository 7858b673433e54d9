/* SPDX-License-Identifier: MIT
 *
 * Names of a protobuf as identifiers of MIL: those that are not get one that is.
 */
#include "mil/package/spec_speller.h"

#include <stdio.h>
#include <string.h>

bool spec_is_word(const char *name) {
    static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    return *name && !strchr("0123456789", *name) && name[strspn(name, word)] == '\0';
}

const char *spec_word_make(struct spec_speller *s, const char *name) {
    size_t bytes = strlen(name);
    char *word = bytes < 4096 ? mil_arena_take(&s->arena, bytes + 16) : NULL;
    if (!word)
        return NULL;
    char *to = word;
    if (!*name || strchr("0123456789", *name))
        *to++ = '_';
    for (; *name; name++, to++) {
        char one[2] = {*name, '\0'};
        *to = spec_is_word(one) || (*name >= '0' && *name <= '9') ? *name : '_';
    }
    *to = '\0';
    while (mil_names_find(&s->taken, word, strlen(word)) >= 0)
        snprintf(to, 12, "_%u", ++s->n_made);
    return mil_names_add(&s->taken, word, strlen(word)) < 0 ? NULL : word;
}

const char *spec_word_of(const struct spec_speller *s, const char *name) {
    if (spec_is_word(name))
        return name;
    int number = mil_names_find(&s->originals, name, strlen(name));
    return number < 0 ? NULL : s->ids[number];
}

/* All values are entered first, identifiers before other names, so that identifiers stay unchanged.
 */
static int name_enter(struct spec_speller *s, const char *name, bool words) {
    size_t bytes = strlen(name);
    if (spec_is_word(name) != words)
        return 0;
    if (words)
        return mil_names_find(&s->taken, name, bytes) >= 0 ||
                       mil_names_add(&s->taken, name, bytes) >= 0
                   ? 0
                   : spec_memory_fail(s);
    if (mil_names_find(&s->originals, name, bytes) >= 0)
        return 0;
    const char **ids = mil_grow(s->ids, s->originals.n_names, &s->ids_room, sizeof *ids);
    if (!ids)
        return spec_memory_fail(s);
    s->ids = ids;
    ids[s->originals.n_names] = spec_word_make(s, name);
    return ids[s->originals.n_names] && mil_names_add(&s->originals, name, bytes) >= 0
               ? 0
               : spec_memory_fail(s);
}

static int types_enter(
    struct spec_speller *s, Coreml__NamedValueType *const *values, size_t n, bool words) {
    for (size_t i = 0; i < n; i++)
        if (name_enter(s, values[i]->name, words) < 0)
            return -1;
    return 0;
}

/* Includes nested blocks, whose depth spec_unpack limits. */
static int block_enter(struct spec_speller *s, const Coreml__Block *block, bool words) {
    if (types_enter(s, block->inputs, block->n_inputs, words) < 0)
        return -1;
    for (size_t i = 0; i < block->n_operations; i++) {
        const Coreml__Operation *operation = block->operations[i];
        if (types_enter(s, operation->outputs, operation->n_outputs, words) < 0)
            return -1;
        for (size_t j = 0; j < operation->n_blocks; j++)
            if (block_enter(s, operation->blocks[j], words) < 0)
                return -1;
    }
    return 0;
}

int spec_words_enter(
    struct spec_speller *s, const Coreml__Function *function, const Coreml__Block *block) {
    for (int words = 1; words >= 0; words--)
        if (types_enter(s, function->inputs, function->n_inputs, words) < 0 ||
            block_enter(s, block, words) < 0)
            return -1;
    return 0;
}
