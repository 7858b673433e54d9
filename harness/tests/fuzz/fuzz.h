/* SPDX-License-Identifier: MIT
 *
 * Fuzz targets, one per file: whatever the bytes, a reader gives what it promises or one error, and its result
 * can be used. Built with clang and -fsanitize=fuzzer they are libFuzzer programs; built with anything else
 * they read the given files and folders once each.
 */
#ifndef ANEPROBE_TESTS_FUZZ_FUZZ_H
#define ANEPROBE_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The target. Returns 0; a fault is a signal or a sanitizer's report. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold. */
#define FUZZ_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* A folder of this process's own, removed when it ends. */
const char *fuzz_folder(void);
/* Puts the bytes in that folder as `name`, which may have folders of its own; its path, until the
 * next call. */
const char *fuzz_file(const char *name, const uint8_t *data, size_t size);
/* Calls a program's main with what it prints going to `path`; argv ends with NULL. */
int fuzz_main(int (*program)(int argc, char **argv), char *const *argv, const char *path);

#endif
