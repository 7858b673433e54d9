/* SPDX-License-Identifier: MIT */
#include "mil/hash.h"

#include <string.h>

static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 33)) * 0xFF51AFD7ED558CCDu; /* MurmurHash3's finaliser */
    z = (z ^ (z >> 33)) * 0xC4CEB9FE1A85EC53u;
    return z ^ (z >> 33);
}

/* Weights are many megabytes and each step depends on the one before, so four chains run side by
 * side. */
enum { HASH_LANES = 4 };

static void hash_lanes(uint64_t lanes[HASH_LANES], const unsigned char *p, size_t n_words) {
    for (size_t i = 0; i < n_words; i += HASH_LANES)
        for (int lane = 0; lane < HASH_LANES; lane++, p += sizeof *lanes) {
            uint64_t word;
            memcpy(&word, p, sizeof word);
            lanes[lane] = (lanes[lane] ^ word) * 0x9E3779B97F4A7C15u;
            lanes[lane] ^= lanes[lane] >> 32;
        }
}

struct mil_hash mil_hash_start(void) {
    return (struct mil_hash){1, 2};
}

void mil_hash_add(struct mil_hash *hash, const void *data, size_t bytes) {
    const unsigned char *p = data;
    uint64_t a = hash->a ^ bytes, b = hash->b + bytes;
    uint64_t lanes[HASH_LANES] = {1, 2, 3, 4};
    size_t n_words = bytes / sizeof *lanes / HASH_LANES * HASH_LANES;
    hash_lanes(lanes, p, n_words);
    for (int lane = 0; lane < HASH_LANES; lane++) {
        a = mix(a ^ lanes[lane]);
        b = mix(b + lanes[lane]);
    }
    if (bytes > 0)
        p += n_words * sizeof *lanes;
    bytes -= n_words * sizeof *lanes;
    while (bytes > 0) {
        uint64_t word = 0;
        size_t n = bytes < sizeof word ? bytes : sizeof word;
        memcpy(&word, p, n);
        a = (a ^ word) * 0x9E3779B97F4A7C15u;
        a ^= a >> 32;
        b = (b + word) * 0xD6E8FEB86659FD93u;
        b ^= b >> 29;
        p += n;
        bytes -= n;
    }
    hash->a = mix(a);
    hash->b = mix(b);
}

bool mil_hash_equal(struct mil_hash x, struct mil_hash y) {
    return x.a == y.a && x.b == y.b;
}
