/* SPDX-License-Identifier: MIT */
#include "base/array.h"

#include <stdint.h>
#include <stdlib.h>

void *array_room(void *array, size_t n, size_t *room, size_t element_bytes) {
    if (n < *room)
        return array;
    const size_t wanted = *room == 0 ? 64 : 2 * *room;
    void *larger =
        wanted > SIZE_MAX / 2 / element_bytes ? NULL : realloc(array, wanted * element_bytes);
    if (larger)
        *room = wanted;
    return larger;
}
