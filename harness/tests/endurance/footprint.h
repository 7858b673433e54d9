/* SPDX-License-Identifier: MIT
 *
 * Memory, handles, threads and files of this process, sampled between cycles of work, and whether they stay
 * flat. Reads Linux's /proc.
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

/* Prints a row for each quantity, leaving out the first tenth as warm-up. Memory is flat when the interval of
 * the slope of the medians of twenty stretches (Theil-Sen) is below `leak_bytes` per cycle; anything else when
 * its maximum in the second half is not above that in the first. Returns whether all are flat. */
bool footprint_judge(const struct footprint *footprint, const char *benchmark, double leak_bytes);

#endif
