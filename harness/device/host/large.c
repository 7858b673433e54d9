/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* mremap */
#include "device/host/large.h"

#include "device/host/machine.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { ALIGN_BYTES = 64, HUGE_BYTES = 2 << 20 /* of x86-64 and arm64 */ };

void *large_alloc(size_t bytes) {
    const bool is_huge = bytes >= HUGE_BYTES;
    const unsigned long long has = machine_memory_bytes();
    void *memory;
    if (has > 0 && bytes > has) /* a system that overcommits would kill the process instead */
        return NULL;
    if (posix_memalign(&memory, is_huge ? HUGE_BYTES : ALIGN_BYTES, bytes) != 0)
        return NULL;
#ifdef MADV_HUGEPAGE
    if (is_huge) /* only advice: without it the memory still works, but slower */
        (void)madvise(memory, bytes, MADV_HUGEPAGE);
#endif
    memset(memory, 0, bytes);
    return memory;
}

#if defined(__linux__) && defined(MADV_HUGEPAGE)
static size_t to_next_huge(const void *address) {
    return -(uintptr_t)address % HUGE_BYTES;
}

void large_replace(void *address, size_t bytes) {
    const size_t skipped = to_next_huge(address);
    if (bytes < skipped || bytes - skipped < HUGE_BYTES)
        return;
    char *to = (char *)address + skipped;
    const size_t length = (bytes - skipped) / HUGE_BYTES * HUGE_BYTES;
    /* more than needed, so that it contains whole huge pages */
    char *room =
        mmap(NULL, length + HUGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        return;
    char *copy = room + to_next_huge(room), *end = room + length + HUGE_BYTES;
    (void)madvise(copy, length, MADV_HUGEPAGE);
    memcpy(copy, to, length);
    if (mprotect(copy, length, PROT_READ) != 0 ||
        mremap(copy, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, to) == MAP_FAILED)
        (void)munmap(copy, length);
    if (copy > room)
        (void)munmap(room, (size_t)(copy - room));
    (void)munmap(copy + length, (size_t)(end - copy) - length);
}
#else
void large_replace(void *address, size_t bytes) {
    (void)address, (void)bytes;
}
#endif
