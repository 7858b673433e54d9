/* SPDX-License-Identifier: MIT */
#include "experiment/judge.h"

#include <math.h>
#include <stdio.h>

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

void judgement_ratio_verdict(struct judgement *j, const struct ratio_claim *c) {
    char measured[32] = "", reason[700];
    struct verdict_row row = {.finding = c->finding,
        .verdict = c->without,
        .measured = measured,
        .unit = "x",
        .interval = {NAN, NAN, NAN},
        .n = c->n,
        .n_unit = "processes",
        .reason = reason};
    if (c->n == 0) {
        snprintf(reason, sizeof reason, "%s", c->missing);
    } else {
        row.interval = c->ratio;
        row.verdict = c->above ? verdict_above(c->ratio, c->threshold)
                               : verdict_below(c->ratio, c->threshold);
        snprintf(measured, sizeof measured, "%.3g", c->ratio.estimate);
        snprintf(reason, sizeof reason, "%s: %.3g, interval %.3g to %.3g; %.3g decides", c->what,
            c->ratio.estimate, c->ratio.low, c->ratio.high, c->threshold);
    }
    judgement_verdict(j, &row);
}
