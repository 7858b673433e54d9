/* SPDX-License-Identifier: MIT
 *
 * Arrays that grow: what they held stays, and without memory they are as they were.
 */
#include "base/array.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>

Test(array, elements_stay_as_it_grows) {
    enum { N = 1000 };
    size_t room = 0;
    int *array = NULL;
    for (size_t i = 0; i < N; i++) {
        int *larger = array_room(array, i, &room, sizeof *array);
        cr_assert_not_null(larger);
        cr_assert_gt(room, i);
        array = larger;
        array[i] = (int)i;
    }
    for (size_t i = 0; i < N; i++)
        cr_expect_eq(array[i], (int)i);
    free(array);
}

Test(array, room_is_taken_before_memory) {
    size_t room = 0;
    char *array = array_room(NULL, 0, &room, 1);
    const size_t first = room;
    cr_assert_not_null(array);
    cr_expect_eq(array_room(array, first - 1, &room, 1), array);
    cr_expect_eq(room, first);
    free(array);
}

Test(array, without_memory_nothing_changes) {
    size_t room = SIZE_MAX / 8;
    char elements[1];
    cr_expect_null(array_room(elements, room, &room, 16));
    cr_expect_eq(room, SIZE_MAX / 8);
}
