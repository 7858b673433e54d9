/* SPDX-License-Identifier: MIT
 *
 * Large weights repeat a stretch that was drawn: copying takes a tenth of the time of drawing. Its length is a
 * prime, so that no two rows of a matrix are equal, and longer than what compressors look back.
 */
#ifndef ANEPROBE_EXPERIMENT_STRETCH_H
#define ANEPROBE_EXPERIMENT_STRETCH_H

#include <stddef.h>
#include <string.h>

enum { STRETCH_ELEMENTS = 1048573 };

/* How many of n elements are to be drawn: the first so many. */
static inline size_t stretch_drawn(size_t n) {
    return n < STRETCH_ELEMENTS ? n : STRETCH_ELEMENTS;
}

/* Fills the others. */
static inline void stretch_repeat(void *elements, size_t n, size_t element_bytes) {
    char *const bytes = elements;
    for (size_t i = STRETCH_ELEMENTS; i < n; i += STRETCH_ELEMENTS)
        memcpy(bytes + i * element_bytes, bytes, stretch_drawn(n - i) * element_bytes);
}

#endif
