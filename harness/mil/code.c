/* SPDX-License-Identifier: MIT */
#include "mil/code.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool code_reserve(struct code *text, size_t more) {
    if (text->failed || text->room - text->n > more)
        return !text->failed;
    size_t room = 2 * text->room + more + 256;
    char *bytes = realloc(text->bytes, room);
    if (!bytes) {
        text->failed = true;
        return false;
    }
    text->bytes = bytes;
    text->room = room;
    return true;
}

void code_add(struct code *text, const char *format, ...) {
    va_list list, again;
    if (!code_reserve(text, 128))
        return;
    va_start(list, format);
    va_copy(again, list);
    int n = vsnprintf(text->bytes + text->n, text->room - text->n, format, list);
    if (n >= 0 && (size_t)n >= text->room - text->n && code_reserve(text, (size_t)n))
        vsnprintf(text->bytes + text->n, text->room - text->n, format, again);
    if (n < 0)
        text->failed = true;
    if (!text->failed)
        text->n += (size_t)n;
    va_end(again);
    va_end(list);
}

void code_add_bytes(struct code *text, const char *bytes, size_t n) {
    if (!code_reserve(text, n))
        return;
    memcpy(text->bytes + text->n, bytes, n);
    text->n += n;
    text->bytes[text->n] = '\0';
}

void code_add_escaped(struct code *text, const char *string, bool in_assembler) {
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./-";
    for (; *string; string++) {
        if (strchr(plain, *string))
            code_add(text, "%c", *string);
        else
            code_add(text, in_assembler ? "\\\\%03o" : "\\%03o", (unsigned char)*string);
    }
}

void code_free(struct code *text) {
    free(text->bytes);
    *text = (struct code){0};
}
