/* SPDX-License-Identifier: MIT
 *
 * What is known about the machine. Nothing that identifies it or its user.
 */
#ifndef ANEPROBE_DEVICE_HOST_MACHINE_H
#define ANEPROBE_DEVICE_HOST_MACHINE_H

#include <stddef.h>

/* "Apple M4", "AMD EPYC 7B13"; "unknown" if the system does not say. */
void machine_chip(char *text, size_t bytes);
#ifndef __APPLE__
/* The same from a file in the form of Linux's /proc/cpuinfo, which names no model on 64-bit ARM. */
void machine_chip_read(const char *cpuinfo, char *text, size_t bytes);
#endif
/* "macOS 26.3 (25D125)", "Debian GNU/Linux 12 (bookworm)". */
void machine_os(char *text, size_t bytes);
/* Name, release and architecture of the kernel. */
void machine_kernel(char *text, size_t bytes);
unsigned long long machine_memory_bytes(void); /* 0 = unknown */
/* The smallest difference seen between readings of the monotonic clock, by which every time here is
 * rounded: about 40 ns on Apple's chips, whose counter runs at 24 MHz. 0 = it stood still. */
unsigned machine_clock_step_ns(void);

#endif
