/* SPDX-License-Identifier: MIT
 *
 * The statistics against worked examples that others have published.
 */
#include "measure/stats.h"

#include <criterion/criterion.h>
#include <math.h>

#define N(array) (sizeof(array) / sizeof *(array))

static void near(double value, double expected, double tolerance) {
    cr_assert(fabs(value - expected) <= tolerance, "%.12g is not %.12g", value, expected);
}

static void near_interval(struct stats_interval v, double low, double high, double tolerance) {
    near(v.low, low, tolerance);
    near(v.high, high, tolerance);
}

/* Hollander & Wolfe (1973), p. 69: permeability of the human chorioamnion; also ?wilcox.test of R,
 * which gives W = 35 and a one-sided p of 0.1272. */
static const double term[] = {0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46};
static const double early[] = {1.15, 0.88, 0.90, 0.74, 1.21};
/* Ibid., p. 29: Hamilton depression scale before and after; ?wilcox.test: V = 40, p = 0.01953
 * one-sided. */
static const double before[] = {1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30};
static const double after[] = {0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29};
/* Student (1908), the `sleep` data of R; ?t.test. */
static const double sleep_1[] = {0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0};
static const double sleep_2[] = {1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};

Test(stats_published, mean_and_sd) {
    /* NIST StRD, NumAcc1: certified mean 10000002 and standard deviation 1. */
    static const double x[] = {10000001, 10000003, 10000002};
    near(stats_mean(x, 3), 10000002, 0);
    near(stats_sd(x, 3), 1, 1e-12);
}

Test(stats_published, quantiles) {
    /* quantile(1:10) and quantile(1:9, 0.1) of R, type 7 (Hyndman & Fan 1996) */
    static const double x[] = {10, 1, 9, 2, 8, 3, 7, 4, 6, 5};
    near(stats_quantile(x, 10, 0.25), 3.25, 1e-12);
    near(stats_quantile(x, 10, 0.75), 7.75, 1e-12);
    near(stats_quantile(x + 1, 9, 0.1), 1.8, 1e-12);
    near(stats_quantile(x, 10, 0), 1, 0);
    near(stats_quantile(x, 10, 1), 10, 0);
    near(stats_median(x, 10), 5.5, 1e-12);
    near(stats_median(x + 1, 9), 5, 0);
    near(x[0], 10, 0); /* samples stay as they are */
}

Test(stats_published, outliers) {
    /* Rousseeuw & Hubert (2011), "Robust statistics for outlier detection": 6.27, 6.34, 6.25, 63.1,
     * 6.28 has one outlier; its scaled MAD is 0.044. */
    static const double x[] = {6.27, 6.34, 6.25, 63.1, 6.28};
    cr_assert(stats_outliers(x, 5) == 1);
    cr_assert(stats_outliers(x, 3) == 0);
    /* Median 0, MAD 1: 4.4 is within 3 * 1.4826, 4.5 is not; the raw MAD would take both. */
    static const double y[] = {-1, -1, 0, 1, 1, 4.4, -4.5};
    cr_assert(stats_outliers(y, 7) == 1);
}

/* The binomial ranks of the 95 % interval of the median, as in the tables of the sign test: n = 10
 * is (2, 9) with 97.85 %, n = 100 is (40, 61). */
Test(stats_published, median_ranks) {
    static const struct {
        int n, low, high;
    } rows[] = {{6, 1, 6}, {8, 1, 8}, {9, 2, 8}, {10, 2, 9}, {12, 3, 10}, {15, 4, 12}, {16, 4, 13},
        {20, 6, 15}, {25, 8, 18}, {30, 10, 21}, {50, 18, 33}, {100, 40, 61}};
    double x[100];
    for (size_t i = 0; i < N(rows); i++) {
        for (int k = 0; k < rows[i].n; k++)
            x[k] = (k * 7 + 3) % rows[i].n + 1; /* 1..n in some order, where 7 does not divide n */
        struct stats_interval v = stats_median_interval(x, (size_t)rows[i].n, 0.95);
        cr_assert(v.low == rows[i].low && v.high == rows[i].high, "n = %d: %g %g", rows[i].n, v.low,
            v.high);
    }
    struct stats_interval v = stats_median_interval(x, 5, 0.95); /* 2 / 2^5 > 0.05 */
    cr_assert(v.low == -INFINITY && v.high == INFINITY);
}

/* 0.99^298 > 0.05 >= 0.99^299: Wilks (1941). */
Test(stats_published, p99_needs_299_samples) {
    double x[299];
    for (int i = 0; i < 299; i++)
        x[i] = i + 1;
    cr_assert(stats_quantile_interval(x, 298, 0.99, 0.95).high == INFINITY);
    struct stats_interval v = stats_quantile_interval(x, 299, 0.99, 0.95);
    cr_assert(v.high == 299);
    /* 0.05 - 0.99^299 = 0.00046 is left for the lower side: P(B < 289) = 0.00026, P(B < 290) =
     * 0.00100 */
    cr_assert(v.low == 289);
    v = stats_quantile_interval(x, 299, 0.01, 0.95); /* the mirror image */
    cr_assert(v.low == 1);
    cr_assert(v.high == 11);
}

Test(stats_published, t_intervals) {
    double difference[10];
    for (int i = 0; i < 10; i++)
        difference[i] = sleep_1[i] - sleep_2[i];
    /* t = -4.0621, df = 9 */
    near_interval(stats_mean_interval(difference, 10, 0.95), -2.4598858, -0.7001142, 5e-8);
    /* Welch: t = -1.8608, df = 17.776 */
    struct stats_interval v = stats_difference_of_means(sleep_1, 10, sleep_2, 10, 0.95);
    near(v.estimate, -1.58, 1e-12);
    near_interval(v, -3.3654832, 0.2054832, 5e-8);
    /* Welch with unequal variances and n: 3 samples of variance 1, 5 of variance 2.5, by hand:
     * se^2 = 1/3 + 1/2, df = (5/6)^2 / ((1/3)^2 / 2 + (1/2)^2 / 4) = 50 / 8.5 */
    static const double a[] = {1, 2, 3}, b[] = {1, 2, 3, 4, 5};
    near_interval(stats_difference_of_means(a, 3, b, 5, 0.95), -1 - 2.4594 * sqrt(5.0 / 6),
        -1 + 2.4594 * sqrt(5.0 / 6), 2e-3);
}

Test(stats_published, tost) {
    double difference[10];
    for (int i = 0; i < 10; i++)
        difference[i] = sleep_1[i] - sleep_2[i];
    /* The mean is -1.58 with t = -4.0621 against 0, df 9. Student's table: P(T > 1.833) = 0.05,
     * P(T > 2.821) = 0.01. So the nearer margin at those distances gives these p. */
    double se = 1.58 / 4.0621277;
    near(stats_tost_paired(difference, 10, -1.58 - 1.8331129 * se, 10), 0.05, 1e-6);
    near(stats_tost_paired(difference, 10, -10, -1.58 + 2.8214379 * se), 0.01, 1e-6);
    near(stats_tost_paired(difference, 10, -10, -1.58), 0.5, 1e-6);
    /* R: the two-sided p of t = -1.8608, df = 17.776 is 0.07939; moved to 0 and 3.16 the nearer
     * margin is as far away as 0 was. */
    near(stats_tost(sleep_1, 10, sleep_2, 10, 3.16), 0.07939 / 2, 5e-6);
    near(stats_tost(sleep_2, 10, sleep_1, 10, 3.16), 0.07939 / 2, 5e-6);
    cr_assert(stats_tost(sleep_1, 10, sleep_2, 10, 1) > 0.5);
}

Test(stats_published, mann_whitney) {
    near(stats_mann_whitney(term, 10, early, 5), 2 * 0.1272, 1e-4);
    near(stats_mann_whitney(early, 5, term, 10), 2 * 0.1272, 1e-4);
    /* scipy.stats.mannwhitneyu: ages at diagnosis, U = 17, p = 0.1111 */
    static const double males[] = {19, 22, 16, 29, 24}, females[] = {20, 11, 17, 12};
    near(stats_mann_whitney(males, 5, females, 4), 1.0 / 9, 1e-12);
    /* Nothing overlaps: 2 / C(8, 4) */
    static const double low[] = {1, 2, 3, 4}, high[] = {5, 6, 7, 8};
    near(stats_mann_whitney(low, 4, high, 4), 2.0 / 70, 1e-12);
    /* Ties, by hand: ranks 1.5 1.5 3.5 and 3.5 5 6; U = 0.5, mean 4.5,
     * var = 9 / 12 * (7 - 12 / 30) = 4.95; z = 3.5 / sqrt(4.95) = 1.57315; p = 0.11568 */
    static const double a[] = {1, 1, 2}, b[] = {2, 3, 4};
    near(stats_mann_whitney(a, 3, b, 3), 0.11568, 2e-5);
}

Test(stats_published, signed_rank) {
    double difference[9];
    for (int i = 0; i < 9; i++)
        difference[i] = before[i] - after[i];
    near(stats_signed_rank(difference, 9), 2 * 0.01953125, 1e-12);
    /* A zero is left out, and the rest is normal: V = 40, mean 22.5, var 71.25, z = 17 / 8.441 */
    double with_zero[10] = {0};
    for (int i = 0; i < 9; i++)
        with_zero[i + 1] = difference[i];
    near(stats_signed_rank(with_zero, 10), 0.04401, 2e-5);
    /* Smallest two-sided p of n = 5: 2 / 2^5 */
    static const double positive[] = {1, 2, 3, 4, 5};
    near(stats_signed_rank(positive, 5), 0.0625, 1e-12);
}

/* wilcox.test(conf.int = TRUE) of R on the same data */
Test(stats_published, hodges_lehmann) {
    struct stats_interval v = stats_hodges_lehmann(term, 10, early, 5, 0.95);
    near(v.estimate, 0.305, 1e-12);
    near_interval(v, -0.15, 0.76, 1e-12);
    v = stats_hodges_lehmann(early, 5, term, 10, 0.95);
    near(v.estimate, -0.305, 1e-12);
    near_interval(v, -0.76, 0.15, 1e-12);

    double difference[9];
    for (int i = 0; i < 9; i++)
        difference[i] = before[i] - after[i];
    v = stats_pseudomedian(difference, 9, 0.95);
    near(v.estimate, 0.46, 1e-12);
    near_interval(v, 0.010, 0.786, 1e-12);
}

/* What is larger is not adjusted to less than what is smaller: 3 x 0.03 and 1 x 0.05. */
Test(stats_published, holm_keeps_the_order) {
    double p[] = {0.03, 0.05, 0.04};
    stats_holm(p, 3);
    cr_assert_float_eq(p[0], 0.09, 1e-12);
    cr_assert_float_eq(p[1], 0.09, 1e-12);
    cr_assert_float_eq(p[2], 0.09, 1e-12);
}

Test(stats_published, holm) {
    /* Wikipedia, "Holm-Bonferroni method": of 0.01, 0.04, 0.03, 0.005 the first and last are
     * rejected at 0.05. p.adjust of R gives these values. */
    double p[] = {0.01, 0.04, 0.03, 0.005};
    stats_holm(p, 4);
    near(p[0], 0.03, 1e-15);
    near(p[1], 0.06, 1e-15);
    near(p[2], 0.06, 1e-15);
    near(p[3], 0.02, 1e-15);
    double large[] = {0.9, 0.6, NAN};
    stats_holm(large, 3);
    near(large[0], 1, 0);
    near(large[1], 1, 0);
    near(large[2], 1, 0);
}

Test(stats_published, clopper_pearson) {
    /* Conover (1971), p. 97, Mendel's peas: ?binom.test of R, 682 of 925 */
    near_interval(stats_rate(682, 925, 0.95), 0.7076683, 0.7654066, 5e-8);
    /* Closed forms for k = 0 and k = n: 1 - 0.025^(1/10) = 0.3085 */
    near_interval(stats_rate(0, 10, 0.95), 0, 0.3085, 5e-5);
    near_interval(stats_rate(10, 10, 0.95), 0.6915, 1, 5e-5);
    near_interval(stats_rate(0, 10, 0.90), 0, 1 - pow(0.05, 0.1), 1e-12);
    near(stats_rate(3, 4, 0.95).estimate, 0.75, 0);
}

Test(stats_published, theil_sen) {
    /* Sen (1968), section 6: slope 4, interval (26/7, 35/8) */
    static const double x[] = {1, 2, 3, 4, 10, 12, 18}, y[] = {9, 15, 19, 20, 45, 55, 78};
    struct stats_interval v = stats_theil_sen(x, y, 7, 0.95);
    near(v.estimate, 4, 1e-12);
    near_interval(v, 26.0 / 7, 35.0 / 8, 1e-12);
    /* Ties in x; ?ci.theil of the R package statpsych (Bonett) */
    static const double x2[] = {67, 28, 30, 28, 52, 40, 25, 37, 44, 10, 14, 20, 28, 40, 51};
    static const double y2[] = {21, 4, 9, 12, 35, 18, 10, 22, 24, 1, 6, 8, 13, 16, 19};
    v = stats_theil_sen(x2, y2, 15, 0.95);
    near(v.estimate, 0.5, 1e-12);
    near_interval(v, 0.3243243, 0.75, 5e-8);
}

Test(stats_published, two_lines) {
    /* The annual flow of the Nile at Aswan from 1871 on (Cobb 1978, Biometrika 65: 243-251), which
     * fell after 1898. (Of two means Zeileis et al. 2002, R package strucchange, have 1895 to 1902;
     * slopes make it wider.) */
    static const double flow[] = {1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995,
        935, 1110, 994, 1020, 960, 1180, 799, 958, 1140, 1100, 1210, 1150, 1250, 1260, 1220, 1030,
        1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969, 831, 726, 456, 824, 702,
        1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796, 1040, 759, 781, 865, 845,
        944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890, 744,
        749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714,
        740};
    double year[100];
    struct stats_lines s;
    for (int i = 0; i < 100; i++)
        year[i] = 1871 + i;
    cr_assert(stats_two_lines(year, flow, 100, 0.95, 1, &s) == 0);
    near(s.at.estimate, 1898.5, 1e-9);
    cr_assert(s.at.low >= 1890 && s.at.low <= 1898 && s.at.high >= 1899 && s.at.high <= 1915,
        "%g to %g", s.at.low, s.at.high);
    cr_assert(s.p <= 0.001);
}
