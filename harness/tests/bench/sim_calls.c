/* SPDX-License-Identifier: MIT
 *
 * How many evals a second the sim device answers, beside bare readings of the clock in the same
 * run: without numerics, and with them on an input that does not change.
 *
 * sim_calls FILE.sim
 */
#include "bench.h"

#include <stdio.h>
#include <time.h>

enum { CALLS = 2000000 };

static const double goal_per_s = 1e6;

static double seconds_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double clock_rate(void) {
    double start = seconds_now(), last = start;
    for (int i = 0; i < CALLS; i++)
        last = seconds_now();
    return CALLS / (last - start);
}

/* Evals a second of a small conv; below 0 and *error when one fails. */
static double eval_rate(const char *name, struct device_error *error) {
    const struct bench_conv conv = {.in = 32, .out = 32, .spatial = 32, .depth = 1};
    struct bench_program p = {0};
    struct device *device;
    double rate = -1;

    if (device_open(name, 1, &device, error) != DEVICE_OK)
        return -1;
    if (bench_program_create(device, &conv, 1, &p, error) != DEVICE_OK ||
        device_compile(device, p.program, DEVICE_QOS_DEFAULT, error) != DEVICE_OK ||
        device_load(device, p.program, DEVICE_QOS_DEFAULT, error) != DEVICE_OK ||
        bench_program_prepare(device, &p, error) != DEVICE_OK)
        goto done;
    double start = seconds_now();
    for (int i = 0; i < CALLS; i++)
        if (device_eval(device, p.request, DEVICE_QOS_DEFAULT, error) != DEVICE_OK)
            goto done;
    rate = CALLS / (seconds_now() - start);
done:
    bench_program_free(device, &p);
    device_close(device);
    return rate;
}

int main(int argc, char **argv) {
    static const struct {
        const char *metric, *options;
    } cases[] = {{"evals_without_numerics", ",numerics=off"}, {"evals_of_one_input", ""}};
    struct device_error error;
    char name[256];

    if (argc != 2) {
        fprintf(stderr, "usage: sim_calls FILE.sim\n");
        return 2;
    }
    double reference = clock_rate();
    fputs(bench_header, stdout);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(name, sizeof name, "sim:%s%s", argv[1], cases[i].options);
        double rate = eval_rate(name, &error);
        if (rate < 0) {
            fprintf(stderr, "sim_calls: %s: %s\n", error.stage, error.text);
            return 99;
        }
        printf("sim_calls,%s,%.0f,calls/s,%.0f clock_gettime calls/s,%.3f,%.0f,%s\n",
            cases[i].metric, rate, reference, rate / reference, goal_per_s,
            rate >= goal_per_s ? "yes" : "no");
    }
    return 0;
}
