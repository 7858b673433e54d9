/* SPDX-License-Identifier: MIT
 *
 * Numbers as people write them. Nothing else is taken: no spaces, no plus sign, no hexadecimal, no
 * infinity, and nothing behind the number.
 */
#ifndef ANEPROBE_BASE_NUMBER_H
#define ANEPROBE_BASE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* Digits only, least..most. Otherwise false, and *value is as it was. */
bool number_whole(const char *text, uint64_t least, uint64_t most, uint64_t *value);

/* A finite decimal number: -1, 0.5, 2e-3. Rounded right. Otherwise false, and *value is as it was. */
bool number_decimal(const char *text, double *value);

#endif
