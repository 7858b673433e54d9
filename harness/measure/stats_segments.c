/* SPDX-License-Identifier: MIT
 *
 * Two line segments that meet: y = a + b x + d max(0, x - c), least squares over every c.
 *
 * For a fixed c this is a linear fit, and what the hinge takes off the line's residual sum of
 * squares is gain(c) = hy^2 / hh, with hh and hy the hinge's products with itself and with y after
 * the line is projected out of it. Between two neighbouring x values hy is linear in c and hh
 * quadratic, so gain has one stationary point there with hy != 0, in closed form: the best c is
 * exact (Hudson 1966), and so is the set of c that the F test keeps.
 *
 * Whether there is a break at all is no F test: c means nothing when there is none. The p value is
 * a Monte Carlo one instead, exact for normal errors, since the largest gain relative to the
 * residual does not depend on the line or on the errors' size.
 */
#include "measure/stats_private.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

enum { SIMULATIONS = 1999, TEST_BREAKS = 200 };

/* Residuals below this share of the total are rounding. */
static const double noise_floor = 1e-13;

/* Breaks c in [from, to], two neighbouring x values; points[first...] lie to the right. */
struct piece {
    double from, to;
    size_t first;
    double n, sum_t, sum_tt; /* of the points to the right */
    double p, q, r;          /* hh = p + q c + r c^2 */
};

/* Points in the order of x, with t = (x - x_mean) / x_range and their y. */
struct points {
    size_t n, n_pieces;
    double *t, *y;
    double *y_right, *ty_right; /* sums from each point to the last */
    struct piece *pieces;
    double x_mean, x_range, y_mean;
    double sum_tt;
};

static void free_points(struct points *p) {
    free(p->t);
    free(p->y);
    free(p->y_right);
    free(p->ty_right);
    free(p->pieces);
}

static int allocate_points(struct points *p, size_t n) {
    *p = (struct points){.n = n};
    p->t = malloc(n * sizeof *p->t);
    p->y = malloc(n * sizeof *p->y);
    p->y_right = malloc(n * sizeof *p->y_right);
    p->ty_right = malloc(n * sizeof *p->ty_right);
    p->pieces = malloc(n * sizeof *p->pieces);
    return p->t && p->y && p->y_right && p->ty_right && p->pieces ? 0 : -1;
}

static int scale_points(struct points *p, const double *x, const double *y) {
    size_t n = p->n, *order = malloc(n * sizeof *order);
    if (!order)
        return -1;
    gsl_sort_index(order, x, 1, n);
    p->x_mean = stats_mean(x, n);
    p->y_mean = stats_mean(y, n);
    p->x_range = x[order[n - 1]] - x[order[0]];
    for (size_t i = 0; i < n; i++) {
        p->t[i] = (x[order[i]] - p->x_mean) / p->x_range;
        p->y[i] = y[order[i]];
        p->sum_tt += p->t[i] * p->t[i];
    }
    free(order);
    return 0;
}

/* Each side keeps at least two different x values. */
static void find_pieces(struct points *p) {
    double n = 0, sum_t = 0, sum_tt = 0, total = (double)p->n;
    size_t n_distinct = 1, seen = 1;
    for (size_t i = 1; i < p->n; i++)
        n_distinct += p->t[i] != p->t[i - 1];
    for (size_t i = p->n - 1; i > 0; i--) {
        n += 1;
        sum_t += p->t[i];
        sum_tt += p->t[i] * p->t[i];
        if (p->t[i] == p->t[i - 1])
            continue;
        seen++; /* distinct values from t[i - 1] up */
        if (seen <= 2 || seen >= n_distinct)
            continue;
        struct piece *piece = &p->pieces[p->n_pieces++];
        *piece = (struct piece){p->t[i - 1], p->t[i], i, n, sum_t, sum_tt,
            .p = sum_tt - sum_t * sum_t / total - sum_tt * sum_tt / p->sum_tt,
            .q = -2 * sum_t + 2 * sum_t * n / total + 2 * sum_tt * sum_t / p->sum_tt,
            .r = n - n * n / total - sum_t * sum_t / p->sum_tt};
    }
    for (size_t i = 0; i < p->n_pieces / 2; i++) { /* were found from the right */
        struct piece swap = p->pieces[i];
        p->pieces[i] = p->pieces[p->n_pieces - 1 - i];
        p->pieces[p->n_pieces - 1 - i] = swap;
    }
}

/* The line through y: its slope, and what it leaves. Takes the mean off y; fills the sums. */
struct line {
    double slope, rss, sum_yy;
};

static struct line fit_line(struct points *p, double *y) {
    double mean = stats_mean(y, p->n), sum_y = 0, sum_ty = 0, sum_yy = 0;
    for (size_t i = p->n; i-- > 0;) {
        y[i] -= mean;
        sum_y += y[i];
        sum_ty += p->t[i] * y[i];
        sum_yy += y[i] * y[i];
        p->y_right[i] = sum_y;
        p->ty_right[i] = sum_ty;
    }
    double slope = sum_ty / p->sum_tt;
    return (struct line){slope, sum_yy - sum_ty * slope, sum_yy};
}

/* hy = a + b c */
struct hinge {
    double a, b;
};

static struct hinge fit_hinge(const struct points *p, const struct piece *piece, double slope) {
    return (struct hinge){p->ty_right[piece->first] - piece->sum_tt * slope,
        piece->sum_t * slope - p->y_right[piece->first]};
}

static double gain_at(const struct piece *piece, struct hinge h, double c) {
    double hh = piece->p + c * (piece->q + c * piece->r), hy = h.a + h.b * c;
    double size = piece->sum_tt + fabs(2 * c * piece->sum_t) + c * c * piece->n;
    return hh > 1e-12 * size ? hy * hy / hh : 0; /* else the hinge is a line but for rounding */
}

/* Where gain is largest in a piece. */
static double best_break(const struct piece *piece, struct hinge h) {
    double best =
        gain_at(piece, h, piece->from) >= gain_at(piece, h, piece->to) ? piece->from : piece->to;
    double c = (h.a * piece->q - 2 * h.b * piece->p) / (h.b * piece->q - 2 * h.a * piece->r);
    if (c > piece->from && c < piece->to && gain_at(piece, h, c) > gain_at(piece, h, best))
        best = c;
    return best;
}

/* gain is below `least` at `outside` and not at `inside`, with one crossing between. */
static double find_crossing(
    const struct piece *piece, struct hinge h, double outside, double inside, double least) {
    for (int i = 0; i < 200; i++) {
        double middle = 0.5 * outside + 0.5 * inside;
        if (middle == outside || middle == inside)
            break;
        if (gain_at(piece, h, middle) >= least)
            inside = middle;
        else
            outside = middle;
    }
    return inside;
}

/* The outermost breaks with a gain of at least `least`; infinite where no x bounds them. */
static void find_interval(
    const struct points *p, double slope, double least, double *low, double *high) {
    *low = -INFINITY;
    *high = INFINITY;
    for (size_t i = 0; i < p->n_pieces; i++) {
        const struct piece *piece = &p->pieces[i];
        struct hinge h = fit_hinge(p, piece, slope);
        double best = best_break(piece, h);
        if (gain_at(piece, h, best) < least)
            continue;
        if (i > 0 || gain_at(piece, h, piece->from) < least)
            *low = p->x_mean + p->x_range * find_crossing(piece, h, piece->from, best, least);
        break;
    }
    for (size_t i = p->n_pieces; i-- > 0;) {
        const struct piece *piece = &p->pieces[i];
        struct hinge h = fit_hinge(p, piece, slope);
        double best = best_break(piece, h);
        if (gain_at(piece, h, best) < least)
            continue;
        if (i + 1 < p->n_pieces || gain_at(piece, h, piece->to) < least)
            *high = p->x_mean + p->x_range * find_crossing(piece, h, piece->to, best, least);
        break;
    }
}

/* The share of the line's residual that the best of some fixed breaks takes off. */
static double break_statistic(struct points *p, double *y) {
    struct line line = fit_line(p, y);
    size_t step = (p->n_pieces + TEST_BREAKS - 1) / TEST_BREAKS;
    double largest = 0;
    for (size_t i = 0; i < p->n_pieces; i += step) {
        const struct piece *piece = &p->pieces[i];
        struct hinge h = fit_hinge(p, piece, line.slope);
        largest = fmax(largest, gain_at(piece, h, piece->from));
        largest = fmax(largest, gain_at(piece, h, piece->to));
    }
    return largest / line.rss;
}

/* Overwrites y. NaN = no memory. */
static double simulate_p(struct points *p) {
    double observed = break_statistic(p, p->y);
    gsl_rng *rng = stats_rng_new(1);
    if (!rng)
        return NAN;
    int n_larger = 0;
    for (int k = 0; k < SIMULATIONS; k++) {
        for (size_t i = 0; i < p->n; i++)
            p->y[i] = gsl_ran_gaussian_ziggurat(rng, 1);
        n_larger += break_statistic(p, p->y) >= observed;
    }
    gsl_rng_free(rng);
    return (n_larger + 1.0) / (SIMULATIONS + 1.0);
}

static void fit(struct points *p, double level, struct stats_segments *out) {
    struct line line = fit_line(p, p->y);
    double best_gain = 0, at = NAN;
    size_t best_piece = 0;
    for (size_t i = 0; i < p->n_pieces; i++) {
        struct hinge h = fit_hinge(p, &p->pieces[i], line.slope);
        double c = best_break(&p->pieces[i], h), gain = gain_at(&p->pieces[i], h, c);
        if (gain > best_gain) {
            best_gain = gain;
            best_piece = i;
            at = c;
        }
    }
    double slope = line.slope / p->x_range;
    *out = (struct stats_segments){.at = stats_unbounded(NAN),
        .intercept = p->y_mean - slope * p->x_mean,
        .slope_before = slope,
        .slope_after = slope,
        .p = 1};
    double rounding = noise_floor * line.sum_yy;
    if (!(line.rss > rounding) || !(best_gain > 0))
        return; /* a line already */

    const struct piece *piece = &p->pieces[best_piece];
    struct hinge h = fit_hinge(p, piece, line.slope);
    double hh = piece->p + at * (piece->q + at * piece->r);
    double bend = (h.a + h.b * at) / hh, total = (double)p->n;
    double hinge_mean = (piece->sum_t - at * piece->n) / total;
    double before = line.slope - bend * (piece->sum_tt - at * piece->sum_t) / p->sum_tt;
    out->slope_before = before / p->x_range;
    out->slope_after = (before + bend) / p->x_range;
    out->intercept = p->y_mean - bend * hinge_mean - out->slope_before * p->x_mean;
    out->at.estimate = p->x_mean + p->x_range * at;

    double df = total - 4, t = gsl_cdf_tdist_Pinv(0.5 + level / 2, df); /* t^2 is F(1, df) */
    double rss = fmax(line.rss - best_gain, rounding);
    find_interval(p, line.slope, best_gain - t * t * rss / df, &out->at.low, &out->at.high);
    out->p = simulate_p(p);
}

static bool has_four_values(const double *x, size_t n) {
    size_t found = 0;
    double values[4];
    for (size_t i = 0; i < n && found < 4; i++) {
        bool is_new = true;
        for (size_t k = 0; k < found; k++)
            is_new = is_new && values[k] != x[i];
        if (is_new)
            values[found++] = x[i];
    }
    return found == 4;
}

int stats_two_segments(
    const double *x, const double *y, size_t n, double level, struct stats_segments *out) {
    if (n < 8 || !has_four_values(x, n))
        return -1;
    struct points p;
    int result = -1;
    if (allocate_points(&p, n) != 0 || scale_points(&p, x, y) != 0)
        goto done;
    find_pieces(&p);
    fit(&p, level, out);
    result = isnan(out->p) ? -1 : 0;
done:
    free_points(&p);
    return result;
}
