/* SPDX-License-Identifier: MIT
 *
 * Two independent 64-bit hashes: tells contents apart at memory speed. Not collision-resistant
 * against an attacker.
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
/* Adds bytes as one piece: "ab" differs from "a", "b" and from "ab", "". */
void mil_hash_add(struct mil_hash *hash, const void *data, size_t bytes);
bool mil_hash_equal(struct mil_hash x, struct mil_hash y);

#endif
