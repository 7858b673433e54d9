/* SPDX-License-Identifier: MIT */
#include "experiment/experiment.h"

#include <math.h>
#include <stdio.h>

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

const char *interval_words(
    struct stats_interval v, const char *unit, char out[INTERVAL_WORDS_BYTES]) {
    if (isfinite(v.low) && isfinite(v.high))
        snprintf(out, INTERVAL_WORDS_BYTES, "interval %.3g to %.3g%s", v.low, v.high, unit);
    else
        snprintf(out, INTERVAL_WORDS_BYTES, "too few for an interval");
    return out;
}

void judgement_ratio_verdict(struct judgement *j, const struct ratio_claim *c) {
    char measured[32] = "", words[INTERVAL_WORDS_BYTES], reason[700];
    struct verdict_row row = {.finding = c->finding,
        .verdict = c->without,
        .measured = measured,
        .unit = "x",
        .interval = {NAN, NAN, NAN},
        .n = c->n,
        .n_unit = "processes",
        .reason = reason};
    if (c->n > 0) {
        row.interval = c->ratio;
        snprintf(measured, sizeof measured, "%.3g", c->ratio.estimate);
    }
    if (c->n == 0) {
        snprintf(reason, sizeof reason, "%s", c->missing);
    } else if (c->chip && !judgement_chip_is(j, &c->chip, 1, reason, sizeof reason)) {
        row.verdict = VERDICT_UNSUPPORTED;
    } else {
        row.verdict = c->above ? verdict_above(c->ratio, c->threshold)
                               : verdict_below(c->ratio, c->threshold);
        snprintf(reason, sizeof reason, "%s: %.3g, %s; the threshold is %.3g", c->what,
            c->ratio.estimate, interval_words(c->ratio, "", words), c->threshold);
    }
    judgement_verdict(j, &row);
}
