/* SPDX-License-Identifier: MIT */
#include "ledger.h"

#include "entry.h"

#include <stdlib.h>

struct entry {
    const void *object;
    long references;
    struct entry *next;
};

enum { BUCKETS = 4096 };
static struct entry *buckets[BUCKETS];
static long n_owned;

static struct entry **find(const void *object) {
    struct entry **at = &buckets[((uintptr_t)object >> 4) % BUCKETS];
    while (*at && (*at)->object != object)
        at = &(*at)->next;
    return at;
}

void ledger_add(const void *object) {
    struct entry **at = find(object);
    if (!*at && !(*at = calloc(1, sizeof **at)))
        abort();
    (*at)->object = object;
    (*at)->references++;
    n_owned++;
}

bool ledger_take(const void *object) {
    struct entry **at = find(object), *entry = *at;
    if (!entry)
        return false;
    n_owned--;
    if (--entry->references == 0) {
        *at = entry->next;
        free(entry);
    }
    return true;
}

long aneprobe_standin_owned(void) {
    return n_owned;
}
