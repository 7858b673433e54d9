/* SPDX-License-Identifier: MIT
 *
 * What this process holds on to, sampled between cycles of work, and whether it stays flat. Reads
 * Linux's /proc.
 */
#ifndef ANEPROBE_TESTS_ENDURANCE_FOOTPRINT_H
#define ANEPROBE_TESTS_ENDURANCE_FOOTPRINT_H

#include <stdbool.h>
#include <stddef.h>

enum footprint_part {
    FOOTPRINT_MEMORY, /* resident, KiB */
    FOOTPRINT_HANDLES,
    FOOTPRINT_THREADS,
    FOOTPRINT_FILES, /* and directories, anywhere below the directory for temporary files */
    FOOTPRINT_PARTS
};

/* One row a sample. */
struct footprint {
    double *cycle, *part[FOOTPRINT_PARTS];
    size_t n, room;
    const char *temporary; /* that directory */
};

bool footprint_can(void);
/* Takes a sample after so many cycles. 0, or -1 with errno set. */
int footprint_add(struct footprint *footprint, double cycle);
void footprint_free(struct footprint *footprint);

/* Prints a row for each part, first tenth left out as warming up. Memory is flat when the slope of
 * the medians of twenty stretches (Theil-Sen) is surely below `leak_bytes` a cycle; anything else when
 * it never is above what it was. Returns whether all are flat. */
bool footprint_judge(const struct footprint *footprint, const char *benchmark, double leak_bytes);

#endif
