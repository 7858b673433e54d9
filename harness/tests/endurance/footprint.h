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

/* One row a sample, of every so many cycles. Zeroed, it is empty. */
struct footprint {
    double *cycle, *part[FOOTPRINT_PARTS];
    size_t n, stride;
    const char *temporary; /* that directory */
};

bool footprint_can(void);
/* After cycle 1, 2, ...: takes a sample, or leaves this cycle out. 0, or -1 with errno set. */
int footprint_add(struct footprint *footprint, double cycle);
void footprint_free(struct footprint *footprint);

/* Prints a row for each part, first tenth left out as warming up. Memory is flat when the slope of
 * the medians of twenty stretches (Theil-Sen) is surely below `leak_bytes` a cycle; anything else when
 * its greatest number in the second half is not above that in the first. Returns whether all are flat. */
bool footprint_judge(const struct footprint *footprint, const char *benchmark, double leak_bytes);

#endif
