/* SPDX-License-Identifier: MIT */
#ifndef ANEPROBE_MEASURE_MEMORY_FILE_H
#define ANEPROBE_MEASURE_MEMORY_FILE_H

#include <stdbool.h>
#include <stdio.h>

/* Closes a stream of open_memstream. Returns 0 with all that was written in *bytes (the caller
 * frees it), or -1 when out of memory: glibc's fclose returns 0 when it cannot store the rest, but
 * leaves NULL. */
static inline int memory_file_close(FILE *file, char *const *bytes) {
    const bool is_whole = fflush(file) == 0 && !ferror(file);
    return fclose(file) == 0 && is_whole && *bytes != NULL ? 0 : -1;
}

#endif
