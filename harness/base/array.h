/* SPDX-License-Identifier: MIT
 *
 * Arrays that grow.
 */
#ifndef ANEPROBE_BASE_ARRAY_H
#define ANEPROBE_BASE_ARRAY_H

#include <stddef.h>

/* The array with room for one more element than its `n`, perhaps elsewhere; it had *room elements' memory, at first
 * NULL and 0, and *room is updated. To free(). NULL when out of memory: the array is then as it was. */
void *array_room(void *array, size_t n, size_t *room, size_t element_bytes);

#endif
