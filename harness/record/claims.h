/* SPDX-License-Identifier: MIT
 *
 * What a claim rests on, from results/findings.csv: on times, which others on the machine change, or on
 * outputs, which they do not (codes, counts and values too).
 */
#ifndef ANEPROBE_RECORD_CLAIMS_H
#define ANEPROBE_RECORD_CLAIMS_H

#include "measure/csv.h"

enum claim_basis { CLAIM_ON_TIME, CLAIM_ON_OUTPUTS };

/* Of one row. -1 and *error, with file and line, when it says neither. */
int claims_basis(
    const struct csv_table *claims, size_t row, enum claim_basis *basis, struct error *error);

/* Has the experiment a claim on time, or none at all? Then its times are wanted. */
bool claims_any_on_time(const struct csv_table *claims, const char *experiment);

#endif
