/* SPDX-License-Identifier: MIT
 *
 * Violations: what a client did that the real framework does not forgive, or gets silently wrong.
 */
#ifndef ANEPROBE_TESTS_STANDIN_RECORD_H
#define ANEPROBE_TESTS_STANDIN_RECORD_H

/* Opens the file that ANEPROBE_STANDIN_VIOLATIONS names; lines already in it stay. */
void record_open(void);
void record_violation(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
