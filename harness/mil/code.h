/* SPDX-License-Identifier: MIT
 *
 * A growing buffer of MIL or C code. A failed allocation is sticky, so callers check once, at the end.
 */
#ifndef ANEPROBE_MIL_CODE_H
#define ANEPROBE_MIL_CODE_H

#include <stdbool.h>
#include <stddef.h>

struct code {
    char *bytes; /* NUL-terminated once something is added; owned */
    size_t n, room;
    bool failed;
};

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void code_add(struct code *text, const char *format, ...);
void code_add_bytes(struct code *text, const char *bytes, size_t n);
/* `string` as the inside of a C string literal, or of an assembler string inside a C string
 * literal: everything but letters, digits and _./- becomes an octal escape. */
void code_add_escaped(struct code *text, const char *string, bool in_assembler);
void code_free(struct code *text);

#endif
