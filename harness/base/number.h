/* SPDX-License-Identifier: MIT
 *
 * Plain decimal numbers. Nothing else is accepted: no spaces, no plus sign, no hexadecimal, no
 * infinity, and nothing after the number.
 */
#ifndef ANEPROBE_BASE_NUMBER_H
#define ANEPROBE_BASE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* Digits only, least..most. Otherwise false, and *value is unchanged. */
bool number_whole(const char *text, uint64_t least, uint64_t most, uint64_t *value);

/* A finite decimal number, correctly rounded: -1, 0.5, 2e-3. Otherwise false, and *value is
 * unchanged. */
bool number_decimal(const char *text, double *value);

#endif
