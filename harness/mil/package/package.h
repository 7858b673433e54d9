/* SPDX-License-Identifier: MIT
 *
 * Programs as files: a .mil text, a compiled model (.mlmodelc: model.mil and weights), a model
 * package (.mlpackage: a manifest, a protobuf and weights) or the protobuf alone (.mlmodel). All
 * are turned into MIL text, the program it parses to, and its weight files.
 *
 * Files are untrusted. Paths that leave their folder, symbolic links, sizes that do not fit and
 * anything that MIL cannot express are refused, with the place and what to do.
 */
#ifndef ANEPROBE_MIL_PACKAGE_PACKAGE_H
#define ANEPROBE_MIL_PACKAGE_PACKAGE_H

#include "mil/blob.h"

enum mil_package_kind { MIL_PACKAGE_TEXT, MIL_PACKAGE_COMPILED, MIL_PACKAGE_MODEL };

struct mil_package {
    enum mil_package_kind kind;
    char *text; /* MIL, as a device takes it; MODEL: made from the protobuf */
    size_t text_bytes;
    int n_left_out; /* of a pipeline with one ML Program, which this is: its other models, such as one that selects boxes */
    struct mil_program *program;
    int folder; /* open: what "@model_path/" stands for */
    /* Mapped, not copied: pages are read when used. If another process truncates a file meanwhile,
     * this one gets SIGBUS. */
    struct mil_weights weights;
};

/* Opens the file or folder at `path`. Returns 0 and a package to close, or -1 and *error. The
 * error's place is a line of the text for TEXT and COMPILED; errors of MODEL have none and name the
 * operation. */
int mil_package_open(const char *path, struct mil_package **out, struct mil_error *error);

/* The same in steps, for programs that the devices do not take: the text alone, without a program;
 * then the weight files that a program made from it names, checked. */
int mil_package_read(const char *path, struct mil_package **out, struct mil_error *error);
/* A text that comes from a pipe or a terminal, read to its end; its weights are beside the current folder. */
int mil_package_read_stream(int fd, struct mil_package **out, struct mil_error *error);
int mil_package_map(
    struct mil_package *package, const struct mil_program *program, struct mil_error *error);

void mil_package_close(struct mil_package *package); /* NULL is allowed */

/* -1 and *error when the suffix of the name is none that can be written. */
int mil_package_name_check(const char *path, struct mil_error *error);
/* Writes a new NAME.mil, with its weights under weights/ beside it, or a new NAME.mlpackage,
 * depending on the suffix. Nothing is overwritten: an existing weight file with the same content is
 * shared, any other existing file is an error. After an error, files written so far are removed.
 * Returns 0, or -1 and *error. */
int mil_package_write(const char *path, const struct mil_program *program,
    const struct mil_weights *weights, struct mil_error *error);

/* What such a package has as its model, as bytes to free(); the weights are the files, by their own names. NULL and
 * *error. */
void *mil_package_model(const struct mil_program *program, const struct mil_weights *weights,
    size_t *bytes, struct mil_error *error);

#endif
