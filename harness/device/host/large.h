/* SPDX-License-Identifier: MIT
 *
 * Memory for arrays of megabytes that are gone through again and again, in huge pages where the
 * system gives them: where page tables are virtual too, sgemm over weights in pages of 4 KB ran at
 * half the rate it has over huge ones.
 */
#ifndef ANEPROBE_DEVICE_HOST_LARGE_H
#define ANEPROBE_DEVICE_HOST_LARGE_H

#include <stddef.h>

/* Zeroed, every page touched, aligned to 64 bytes or, from 2 MB on, to a huge page. NULL when memory
 * is out. To be released with free(). */
void *large_alloc(size_t bytes);

/* Copies what a private mapping of a file holds between address and address + bytes to huge pages in
 * its place, as far as whole ones of 2 MB lie in between; read-only afterwards, unmapped as the
 * mapping would have been. Nobody may read or write there meanwhile. Where it cannot be done, or on
 * macOS, the mapping stays as it is: the bytes are the same either way. */
void large_replace(void *address, size_t bytes);

#endif
