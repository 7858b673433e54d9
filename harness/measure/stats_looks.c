/* SPDX-License-Identifier: MIT
 *
 * Several looks at samples that are still growing, with intervals that hold at all of them at once.
 *
 * Repeated confidence intervals (Jennison and Turnbull, J. R. Statist. Soc. B 51 (1989) 305-361; Group
 * Sequential Methods (2000), chapter 9): the chance that the interval of any look misses the truth is at
 * most 1 - level, and so is that of the last one, however it is decided when to stop. By a look at a
 * fraction t of the plan (1 - level) t^1.5 of that chance is spent: error spending of Lan and DeMets
 * (Biometrika 70 (1983) 659-663), the power after Kim and DeMets (Biometrika 74 (1987) 149-154).
 *
 * A look's interval takes what is spent since the look before, so that the sum of all, and with it the
 * chance of any miss, is bounded whatever the interval is: Student's t of three, ranks, a binomial. The
 * joint distribution of normal means would leave each look a little more, but Student's t of so few does
 * not follow it: four looks at six samples then miss in 6.0 % instead of 5. The power 1.5 is such that
 * with the looks of record/looks.h the interval of a median exists at 7 of 12 samples and at 6 of 6.
 */
#include "measure/stats.h"

#include <math.h>

static const double spending_power = 1.5;

double stats_looks_level(double level, const double *fraction, size_t n) {
    double before = 0;
    for (size_t k = 0; k < n; k++) {
        if (!(fraction[k] > before && fraction[k] <= 1))
            return 1;
        if (k + 1 < n)
            before = fraction[k];
    }
    return n == 0 || (n == 1 && fraction[0] == 1)
               ? level
               : 1 - (1 - level) *
                         (pow(fraction[n - 1], spending_power) - pow(before, spending_power));
}
