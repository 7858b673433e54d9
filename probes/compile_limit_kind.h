/* SPDX-License-Identifier: MIT
 *
 * What runs out? The decision of the compile_limit probe, from where each way of making programs
 * came to its end. Pure, so that it can be tested on patterns that no device at hand shows.
 */
#ifndef ANEPROBE_PROBES_COMPILE_LIMIT_KIND_H
#define ANEPROBE_PROBES_COMPILE_LIMIT_KIND_H

#include <stdbool.h>
#include <stddef.h>

/* One way of making programs. */
struct limit_point {
    bool tried;    /* at least one trial ran to its end */
    bool found;    /* it came to an end */
    unsigned fits; /* programs that worked: before the end, or all that were searched */
};

struct limit_points {
    struct limit_point keep_tiny;    /* all kept loaded */
    struct limit_point unload_tiny;  /* each unloaded and freed before the next */
    struct limit_point compile_only; /* compiled and kept, at most one loaded at a time */
    struct limit_point keep_large;   /* as keep_tiny, with 16 MB of weights each */
};

enum limit_kind {
    LIMIT_NONE,     /* nothing ran out */
    LIMIT_COMPILES, /* compiles in the process's life */
    LIMIT_LOADED,   /* programs loaded at once */
    LIMIT_BYTES,    /* bytes of loaded weights */
    LIMIT_UNCLEAR
};

const char *limit_kind_name(enum limit_kind kind);

/* Do two counts of programs agree? Within 2 or 5 %, whichever is more: the system's own programs
 * come and go. */
bool limit_counts_agree(unsigned a, unsigned b);

/* The kind, and in `reason` the pattern that decided it. */
enum limit_kind limit_kind_decide(
    const struct limit_points *points, char *reason, size_t reason_bytes);

#endif
