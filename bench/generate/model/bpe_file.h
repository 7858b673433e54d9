/* SPDX-License-Identifier: MIT
 *
 * Shared by the parts that read tokenizer.json.
 */
#ifndef ANEPROBE_GENERATE_BPE_FILE_H
#define ANEPROBE_GENERATE_BPE_FILE_H

#include "generate/model/bpe_internal.h"
#include "generate/model/json.h"

struct bpe_file {
    const char *path;
    struct bpe *bpe;
    char *room; /* the next free byte of bpe->memory */
    struct device_error *error;
};

/* Says of the file what is wrong. Returns DEVICE_BROKEN. */
enum device_status bpe_refuse(const struct bpe_file *f, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* bpe->pattern and bpe->composed from the file's normalizer and pre-tokenizer, once bpe->characters is known. */
enum device_status bpe_cuts_read(const struct bpe_file *f, json_object *root);

#endif
