/* SPDX-License-Identifier: MIT
 *
 * Memory for large arrays that are read again and again, in huge pages if the system has them:
 * under nested paging, sgemm over weights in 4 KB pages ran at half the rate it had with huge
 * pages.
 */
#ifndef ANEPROBE_DEVICE_HOST_LARGE_H
#define ANEPROBE_DEVICE_HOST_LARGE_H

#include <stddef.h>

/* Zeroed, every page touched, aligned to 64 bytes or, from 2 MB on, to a huge page. NULL when out
 * of memory; at once when it is more than the machine has. Release with free(). */
void *large_alloc(size_t bytes);

/* Replaces the pages between address and address + bytes of a private file mapping with huge pages
 * of the same content, as far as whole ones of 2 MB fit. They are read-only afterwards and unmapped
 * with the mapping. Nobody may access that range meanwhile. If it is not possible, and on macOS,
 * the mapping is unchanged: the bytes are the same either way. */
void large_replace(void *address, size_t bytes);

#endif
