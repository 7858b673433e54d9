/* SPDX-License-Identifier: MIT */
#include "compile_limit_kind.h"

#include <stdio.h>

const char *limit_kind_name(enum limit_kind kind) {
    switch (kind) {
    case LIMIT_NONE:
        return "none";
    case LIMIT_COMPILES:
        return "compiles";
    case LIMIT_LOADED:
        return "loaded";
    case LIMIT_BYTES:
        return "bytes";
    default:
        return "";
    }
}

static unsigned slack(unsigned count) {
    return count / 20 > 2 ? count / 20 : 2;
}

bool limit_counts_agree(unsigned a, unsigned b) {
    return a > b ? a - b <= slack(a) : b - a <= slack(b);
}

static bool ends_at(const struct limit_point *p, unsigned count) {
    return p->found && limit_counts_agree(p->fits, count);
}

/* More programs than `count` worked, so that is not where this way ends. */
static bool goes_past(const struct limit_point *p, unsigned count) {
    return p->fits > count && !limit_counts_agree(p->fits, count);
}

/* Tiny programs ran out at `count`. Large ones must do so too, or have been searched less far. */
static const char *large_disagrees(const struct limit_point *large, unsigned count) {
    if (ends_at(large, count))
        return NULL;
    if (goes_past(large, count))
        return "but more programs of 16 MB fit than tiny ones";
    return large->found ? "but programs of 16 MB ran out earlier: two things may run out" : NULL;
}

static enum limit_kind tiny_kind_decide(
    const struct limit_points *p, char *reason, size_t reason_bytes) {
    const unsigned count = p->keep_tiny.fits;
    const bool unloading_helps = !p->unload_tiny.found && goes_past(&p->unload_tiny, count);
    const bool unloading_ends = ends_at(&p->unload_tiny, count);
    const bool compiling_helps = !p->compile_only.found && goes_past(&p->compile_only, count);
    const bool compiling_ends = ends_at(&p->compile_only, count);
    const char *against = large_disagrees(&p->keep_large, count);
    enum limit_kind kind = LIMIT_UNCLEAR;
    const char *pattern;
    if (unloading_ends && compiling_ends) {
        kind = LIMIT_COMPILES;
        pattern = "the same number fit whether kept loaded, unloaded each or never loaded";
    } else if (unloading_helps && compiling_helps) {
        kind = LIMIT_LOADED;
        pattern = "more fit when each was unloaded, and when they were only compiled";
    } else if (unloading_helps && compiling_ends) {
        pattern = "compiled programs that are not freed seem to run out, loaded or not";
    } else if (unloading_ends && compiling_helps) {
        pattern = "loads in the process's life seem to run out, not compiles";
    } else {
        pattern =
            "the other ways of making programs end elsewhere, or were not searched far enough";
    }
    snprintf(reason, reason_bytes, "%u tiny programs fit when kept loaded; %s%s%s", count, pattern,
        kind != LIMIT_UNCLEAR && against ? ", " : "",
        kind != LIMIT_UNCLEAR && against ? against : "");
    return against ? LIMIT_UNCLEAR : kind;
}

enum limit_kind limit_kind_decide(const struct limit_points *p, char *reason, size_t reason_bytes) {
    if (!p->keep_tiny.tried || !p->unload_tiny.tried || !p->compile_only.tried ||
        !p->keep_large.tried) {
        snprintf(reason, reason_bytes, "the arm %s has no trial that can be judged",
            !p->keep_tiny.tried      ? "keep-tiny"
            : !p->unload_tiny.tried  ? "unload-tiny"
            : !p->compile_only.tried ? "compile-only"
                                     : "keep-16mb");
        return LIMIT_UNCLEAR;
    }
    if (p->keep_tiny.found)
        return tiny_kind_decide(p, reason, reason_bytes);
    if (p->unload_tiny.found || p->compile_only.found) {
        snprintf(reason, reason_bytes,
            "programs that were unloaded or never loaded ran out where loaded ones did not");
        return LIMIT_UNCLEAR;
    }
    if (!p->keep_large.found) {
        snprintf(reason, reason_bytes, "none up to %u tiny programs and %u of 16 MB",
            p->keep_tiny.fits, p->keep_large.fits);
        return LIMIT_NONE;
    }
    if (!goes_past(&p->keep_tiny, p->keep_large.fits)) {
        snprintf(reason, reason_bytes,
            "%u programs of 16 MB fit, but not more than %u tiny ones were tried",
            p->keep_large.fits, p->keep_tiny.fits);
        return LIMIT_UNCLEAR;
    }
    snprintf(reason, reason_bytes, "%u programs of 16 MB fit and at least %u tiny ones",
        p->keep_large.fits, p->keep_tiny.fits);
    return LIMIT_BYTES;
}
