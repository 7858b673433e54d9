/* SPDX-License-Identifier: MIT
 *
 * Linux's /sys, or the tree that ANEPROBE_SYSFS names in its place, as tests do and containers that
 * have the host's elsewhere.
 */
#ifndef ANEPROBE_BASE_SYSFS_H
#define ANEPROBE_BASE_SYSFS_H

#include <stddef.h>

void sysfs_path(const char *path, char *out, size_t size);
/* The first line of a file below it, without its end. 0, or errno. */
int sysfs_read(const char *path, char *out, size_t size);

#endif
