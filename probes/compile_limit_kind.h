/* SPDX-License-Identifier: MIT
 *
 * Decides what runs out, for the compile_limit probe, from where each way of creating programs
 * ends. Pure, so that it can be tested on patterns that no available device shows.
 */
#ifndef ANEPROBE_PROBES_COMPILE_LIMIT_KIND_H
#define ANEPROBE_PROBES_COMPILE_LIMIT_KIND_H

#include <stdbool.h>
#include <stddef.h>

/* One way of creating programs. */
struct limit_point {
    bool tried;    /* at least one trial completed */
    bool found;    /* it reached an end */
    unsigned fits; /* programs that worked: before the end, or all of the search */
};

struct limit_points {
    struct limit_point keep_tiny;    /* all kept loaded */
    struct limit_point unload_tiny;  /* each unloaded and freed before the next */
    struct limit_point compile_only; /* compiled and kept, at most one loaded at a time */
    struct limit_point keep_large;   /* as keep_tiny, with 16 MB of weights each */
};

/* What ran out, one bit each: an engine may have more than one limit. */
enum limit_kinds {
    LIMIT_NONE = 0,
    LIMIT_LOADED = 1,   /* programs loaded at once */
    LIMIT_COMPILES = 2, /* compiles in the process's life */
    LIMIT_BYTES = 4,    /* bytes of loaded weights */
    LIMIT_UNCLEAR = 8
};

/* "none", "loaded", ..., "loaded and bytes"; "" for LIMIT_UNCLEAR. */
const char *limit_kinds_name(unsigned kinds);

/* Whether two counts of programs agree, within 2 or 5 %, whichever is larger: the system's own
 * programs come and go. */
bool limit_counts_agree(unsigned a, unsigned b);

/* Returns the kinds, and in `reason` the pattern that decided. */
unsigned limit_kinds_decide(const struct limit_points *points, char *reason, size_t reason_bytes);

#endif
