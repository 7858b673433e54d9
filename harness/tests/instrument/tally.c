/* SPDX-License-Identifier: MIT */
#include "tally.h"

#include "measure/stats.h"

#include <inttypes.h>
#include <stdio.h>

void tally_head_put(struct csv_writer *w) {
    static const char *const columns[] = {
        "finding", "truth", "n", "right", "wrong", "inconclusive", "wrong_rate_high"};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        csv_put_text(w, columns[i]);
    csv_end_row(w);
}

void tally_put(struct csv_writer *w, const struct tally *t) {
    csv_put_text(w, t->finding);
    csv_put_text(w, t->class);
    csv_put_u64(w, t->n);
    csv_put_u64(w, t->right);
    csv_put_u64(w, t->wrong);
    csv_put_u64(w, t->inconclusive);
    csv_put_number(w, stats_rate(t->wrong, t->n, 0.95).high);
    csv_end_row(w);
}

void tally_add(struct tally *sum, const struct tally *t) {
    sum->n += t->n;
    sum->right += t->right;
    sum->wrong += t->wrong;
    sum->inconclusive += t->inconclusive;
}

int tally_tap(const struct tally *tallies, int n, bool disturbed) {
    bool all_ok = true;
    printf("1..%d\n", n);
    for (int i = 0; i < n; i++) {
        const struct tally *t = &tallies[i];
        bool interval = t->goal == TRUTH_NEAR || t->goal == TRUTH_NULL;
        bool ok = stats_rate(t->wrong, t->n, 0.95).low <= (interval ? 0.05 : 0.01) &&
                  (interval || disturbed || stats_rate(t->inconclusive, t->n, 0.95).low <= 0.05);
        printf("%s %d - %s: %s: %" PRIu64 " wrong and %" PRIu64 " inconclusive of %" PRIu64 "\n",
            ok ? "ok" : "not ok", i + 1, t->finding, t->class, t->wrong, t->inconclusive, t->n);
        all_ok = all_ok && ok;
    }
    return all_ok ? 0 : -1;
}
