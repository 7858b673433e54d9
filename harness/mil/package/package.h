/* SPDX-License-Identifier: MIT
 *
 * Programs as files: a .mil text, a compiled model (.mlmodelc: model.mil and weights), a model package
 * (.mlpackage: a manifest, a protobuf and weights) or the protobuf alone (.mlmodel). All become the
 * same thing: MIL text, the program it parses to, and its weight files.
 *
 * Files are untrusted. A path that leaves its folder, a symbolic link, a size that does not fit and
 * anything that MIL cannot say are refused with the place and what to do.
 */
#ifndef ANEPROBE_MIL_PACKAGE_PACKAGE_H
#define ANEPROBE_MIL_PACKAGE_PACKAGE_H

#include "mil/blob.h"

enum mil_package_kind { MIL_PACKAGE_TEXT, MIL_PACKAGE_COMPILED, MIL_PACKAGE_MODEL };

struct mil_package {
    enum mil_package_kind kind;
    char *text; /* MIL, as a device takes it; for MODEL written from the protobuf */
    size_t text_bytes;
    struct mil_program *program;
    /* Mapped, not copied: pages are read when they are used. Whoever shortens a file meanwhile ends
     * this process with SIGBUS. */
    struct mil_weights weights;
};

/* Opens the file or folder at `path`. Returns 0 and a package to close, or -1 and *error; its place is
 * a line of the text for TEXT and COMPILED, nowhere for MODEL, whose errors name the operation. */
int mil_package_open(const char *path, struct mil_package **out, struct mil_error *error);
void mil_package_close(struct mil_package *package); /* NULL is fine */

/* Writes a new NAME.mil, with its weights under weights/ beside it, or a new NAME.mlpackage, by what
 * the name ends in. Nothing that is there is overwritten: a weight file of the same content is shared,
 * anything else is an error, and what was begun is removed. Returns 0, or -1 and *error. */
int mil_package_write(const char *path, const struct mil_program *program,
    const struct mil_weights *weights, struct mil_error *error);

#endif
