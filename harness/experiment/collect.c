/* SPDX-License-Identifier: MIT */
#include "experiment/collect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void collect_begin(struct collect *c) {
    c->skipping = c->any_header;
    c->line_start = c->n_bytes;
}

static int line_take(struct collect *c) {
    const char *line = c->bytes + c->line_start;
    size_t n = c->n_bytes - c->line_start;
    if (c->skipping) {
        c->n_bytes = c->line_start;
        c->skipping = false;
        return 0;
    }
    c->any_header = true;
    c->line_start = c->n_bytes;
    if (c->out && (fwrite(line, 1, n, c->out) != n || fflush(c->out) != 0)) {
        c->error = errno ? errno : EIO;
        return -1;
    }
    return 0;
}

/* A quoted cell may contain a line break, but devices' reasons never do: the same program writes
 * the rows and removes breaks. */
int collect_add(struct collect *c, const char *bytes, size_t n) {
    if (c->error)
        return -1;
    if (c->n_bytes + n > c->capacity) {
        size_t capacity = (c->n_bytes + n) * 2 + 4096;
        char *more = realloc(c->bytes, capacity);
        if (!more) {
            c->error = ENOMEM;
            return -1;
        }
        c->bytes = more;
        c->capacity = capacity;
    }
    for (size_t i = 0; i < n; i++) {
        c->bytes[c->n_bytes++] = bytes[i];
        if (bytes[i] == '\n' && line_take(c) != 0)
            return -1;
    }
    return 0;
}

void collect_end(struct collect *c) {
    c->n_bytes = c->line_start;
}

void collect_free(struct collect *c) {
    free(c->bytes);
    *c = (struct collect){0};
}
