/* SPDX-License-Identifier: MIT */
#include "compile_limit_kind.h"

#include <stdio.h>

const char *limit_kinds_name(unsigned kinds) {
    static const char *const names[] = {"none", "loaded", "compiles", "loaded and compiles",
        "bytes", "loaded and bytes", "compiles and bytes", "loaded, compiles and bytes"};
    return kinds < sizeof names / sizeof *names ? names[kinds] : "";
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

/* More programs than `count` worked, so this way does not end there. */
static bool goes_past(const struct limit_point *p, unsigned count) {
    return p->fits > count && !limit_counts_agree(p->fits, count);
}

/* What the ends of tiny programs imply, when those kept loaded end at `count`. */
static unsigned tiny_kinds_decide(
    const struct limit_points *p, unsigned count, const char **pattern) {
    const struct limit_point *unload = &p->unload_tiny, *compile = &p->compile_only;
    const bool unloading_helps = goes_past(unload, count), unloading_ends = ends_at(unload, count);
    const bool compiling_helps = goes_past(compile, count);
    const bool compiling_ends = ends_at(compile, count);
    if (unloading_ends && compiling_ends) {
        *pattern = "the same number fit whether kept loaded, unloaded one by one or never loaded";
        return LIMIT_COMPILES;
    }
    if (unloading_helps && compiling_helps && !unload->found && !compile->found) {
        *pattern = "more fit when each was unloaded, and when they were only compiled";
        return LIMIT_LOADED;
    }
    if (unloading_helps && compiling_helps && unload->found && ends_at(compile, unload->fits)) {
        *pattern = "more fit when each was unloaded, and when they were only compiled, and those "
                   "two ended at the same count";
        return LIMIT_LOADED | LIMIT_COMPILES;
    }
    *pattern =
        unloading_helps && !unload->found && compiling_ends
            ? "compiled programs that are not freed seem to run out, loaded or not"
        : unloading_ends && compiling_helps && !compile->found
            ? "loads in the process's life seem to run out, not compiles"
            : "the other ways of creating programs end elsewhere, or were not searched far enough";
    return LIMIT_UNCLEAR;
}

/* Tiny programs ran out. Large ones must do so at the same number, or have been searched less far;
 * if they end before it, their bytes run out as well. */
static unsigned kept_kinds_decide(const struct limit_points *p, char *reason, size_t reason_bytes) {
    const struct limit_point *large = &p->keep_large;
    const unsigned count = p->keep_tiny.fits;
    const char *pattern;
    char more[80] = "";
    unsigned kinds = tiny_kinds_decide(p, count, &pattern);
    if (kinds != LIMIT_UNCLEAR && goes_past(large, count)) {
        kinds = LIMIT_UNCLEAR;
        snprintf(more, sizeof more, ", but more programs of 16 MB fit than tiny ones");
    } else if (kinds != LIMIT_UNCLEAR && large->found && !ends_at(large, count)) {
        kinds |= LIMIT_BYTES;
        snprintf(more, sizeof more, "; of programs of 16 MB only %u fit", large->fits);
    }
    snprintf(
        reason, reason_bytes, "%u tiny programs fit when kept loaded; %s%s", count, pattern, more);
    return kinds;
}

unsigned limit_kinds_decide(const struct limit_points *p, char *reason, size_t reason_bytes) {
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
        return kept_kinds_decide(p, reason, reason_bytes);
    if (p->unload_tiny.found || p->compile_only.found) {
        snprintf(reason, reason_bytes,
            "programs that were unloaded or never loaded ran out although loaded ones did not");
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
