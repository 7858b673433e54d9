/* SPDX-License-Identifier: MIT
 *
 * Two independent 64-bit hashes side by side: tells contents apart, at memory's speed. Not against
 * those who would make two contents meet.
 */
#ifndef ANEPROBE_MIL_HASH_H
#define ANEPROBE_MIL_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mil_hash {
    uint64_t a, b;
};

struct mil_hash mil_hash_start(void);
/* Adds bytes, and that they are a piece by themselves: "ab" is neither "a", "b" nor "ab", "". */
void mil_hash_add(struct mil_hash *hash, const void *data, size_t bytes);
bool mil_hash_equal(struct mil_hash x, struct mil_hash y);

#endif
