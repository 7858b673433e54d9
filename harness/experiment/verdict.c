/* SPDX-License-Identifier: MIT */
#include "experiment/judge.h"

static const char *const names[] = {
    "reproduced", "contradicted", "inconclusive", "unsupported", "untrusted"};

const char *verdict_name(enum verdict verdict) {
    return names[verdict];
}

enum verdict verdict_within(struct stats_interval v, double low, double high) {
    return v.low >= low && v.high <= high ? VERDICT_REPRODUCED
           : v.high < low || v.low > high ? VERDICT_CONTRADICTED
                                          : VERDICT_INCONCLUSIVE;
}

enum verdict verdict_above(struct stats_interval v, double threshold) {
    return v.low > threshold    ? VERDICT_REPRODUCED
           : v.high < threshold ? VERDICT_CONTRADICTED
                                : VERDICT_INCONCLUSIVE;
}

enum verdict verdict_below(struct stats_interval v, double threshold) {
    return v.high < threshold  ? VERDICT_REPRODUCED
           : v.low > threshold ? VERDICT_CONTRADICTED
                               : VERDICT_INCONCLUSIVE;
}
