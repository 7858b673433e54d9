/* SPDX-License-Identifier: MIT
 *
 * Two separate lines, one before a change and one after it. They need not meet, so the fit treats a
 * jump, a bend and both at once alike. The change is located between two x values.
 *
 * Points have weight 1 / y^2: errors of times grow with the times. With fixed weights, the largest
 * share by which a second line reduces the residual depends on neither the line nor the size of the
 * errors, so a simulation of lines gives an exact p value for normal errors. The interval is a
 * bootstrap of residuals: the fitted lines plus residuals drawn from all points.
 */
#include "measure/stats_private.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

enum { SIMULATIONS = 1999, RESAMPLES = 1999, SIDE_MIN = 3, SIDE_SHARE = 6 };

/* Residuals below this, relative to y, are rounding errors. */
static const double rounding = 1e-7;

struct line {
    double intercept, slope, rss;
};

/* Weighted sums of some points, x and y as in struct points. */
struct sums {
    double w, x, y, xx, xy, yy;
};

/* Points in the order of x; x from 0 to 1. Group g holds the points of one x value. */
struct points {
    size_t n, n_groups, side; /* side: the minimum number of groups per line */
    double *x, *y, *weight;
    size_t *first; /* of each group; first[n_groups] = n */
    double from, range;
};

static void points_free(struct points *p) {
    free(p->x);
    free(p->y);
    free(p->weight);
    free(p->first);
}

/* Returns -1 when out of memory. */
static int points_make(struct points *p, const double *x, const double *y, size_t n) {
    size_t *order = stats_alloc(n, sizeof *order);
    *p = (struct points){.n = n,
        .x = stats_alloc(n, sizeof *p->x),
        .y = stats_alloc(n, sizeof *p->y),
        .weight = stats_alloc(n, sizeof *p->weight),
        .first = stats_alloc(n + 1, sizeof *p->first)};
    if (!order || !p->x || !p->y || !p->weight || !p->first) {
        free(order);
        return -1;
    }
    gsl_sort_index(order, x, 1, n);
    p->from = x[order[0]];
    p->range = x[order[n - 1]] - p->from;
    for (size_t i = 0; i < n; i++) {
        p->x[i] = (x[order[i]] - p->from) / p->range;
        p->y[i] = y[order[i]];
        p->weight[i] = 1 / (p->y[i] * p->y[i]);
        if (i == 0 || x[order[i]] != x[order[i - 1]])
            p->first[p->n_groups++] = i;
    }
    p->first[p->n_groups] = n;
    p->side = p->n_groups / SIDE_SHARE > SIDE_MIN ? p->n_groups / SIDE_SHARE : SIDE_MIN;
    free(order);
    return 0;
}

static void sums_add(struct sums *s, const struct points *p, const double *y, size_t i) {
    const double w = p->weight[i];
    s->w += w;
    s->x += w * p->x[i];
    s->y += w * y[i];
    s->xx += w * p->x[i] * p->x[i];
    s->xy += w * p->x[i] * y[i];
    s->yy += w * y[i] * y[i];
}

static struct sums sums_less(struct sums a, struct sums b) {
    return (struct sums){a.w - b.w, a.x - b.x, a.y - b.y, a.xx - b.xx, a.xy - b.xy, a.yy - b.yy};
}

static struct line line_fit(struct sums s) {
    const double xx = s.xx - s.x * s.x / s.w, xy = s.xy - s.x * s.y / s.w;
    const double yy = s.yy - s.y * s.y / s.w, slope = xy / xx;
    return (struct line){(s.y - slope * s.x) / s.w, slope, fmax(0, yy - slope * xy)};
}

/* The best change, as the number of groups before it, and both lines; the one line in *whole. */
static size_t best_change(
    const struct points *p, const double *y, struct line *whole, struct line best[2]) {
    struct sums all = {0}, before = {0};
    size_t change = 0, added = 0;
    double least = INFINITY;
    for (size_t i = 0; i < p->n; i++)
        sums_add(&all, p, y, i);
    *whole = line_fit(all);
    for (size_t k = p->side; k + p->side <= p->n_groups; k++) {
        for (; added < p->first[k]; added++)
            sums_add(&before, p, y, added);
        const struct line lines[2] = {line_fit(before), line_fit(sums_less(all, before))};
        if (lines[0].rss + lines[1].rss < least) {
            least = lines[0].rss + lines[1].rss;
            change = k;
            best[0] = lines[0];
            best[1] = lines[1];
        }
    }
    return change;
}

/* The share of the one line's residual that the best two lines remove. */
static double gain(const struct line *whole, const struct line best[2]) {
    return 1 - (best[0].rss + best[1].rss) / whole->rss;
}

static double p_simulate(const struct points *p, double observed, gsl_rng *rng, double *y) {
    int n_larger = 0;
    for (int k = 0; k < SIMULATIONS; k++) {
        struct line whole, best[2];
        for (size_t i = 0; i < p->n; i++)
            y[i] = p->y[i] * gsl_ran_gaussian_ziggurat(rng, 1);
        best_change(p, y, &whole, best);
        n_larger += gain(&whole, best) >= observed;
    }
    return (n_larger + 1.0) / (SIMULATIONS + 1.0);
}

/* The second line's value at the largest x, relative to the first line's. */
static double slowdown(const struct line lines[2]) {
    return (lines[1].intercept + lines[1].slope) / (lines[0].intercept + lines[0].slope);
}

static double line_at(const struct points *p, size_t change, const struct line best[2], size_t i) {
    const struct line *line = &best[i >= p->first[change]];
    return line->intercept + line->slope * p->x[i];
}

/* The ends of the gap with that many groups before it, in the caller's units. */
static double gap_low(const struct points *p, size_t change) {
    return p->from + p->range * p->x[p->first[change - 1]];
}

static double gap_high(const struct points *p, size_t change) {
    return p->from + p->range * p->x[p->first[change]];
}

/* -1 when out of memory. */
static int intervals_resample(const struct points *p, size_t change, const struct line best[2],
    double level, gsl_rng *rng, double *y, struct stats_lines *out) {
    double *changes = stats_alloc(2 * RESAMPLES, sizeof *changes);
    double *residual = stats_alloc(p->n, sizeof *residual);
    const double inflate =
        sqrt((double)p->n / ((double)p->n - 4)); /* for the four that were fitted */
    if (!changes || !residual) {
        free(changes);
        free(residual);
        return -1;
    }
    double *ratios = changes + RESAMPLES;
    for (size_t i = 0; i < p->n; i++)
        residual[i] = inflate * (p->y[i] / line_at(p, change, best, i) - 1);
    for (int k = 0; k < RESAMPLES; k++) {
        struct line whole, lines[2];
        for (size_t i = 0; i < p->n; i++)
            y[i] = line_at(p, change, best, i) * (1 + residual[gsl_rng_uniform_int(rng, p->n)]);
        changes[k] = (double)best_change(p, y, &whole, lines);
        ratios[k] = slowdown(lines);
    }
    gsl_sort(changes, 1, RESAMPLES);
    gsl_sort(ratios, 1, RESAMPLES);
    const size_t cut = (size_t)((1 - level) / 2 * RESAMPLES);
    out->at.low = gap_low(p, (size_t)changes[cut]);
    out->at.high = gap_high(p, (size_t)changes[RESAMPLES - 1 - cut]);
    out->slowdown.low = ratios[cut];
    out->slowdown.high = ratios[RESAMPLES - 1 - cut];
    free(changes);
    free(residual);
    return 0;
}

static int fit(
    const struct points *p, double level, gsl_rng *rng, double *y, struct stats_lines *out) {
    struct line whole, best[2];
    const size_t change = best_change(p, p->y, &whole, best);
    *out = (struct stats_lines){.at = stats_unbounded(NAN), .slowdown = {1, 1, 1}, .p = 1};
    out->slope_before = out->slope_after = whole.slope / p->range;
    if (!(whole.rss > rounding * rounding * (double)p->n))
        return 0; /* a line already */
    out->at.estimate = (gap_low(p, change) + gap_high(p, change)) / 2;
    out->slowdown.estimate = slowdown(best);
    out->slope_before = best[0].slope / p->range;
    out->slope_after = best[1].slope / p->range;
    out->p = p_simulate(p, gain(&whole, best), rng, y);
    return intervals_resample(p, change, best, level, rng, y, out);
}

int stats_two_lines(const double *x, const double *y, size_t n, double level, uint64_t seed,
    struct stats_lines *out) {
    struct points p = {0};
    gsl_rng *rng = stats_rng_new(seed);
    double *work = n ? stats_alloc(n, sizeof *work) : NULL;
    int result = -1;
    for (size_t i = 0; i < n; i++)
        if (!(y[i] > 0))
            goto done;
    if (rng && work && points_make(&p, x, y, n) == 0 && p.n_groups >= 2 * SIDE_MIN)
        result = fit(&p, level, rng, work, out);
done:
    points_free(&p);
    free(work);
    if (rng)
        gsl_rng_free(rng);
    return result;
}
