/* SPDX-License-Identifier: MIT
 *
 * The known word nearest to a mistyped one.
 */
#ifndef ANEPROBE_BASE_SUGGEST_H
#define ANEPROBE_BASE_SUGGEST_H

#include <stddef.h>

/* The candidate with the smallest edit distance (insert, delete, replace, swap of neighbours), or
 * NULL when none is within a third of the word's length plus one. Borrowed from `candidates`. */
const char *suggest_nearest(const char *word, const char *const *candidates, size_t n);

#endif
