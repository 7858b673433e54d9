/* SPDX-License-Identifier: MIT
 *
 * No key makes a limit outlive its process, since processes of a simulated engine do not share state:
 * compile-limit.restart-clears is tried only on engines of which it is true.
 */
#include "truth_by.h"

#include <math.h>
#include <string.h>

/* Where each way of making programs ends; TRUTH_SEARCHED where it does not. */
struct ends {
    double kept, unloaded, large; /* the last two: unloaded each or only compiled; kept, of 16 MB */
    bool found;
};

static struct ends limit_ends(const struct sim_params *p) {
    const double compiles = sim_limit(p, SIM_LIMIT_COMPILES);
    const double kept = fmin(compiles, sim_limit(p, SIM_LIMIT_LOADED));
    const double large = fmin(kept, floor(sim_limit(p, SIM_LIMIT_BYTES) / TRUTH_LARGE_MB));
    struct ends ends = {.kept = fmin(kept, TRUTH_SEARCHED),
        .unloaded = fmin(compiles, TRUTH_SEARCHED),
        .large = fmin(large, TRUTH_SEARCHED)};
    ends.found = ends.large < TRUTH_SEARCHED; /* large ones end no later than tiny ones */
    return ends;
}

static struct truth limit_value(const struct sim_params *p) {
    const struct ends ends = limit_ends(p);
    const double fits = ends.kept < TRUTH_SEARCHED ? ends.kept : ends.large;
    if (!ends.found)
        return (struct truth){"no limit within the search", TRUTH_EXACT, UNSUPPORTED, NULL};
    return fits >= 119 && fits <= 132
               ? (struct truth){"119 to 132", TRUTH_EXACT, REPRODUCED, NULL}
               : (struct truth){"another number", TRUTH_EXACT, CONTRADICTED, NULL};
}

/* The stated margin: counts agree within 2 or 5 %. Ends that do are one end, and what ends so near
 * the end of the search that going on cannot be told from ending has no kind to be found. */
static bool agree(double a, double b) {
    return fabs(a - b) <= fmax(2, floor(fmax(a, b) / 20));
}

static struct truth limit_kind(const struct sim_params *p) {
    static const char *const near_end = "near the end of the search";
    const struct ends e = limit_ends(p);
    const bool bytes = e.large < e.kept && !agree(e.large, e.kept);
    if (!e.found)
        return (struct truth){"none", TRUTH_EXACT, CONTRADICTED, "none"};
    if (e.kept == TRUTH_SEARCHED)
        return bytes ? (struct truth){"bytes", TRUTH_EXACT, CONTRADICTED, "bytes"}
                     : (struct truth){near_end, TRUTH_NEAR, CONTRADICTED, "bytes"};
    if (e.unloaded == TRUTH_SEARCHED && agree(e.kept, e.unloaded))
        return (struct truth){
            near_end, TRUTH_NEAR, CONTRADICTED, bytes ? "loaded and bytes" : "loaded"};
    if (e.unloaded == TRUTH_SEARCHED)
        return bytes ? (struct truth){"loaded and bytes", TRUTH_EXACT, CONTRADICTED,
                           "loaded and bytes"}
                     : (struct truth){"loaded", TRUTH_EXACT, CONTRADICTED, "loaded"};
    if (agree(e.kept, e.unloaded))
        return bytes ? (struct truth){"compiles and bytes", TRUTH_EXACT, REPRODUCED,
                           "compiles and bytes"}
                     : (struct truth){"compiles", TRUTH_EXACT, REPRODUCED, "compiles"};
    return (struct truth){"loaded and compiles", TRUTH_EXACT, CONTRADICTED, "loaded and compiles"};
}

/* A wait clears the count of compiles, but not of what is loaded. */
static struct truth wait_gives_back(const struct sim_params *p) {
    const double compiles = sim_limit(p, SIM_LIMIT_COMPILES);
    if (limit_ends(p).kept >= TRUTH_SEARCHED)
        return (struct truth){"no limit within the search", TRUTH_EXACT, UNSUPPORTED, NULL};
    return p->limit_back == SIM_BACK_WAIT && compiles < sim_limit(p, SIM_LIMIT_LOADED)
               ? (struct truth){"it does", TRUTH_EXACT, REPRODUCED, NULL}
               : (struct truth){"it does not", TRUTH_EXACT, CONTRADICTED, NULL};
}

/* Unloading frees places for loaded programs. Using them needs further compiles: the program that was refused
 * at loading took one, too. */
static struct truth purge_gives_nothing(const struct sim_params *p) {
    const struct ends ends = limit_ends(p);
    if (ends.kept >= TRUTH_SEARCHED)
        return (struct truth){"no limit within the search", TRUTH_EXACT, UNSUPPORTED, NULL};
    return p->limit_back == SIM_BACK_PURGE || sim_limit(p, SIM_LIMIT_COMPILES) > ends.kept + 1
               ? (struct truth){"something", TRUTH_EXACT, CONTRADICTED, NULL}
               : (struct truth){"nothing", TRUTH_EXACT, REPRODUCED, NULL};
}

struct truth truth_limit(const char *finding, const struct sim_params *p) {
    const bool found = limit_ends(p).found;
    if (!strcmp(finding, "compile-limit.exists"))
        return found ? (struct truth){"a limit", TRUTH_EXACT, REPRODUCED, NULL}
                     : (struct truth){"none", TRUTH_EXACT, CONTRADICTED, NULL};
    if (!strcmp(finding, "compile-limit.value"))
        return limit_value(p);
    if (!strcmp(finding, "compile-limit.kind"))
        return limit_kind(p);
    if (!strcmp(finding, "compile-limit.wait-gives-back"))
        return wait_gives_back(p);
    if (!strcmp(finding, "compile-limit.purge-gives-nothing"))
        return purge_gives_nothing(p);
    return found ? (struct truth){"a restart clears it", TRUTH_EXACT, REPRODUCED, NULL}
                 : (struct truth){"no limit within the search", TRUTH_EXACT, UNSUPPORTED, NULL};
}
