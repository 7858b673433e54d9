/* SPDX-License-Identifier: MIT */
#include "chips/fit.h"
#include "measure/stats.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_fit.h>
#include <gsl/gsl_multimin.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

double fit_engine_ms(const struct fit_engine *engine, const struct fit_point *point) {
    double flop_ms = point->flop / (engine->tflops * 1e9);
    double bytes_ms = point->bytes / (engine->bandwidth_gbs * 1e6);
    return engine->dispatch_us / 1e3 + fmax(flop_ms, bytes_ms);
}

double fit_round3(double value) {
    char text[32];
    snprintf(text, sizeof text, "%.3g", value);
    return strtod(text, NULL);
}

/* The search is over logarithms: every parameter is above 0. */
struct search {
    const struct fit_point *points;
    size_t n;
    size_t n_parameters; /* 2: no bandwidth */
};

static struct fit_engine engine_at(const gsl_vector *v) {
    return (struct fit_engine){.dispatch_us = exp(gsl_vector_get(v, 0)),
        .tflops = exp(gsl_vector_get(v, 1)),
        .bandwidth_gbs = v->size > 2 ? exp(gsl_vector_get(v, 2)) : INFINITY};
}

static double mean_log_error(const gsl_vector *v, void *context) {
    const struct search *search = context;
    struct fit_engine engine = engine_at(v);
    double sum = 0;
    for (size_t i = 0; i < search->n; i++)
        sum += fabs(log(fit_engine_ms(&engine, &search->points[i]) / search->points[i].latency_ms));
    return sum / (double)search->n;
}

/* Descends from one start to a local minimum; its value, and its place in `v`. -1: out of memory.
 */
static double descend(struct search *search, gsl_vector *v) {
    gsl_multimin_function f = {mean_log_error, search->n_parameters, search};
    gsl_multimin_fminimizer *simplex =
        gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, search->n_parameters);
    gsl_vector *step = gsl_vector_alloc(search->n_parameters);
    double depth = -1;

    if (simplex && step) {
        gsl_vector_set_all(step, 0.3);
        gsl_multimin_fminimizer_set(simplex, &f, v, step);
        for (int i = 0; i < 3000; i++)
            if (gsl_multimin_fminimizer_iterate(simplex) != GSL_SUCCESS ||
                gsl_multimin_fminimizer_size(simplex) < 1e-9)
                break;
        gsl_vector_memcpy(v, gsl_multimin_fminimizer_x(simplex));
        depth = gsl_multimin_fminimizer_minimum(simplex);
    }
    gsl_multimin_fminimizer_free(simplex);
    gsl_vector_free(step);
    return depth;
}

/* Simplices get stuck at edges, so start from a grid of plausible engines. */
static int search_all(struct search *search, struct fit_engine *out) {
    static const double dispatch_us[] = {50, 120, 250}, tflops[] = {4, 9, 16},
                        bandwidth_gbs[] = {50, 120, 300};
    gsl_vector *v = gsl_vector_alloc(search->n_parameters);
    double best = INFINITY;
    size_t n_bandwidths = search->n_parameters > 2 ? 3 : 1;

    if (!v)
        return -1;
    for (size_t d = 0; d < 3; d++)
        for (size_t t = 0; t < 3; t++)
            for (size_t b = 0; b < n_bandwidths; b++) {
                gsl_vector_set(v, 0, log(dispatch_us[d]));
                gsl_vector_set(v, 1, log(tflops[t]));
                if (search->n_parameters > 2)
                    gsl_vector_set(v, 2, log(bandwidth_gbs[b]));
                double depth = descend(search, v);
                if (depth < 0) {
                    gsl_vector_free(v);
                    return -1;
                }
                if (depth < best - 1e-9) {
                    best = depth;
                    *out = engine_at(v);
                }
            }
    gsl_vector_free(v);
    return 0;
}

int fit_engine(const struct fit_point *points, size_t n, struct fit_engine *out) {
    double flop_low = INFINITY, flop_high = 0, ratio_low = INFINITY, ratio_high = 0;
    double *errors = n > 0 ? malloc(n * sizeof *errors) : NULL;

    for (size_t i = 0; i < n; i++) {
        flop_low = fmin(flop_low, points[i].flop);
        flop_high = fmax(flop_high, points[i].flop);
        ratio_low = fmin(ratio_low, points[i].flop / points[i].weight_bytes);
        ratio_high = fmax(ratio_high, points[i].flop / points[i].weight_bytes);
    }
    gsl_set_error_handler_off();
    if (!errors || flop_high < 2 * flop_low)
        goto fail;
    struct search search = {points, n, ratio_high < 2.5 * ratio_low ? 2 : 3};
    if (search_all(&search, out) != 0)
        goto fail;
    out->bandwidth_is_bound = search.n_parameters == 2;
    if (out->bandwidth_is_bound) {
        out->bandwidth_gbs = 0;
        for (size_t i = 0; i < n; i++)
            out->bandwidth_gbs =
                fmax(out->bandwidth_gbs, points[i].bytes / points[i].flop * out->tflops * 1e3);
    }
    out->dispatch_us = fit_round3(out->dispatch_us);
    out->tflops = fit_round3(out->tflops);
    out->bandwidth_gbs = fit_round3(out->bandwidth_gbs);
    for (size_t i = 0; i < n; i++)
        errors[i] = 100 * fabs(fit_engine_ms(out, &points[i]) / points[i].latency_ms - 1);
    out->median_error_pct = fit_round3(stats_median(errors, n));
    free(errors);
    return 0;
fail:
    free(errors);
    return -1;
}

int fit_line(const double *x, const double *y, size_t n, double *at_zero, double *slope) {
    double c00, c01, c11, chi, *weights = n > 1 ? malloc(n * sizeof *weights) : NULL;
    bool differ = false;
    int status = -1;

    for (size_t i = 0; weights && i < n; i++) {
        weights[i] = 1 / (y[i] * y[i]);
        differ = differ || x[i] != x[0];
    }
    if (differ) {
        gsl_set_error_handler_off();
        status = gsl_fit_wlinear(x, 1, weights, 1, y, 1, n, at_zero, slope, &c00, &c01, &c11, &chi);
        if (status == 0 && *at_zero < 0) {
            *at_zero = 0;
            status = gsl_fit_wmul(x, 1, weights, 1, y, 1, n, slope, &c11, &chi);
        }
        if (status == 0 && *slope < 0) {
            *slope = 0;
            *at_zero = stats_median(y, n);
        }
    }
    free(weights);
    return status == 0 ? 0 : -1;
}
