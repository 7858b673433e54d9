/* SPDX-License-Identifier: MIT
 *
 * What the truths of all experiments share, and the experiments that have a file of their own.
 */
#ifndef ANEPROBE_TESTS_INSTRUMENT_TRUTH_BY_H
#define ANEPROBE_TESTS_INSTRUMENT_TRUTH_BY_H

#include "truth.h"

#define REPRODUCED "reproduced"
#define CONTRADICTED "contradicted"
#define UNSUPPORTED "unsupported"

/* `effect` as a share of the margin; the verdict is `inside` up to 1 and `outside` beyond. */
struct truth truth_by_margin(double effect, const char *inside, const char *outside);
/* Claimed is a ratio below the threshold, or above it; clear is one a third away from there. */
struct truth truth_by_ratio(double ratio, double threshold, bool above);

/* Of one finding of compile_limit, units, weight_formats, placement. */
struct truth truth_limit(const char *finding, const struct sim_params *p);
struct truth truth_units(const char *finding, const struct sim_params *p);
struct truth truth_formats(const char *finding, const struct sim_params *p);
struct truth truth_placement(const char *finding, const struct sim_params *p);

#endif
