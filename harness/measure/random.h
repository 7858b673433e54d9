/* SPDX-License-Identifier: MIT
 *
 * The stream behind every seeded choice: splitmix64 (Steele, Lea, Flood, OOPSLA 2014), a counter
 * and a mixer. The same on every machine; any word can be computed without those before it.
 */
#ifndef ANEPROBE_MEASURE_RANDOM_H
#define ANEPROBE_MEASURE_RANDOM_H

#include <stdint.h>

/* The increment of its state. */
#define RANDOM_STEP UINT64_C(0x9E3779B97F4A7C15)

static inline uint64_t random_next(uint64_t *state) {
    uint64_t z = *state += RANDOM_STEP;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* 0 .. n-1, each equally likely; n > 0. */
static inline uint64_t random_below(uint64_t *state, uint64_t n) {
    /* reject the last incomplete round of n, otherwise small values would be more likely */
    uint64_t limit = UINT64_MAX - UINT64_MAX % n;
    uint64_t x;
    do
        x = random_next(state);
    while (x >= limit);
    return x % n;
}

/* [0, 1), in steps of 2^-53. */
static inline double random_unit(uint64_t *state) {
    return (double)(random_next(state) >> 11) * 0x1p-53;
}

#endif
