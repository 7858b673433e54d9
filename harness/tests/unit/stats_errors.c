/* SPDX-License-Identifier: MIT
 *
 * Tests by simulation: false alarms no more often than the level says (three standard errors of the
 * simulation allowed), exactly as often where that is known, and real effects found. Seeds are
 * fixed: a test passes always or never.
 */
#include "measure/stats.h"

#include <criterion/criterion.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

static gsl_rng *rng;

static void set_up(void) {
    rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, 20260302);
}

static void tear_down(void) {
    gsl_rng_free(rng);
}

TestSuite(stats_errors, .init = set_up, .fini = tear_down);

static void draw(double *x, int n, double mean, double sd) {
    for (int i = 0; i < n; i++)
        x[i] = mean + gsl_ran_gaussian(rng, sd);
}

static void occurs(int count, int rounds, double low, double high) {
    double rate = (double)count / rounds, expected = 0.5 * (low + high);
    double error = 3 * sqrt(expected * (1 - expected) / rounds);
    cr_assert(rate >= low - error, "%.4f is below %.4f", rate, low);
    cr_assert(rate <= high + error, "%.4f is above %.4f", rate, high);
}

enum { ROUNDS = 4000 };

/* 7 against 7: 2 P(U <= 8) = 0.0379, 2 P(U <= 9) = 0.0530 (any table of the statistic). */
Test(stats_errors, mann_whitney) {
    int alarms = 0, found = 0;
    double a[7], b[7];
    for (int round = 0; round < ROUNDS; round++) {
        draw(a, 7, 0, 1);
        draw(b, 7, 0, 1);
        alarms += stats_mann_whitney(a, 7, b, 7) <= 0.05;
        for (int i = 0; i < 7; i++)
            a[i] += 2;
        found += stats_mann_whitney(a, 7, b, 7) <= 0.05;
    }
    occurs(alarms, ROUNDS, 0.0379, 0.0379);
    occurs(found, ROUNDS, 0.85, 1); /* the t test's power is 0.93 */
}

Test(stats_errors, mann_whitney_with_ties) {
    int alarms = 0;
    double a[30], b[20];
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < 30; i++)
            a[i] = gsl_ran_poisson(rng, 2);
        for (int i = 0; i < 20; i++)
            b[i] = gsl_ran_poisson(rng, 2);
        alarms += stats_mann_whitney(a, 30, b, 20) <= 0.05;
    }
    occurs(alarms, ROUNDS, 0.043, 0.05);
}

/* n = 8: 2 P(V <= 3) = 10 / 256. */
Test(stats_errors, signed_rank) {
    int alarms = 0, found = 0;
    double x[8];
    for (int round = 0; round < ROUNDS; round++) {
        draw(x, 8, 0, 1);
        alarms += stats_signed_rank(x, 8) <= 0.05;
        for (int i = 0; i < 8; i++)
            x[i] += 1.5;
        found += stats_signed_rank(x, 8) <= 0.05;
    }
    occurs(alarms, ROUNDS, 10.0 / 256, 10.0 / 256);
    occurs(found, ROUNDS, 0.85, 1);
}

/* At the very margin, equivalence is claimed in 5 % of cases; well inside nearly always; beyond it
 * hardly ever. */
Test(stats_errors, tost) {
    int at_margin = 0, inside = 0, beyond = 0;
    double a[10], b[14];
    for (int round = 0; round < ROUNDS; round++) {
        draw(a, 10, 3, 1);
        draw(b, 14, 0, 1.5);
        at_margin += stats_tost(a, 10, b, 14, 3) <= 0.05;
        beyond += stats_tost(a, 10, b, 14, 2) <= 0.05;
        draw(b, 14, 3, 1.5);
        inside += stats_tost(a, 10, b, 14, 3) <= 0.05;
    }
    occurs(at_margin, ROUNDS, 0.049, 0.051);
    occurs(beyond, ROUNDS, 0, 0.001);
    occurs(inside, ROUNDS, 0.99, 1);
}

Test(stats_errors, tost_paired) {
    int at_low = 0, at_high = 0, inside = 0;
    double x[6];
    for (int round = 0; round < ROUNDS; round++) {
        draw(x, 6, 0, 1);
        at_low += stats_tost_paired(x, 6, 0, 10) <= 0.05;
        at_high += stats_tost_paired(x, 6, -10, 0) <= 0.05;
        inside += stats_tost_paired(x, 6, -3, 3) <= 0.05;
    }
    occurs(at_low, ROUNDS, 0.05, 0.05);
    occurs(at_high, ROUNDS, 0.05, 0.05);
    occurs(inside, ROUNDS, 0.98, 1);
}

/* A margin that the noise does not allow to be shown must not be shown. */
Test(stats_errors, tost_without_power_claims_nothing) {
    int claims = 0;
    double a[3], b[3];
    for (int round = 0; round < ROUNDS; round++) {
        draw(a, 3, 0, 1);
        draw(b, 3, 0, 1);
        claims += stats_tost(a, 3, b, 3, 0.3) <= 0.05;
    }
    occurs(claims, ROUNDS, 0, 0.05);
}

/* Ten true null hypotheses: any rejection in 1 - 0.995^10 = 4.89 % of families. With nine, and a
 * tenth that is false, still no more, and the false one is found. */
Test(stats_errors, holm) {
    int any = 0, any_beside = 0, found = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double p[10], q[10];
        for (int i = 0; i < 10; i++)
            p[i] = q[i] = gsl_rng_uniform(rng);
        q[4] = 1e-6;
        stats_holm(p, 10);
        stats_holm(q, 10);
        bool rejected = false, rejected_beside = false;
        for (int i = 0; i < 10; i++) {
            rejected = rejected || p[i] <= 0.05;
            rejected_beside = rejected_beside || (i != 4 && q[i] <= 0.05);
        }
        any += rejected;
        any_beside += rejected_beside;
        found += q[4] <= 0.05;
    }
    occurs(any, ROUNDS, 0.0489, 0.0489);
    occurs(any_beside, ROUNDS, 0.0489, 0.0489); /* Bonferroni would give 0.0441 */
    cr_assert(found == ROUNDS);
}

/* The change is looked for in every gap: an F test here would raise several times the alarms. */
Test(stats_errors, two_lines_of_a_line) {
    enum { FEW = 300 };
    int alarms = 0, found = 0;
    double x[12], y[12];
    for (int round = 0; round < FEW; round++) {
        struct stats_lines s;
        for (int i = 0; i < 12; i++) {
            x[i] = i;
            y[i] = (50 + 3 * x[i]) * (1 + gsl_ran_gaussian(rng, 0.02));
        }
        cr_assert(stats_two_lines(x, y, 12, 0.95, 1, &s) == 0);
        alarms += s.p <= 0.05;
        for (int i = 0; i < 12; i++)
            y[i] *= x[i] > 6 ? 1.25 : 1;
        cr_assert(stats_two_lines(x, y, 12, 0.95, 1, &s) == 0);
        found += s.p <= 0.05;
    }
    occurs(alarms, FEW, 0.05, 0.05);
    occurs(found, FEW, 0.95, 1);
}
