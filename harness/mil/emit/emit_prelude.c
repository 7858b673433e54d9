/* SPDX-License-Identifier: MIT */
#include "mil/emit/emit_write.h"

void emit_write_prelude(struct code *out, unsigned needs) {
    static const struct {
        unsigned needs;
        const char *text;
    } pieces[] = {
#include "prelude_pieces.inc"
    };
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        if (needs & pieces[i].needs)
            code_add(out, "%s", pieces[i].text);
}
