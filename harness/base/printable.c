/* SPDX-License-Identifier: MIT */
#include "base/printable.h"

#include <stdbool.h>
#include <unistd.h>

void printable_put(FILE *out, const char *bytes, size_t n_bytes) {
    const bool is_terminal = isatty(fileno(out));
    for (size_t i = 0; i < n_bytes; i++) {
        const unsigned char byte = (unsigned char)bytes[i];
        if (is_terminal && (byte < 0x20 || byte == 0x7f) && byte != '\n' && byte != '\t')
            fprintf(out, "\\x%02x", byte);
        else
            fputc(byte, out);
    }
}
