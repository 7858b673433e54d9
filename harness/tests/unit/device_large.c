/* SPDX-License-Identifier: MIT */
#include "device/host/large.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { HUGE_BYTES = 2 << 20, BYTES = 3 * HUGE_BYTES + 4096 };

static unsigned char byte_at(size_t i) {
    return (unsigned char)(i * 2654435761u >> 13);
}

Test(device_large, memory_is_zeroed_and_aligned) {
    for (size_t bytes = 1; bytes <= BYTES; bytes = bytes * 8 + 1) {
        unsigned char *memory = large_alloc(bytes);
        cr_assert(memory != NULL);
        cr_assert_eq((uintptr_t)memory % (bytes < HUGE_BYTES ? 64 : HUGE_BYTES), 0);
        size_t zeros = 0;
        while (zeros < bytes && memory[zeros] == 0)
            zeros++;
        cr_assert_eq(zeros, bytes);
        free(memory);
    }
}

/* From each position in a page of the file and beyond its ends: every byte stays the same. */
Test(device_large, replacing_keeps_every_byte) {
    FILE *file = tmpfile();
    cr_assert(file != NULL);
    for (size_t i = 0; i < BYTES; i++)
        fputc(byte_at(i), file);
    cr_assert_eq(fflush(file), 0);
    const size_t skips[] = {0, 1, 4096, HUGE_BYTES - 1};
    for (size_t s = 0; s < sizeof skips / sizeof *skips; s++) {
        unsigned char *map = mmap(NULL, BYTES, PROT_READ, MAP_PRIVATE, fileno(file), 0);
        cr_assert(map != MAP_FAILED);
        large_replace(map + skips[s], BYTES - skips[s]);
        size_t same = 0;
        while (same < BYTES && map[same] == byte_at(same))
            same++;
        cr_assert_eq(same, BYTES, "byte %zu after skipping %zu", same, skips[s]);
        cr_assert_eq(munmap(map, BYTES), 0);
    }
    fclose(file);
}
