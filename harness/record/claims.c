/* SPDX-License-Identifier: MIT */
#include "record/claims.h"

#include <string.h>

int claims_basis(
    const struct csv_table *claims, size_t row, enum claim_basis *basis, struct error *error) {
    const int column = csv_require_column(claims, "rests_on", error);
    if (column < 0)
        return -1;
    const char *word = csv_text(claims, row, column);
    *basis = strcmp(word, "time") == 0 ? CLAIM_ON_TIME : CLAIM_ON_OUTPUTS;
    return *basis == CLAIM_ON_TIME || strcmp(word, "outputs") == 0
               ? 0
               : csv_fail(claims, row, column, error, "'%.40s' is neither time nor outputs", word);
}

bool claims_any_on_time(const struct csv_table *claims, const char *experiment) {
    const int column = csv_column(claims, "experiment");
    bool has_claims = false;
    for (size_t row = 0; row < csv_rows(claims); row++) {
        enum claim_basis basis;
        struct error ignored;
        if (strcmp(csv_text(claims, row, column), experiment) != 0)
            continue;
        if (claims_basis(claims, row, &basis, &ignored) == 0 && basis == CLAIM_ON_TIME)
            return true;
        has_claims = true;
    }
    return !has_claims;
}
