/* SPDX-License-Identifier: MIT
 *
 * Violations: what a client did that the real framework does not forgive, or that it gets wrong
 * without a word.
 */
#ifndef ANEPROBE_TESTS_STANDIN_RECORD_H
#define ANEPROBE_TESTS_STANDIN_RECORD_H

/* Names the file of ANEPROBE_STANDIN_VIOLATIONS; what was recorded stays. */
void record_open(void);
void record_violation(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
