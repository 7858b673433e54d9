/* SPDX-License-Identifier: MIT
 *
 * What the files that pack a program share. A function that returns NULL has filled *error.
 */
#ifndef ANEPROBE_MIL_PACKAGE_SPEC_PACKER_H
#define ANEPROBE_MIL_PACKAGE_SPEC_PACKER_H

#include "mil/package/spec.h"

struct packer {
    struct mil_arena arena;
    const struct mil_function *function;
    struct mil_error *error;
};

/* Zeroed memory of the arena. */
void *spec_take(struct packer *p, size_t count, size_t size);
/* A message as initialised by protobuf-c. */
void *spec_message(struct packer *p, const ProtobufCMessageDescriptor *descriptor);

Coreml__ModelDescription *spec_describe(struct packer *p, const struct mil_program *program);

#endif
