/* SPDX-License-Identifier: MIT */
#include "truth_by.h"

#include <math.h>
#include <string.h>

double truth_w8a8_bytes(void) {
    return 8 * 128 * 128 + 2 * 2 * 128 * 64;
}

/* Of 256 rows of 1536. */
static double format_eval_us(const struct sim_params *p, double bits) {
    const double weights = 256.0 * 1536, io = 2 * (256 + 1536);
    const double bytes = weights * (p->formats_expand ? 16 : bits) / 8 + io;
    return p->dispatch_us + fmax(2 * weights / p->tflops / 1e6, bytes / p->bandwidth_gbs / 1e3);
}

static double zeros_ratio(const struct sim_params *p) {
    const double flop_us = TRUTH_W8A8_FLOP / p->tflops / 1e6;
    const double work_us = fmax(flop_us, truth_w8a8_bytes() / p->bandwidth_gbs / 1e3);
    return (p->dispatch_us + work_us) / (p->dispatch_us + work_us * p->zeros_time_pct / 100);
}

/* Every form is taken and right. Half of a sparse matrix and a bit for each element: 9 bits. */
struct truth truth_formats(const char *finding, const struct sim_params *p) {
    const double fp16_us = format_eval_us(p, 16);
    if (!strcmp(finding, "weight-formats.taken"))
        return (struct truth){"taken", TRUTH_EXACT, REPRODUCED, NULL};
    if (!strcmp(finding, "weight-formats.int4-blocks-refused"))
        return (struct truth){"not refused", TRUTH_EXACT, CONTRADICTED, NULL};
    if (!strcmp(finding, "weight-formats.int8-faster"))
        return truth_by_ratio(fp16_us / format_eval_us(p, 8), 1.3, true);
    if (!strcmp(finding, "weight-formats.palette-4-faster"))
        return truth_by_ratio(fp16_us / format_eval_us(p, 4), 1.3, true);
    if (!strcmp(finding, "weight-formats.sparse-faster"))
        return truth_by_ratio(fp16_us / format_eval_us(p, 9), 1.3, true);
    return truth_by_margin((zeros_ratio(p) - 1) / 0.1, CONTRADICTED, REPRODUCED);
}
