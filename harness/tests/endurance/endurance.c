/* SPDX-License-Identifier: MIT
 *
 * Long runs on the cpu device: does the process use more and more memory, handles, threads or files?
 *     endurance compile|train [SECONDS]      default 300; two hours are 7200
 * compile: a program of new weights is created, compiled, loaded, evaluated (and what comes out is
 * checked), unloaded, loaded again and freed; now and then one that is refused, one from the cache,
 * one freed while it compiles, and the device closed and opened.
 * train: a double-buffered run; its cycle is an update.
 */
#include "../bench/bench.h"
#include "footprint.h"

#include "base/clock.h"
#include "device/host/directory.h"
#include "mil/fp16.h"
#include "train/run/training.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Low enough to notice one small allocation leaked per cycle. */
static const double goal_leak_bytes = 16;

static const char device_name[] = "cpu:cores=1";

struct course {
    struct footprint footprint;
    uint64_t begin_ns, end_ns, n_cycles;
    bool is_broken;
};

/* After a cycle: shows the progress. False when the time is over. */
static bool cycle_end(struct course *c) {
    c->n_cycles++;
    if (footprint_add(&c->footprint, (double)c->n_cycles) != 0) {
        fprintf(stderr, "endurance: cannot take a sample: %s\n", strerror(errno));
        c->is_broken = true;
    }
    return !c->is_broken && clock_monotonic_ns() < c->end_ns;
}

/* ---- compile, load, eval, unload */

static const struct bench_conv conv = {.in = 16, .out = 16, .spatial = 16, .depth = 1};
enum { CHANNELS = 16, POSITIONS = 16 };

static enum device_status output_check(
    struct device *d, const struct bench_program *p, uint64_t seed, struct device_error *error) {
    float w[CHANNELS * CHANNELS], x[CHANNELS * POSITIONS];
    bench_weights_fill(&conv, seed, 0, w);
    bench_input_fill(&conv, x);
    enum device_status status = DEVICE_OK;
    const uint16_t *y = device_surface_lock(d, p->y, false);
    for (int o = 0; o < CHANNELS; o++)
        for (int s = 0; s < POSITIONS; s++) {
            float sum = 0;
            for (int i = 0; i < CHANNELS; i++)
                sum += w[o * CHANNELS + i] * x[i * POSITIONS + s];
            if (!(fabsf(fp16_to_float(y[o * POSITIONS + s]) - sum) < 0x1p-8F))
                status = device_error_set(error, DEVICE_FAILED, "eval",
                    "output %d of channel %d is wrong: %g, not %g", s, o,
                    (double)fp16_to_float(y[o * POSITIONS + s]), (double)sum);
        }
    device_surface_unlock(d, p->y, false);
    return status;
}

static enum device_status eval_and_check(
    struct device *d, struct bench_program *p, uint64_t seed, struct device_error *error) {
    memset(device_surface_lock(d, p->y, true), 0xa5, sizeof(uint16_t[CHANNELS * POSITIONS]));
    device_surface_unlock(d, p->y, true);
    enum device_status status = device_eval(d, p->request, DEVICE_QOS_DEFAULT, error);
    return status == DEVICE_OK ? output_check(d, p, seed, error) : status;
}

/* Text that does not parse, and a compile that nobody waits for. */
static enum device_status odd_ends(struct device *d, uint64_t seed, struct device_error *error) {
    static const char text[] = "program(1.3) { func main<ios18>() { } -> (y) }";
    const struct device_source source = {.mil_text = text, .mil_bytes = sizeof text - 1};
    struct device_program *refused;
    if (device_program_create(d, &source, &refused, error) == DEVICE_OK)
        return device_error_set(error, DEVICE_FAILED, "parse", "nonsense was taken");
    struct bench_program dropped;
    enum device_status status = bench_program_create(d, &conv, seed, &dropped, error);
    if (status == DEVICE_OK)
        status = device_compile_start(d, dropped.program, DEVICE_QOS_DEFAULT, error);
    device_program_free(d, dropped.program);
    return status;
}

static enum device_status compile_cycle(
    struct device *d, uint64_t seed, bool background, struct device_error *error) {
    struct bench_program p;
    enum device_status status = bench_program_create(d, &conv, seed, &p, error);
    if (status != DEVICE_OK)
        return status;
    if (!background) {
        status = device_compile(d, p.program, DEVICE_QOS_DEFAULT, error);
    } else if ((status = device_compile_start(d, p.program, DEVICE_QOS_DEFAULT, error)) ==
               DEVICE_OK) {
        (void)device_compile_poll(d, p.program);
        status = device_compile_wait(d, p.program, error);
    }
    for (int times = 0; times < 2 && status == DEVICE_OK; times++) {
        status = device_load(d, p.program, DEVICE_QOS_DEFAULT, error);
        if (status == DEVICE_OK)
            status = bench_program_prepare(d, &p, error);
        if (status == DEVICE_OK)
            status = eval_and_check(d, &p, seed, error);
        device_request_free(d, p.request);
        device_surface_free(d, p.x);
        device_surface_free(d, p.y);
        p = (struct bench_program){.program = p.program};
        if (status == DEVICE_OK)
            status = device_unload(d, p.program, error);
    }
    device_program_free(d, p.program);
    return status;
}

enum { DEVICE_CYCLES = 50, ODD_CYCLES = 10, CACHED_CYCLES = 5 };

/* One device's life: a program that stays loaded, and cycles beside it. */
static enum device_status device_cycles(
    struct course *c, bool *goes_on, struct device_error *error) {
    const uint64_t stays = UINT64_MAX / 2000; /* seed of what stays: its hash is in the cache */
    struct device *d;
    struct bench_program resident;
    enum device_status status = device_open(device_name, 1, &d, error);
    if (status != DEVICE_OK)
        return status;
    status = bench_program_create(d, &conv, stays, &resident, error);
    if (status == DEVICE_OK)
        status = device_compile(d, resident.program, DEVICE_QOS_DEFAULT, error);
    for (int i = 1; i <= DEVICE_CYCLES && *goes_on && status == DEVICE_OK; i++) {
        status = compile_cycle(d, i % CACHED_CYCLES == 0 ? stays : c->n_cycles, i % 2, error);
        if (status == DEVICE_OK && i % ODD_CYCLES == 0)
            status = odd_ends(d, c->n_cycles, error);
        /* always at the same point of a device's life, since it has files and threads of its own */
        *goes_on = cycle_end(c);
    }
    bench_program_free(d, &resident);
    device_close(d);
    return status;
}

static enum device_status compile_run(
    struct course *c, const char *directory, struct device_error *error) {
    (void)directory;
    enum device_status status = DEVICE_OK;
    for (bool goes_on = true; goes_on && status == DEVICE_OK;)
        status = device_cycles(c, &goes_on, error);
    return status;
}

/* ---- training */

struct watch {
    struct course *course;
    int64_t version;
    volatile sig_atomic_t stop;
};

static void step_done(void *context, const struct training_progress *p) {
    struct watch *watch = context;
    if (p->version == watch->version)
        return;
    watch->version = p->version;
    if (!cycle_end(watch->course))
        watch->stop = 1;
}

static enum device_status train_run(
    struct course *c, const char *directory, struct device_error *error) {
    char path[1100], why[700];
    snprintf(path, sizeof path, "%s/train", directory);
    char *argv[] = {"train", "--out", path, "--device", (char *)device_name, "--update", "double",
        "--shape", "layers=1,dim=32,hidden=48,heads=2,kv_heads=1,seq=16,vocab=128", "--accum", "4",
        "--steps", "1000000000", "--checkpoint-every", "20"};
    struct run_options options;
    struct training *training = NULL;
    struct device *d;
    struct watch watch = {.course = c};
    (void)mkdir(path, 0700); /* taking it finds out */
    struct error usage;
    if (run_options_read(sizeof argv / sizeof *argv, argv, &options, &usage) != OPTIONS_READ)
        return device_error_take(error, "train", &usage);
    enum device_status status = device_open(options.device, 1, &d, error);
    if (status != DEVICE_OK)
        return status;
    status = training_open(d, &options, &training, why, sizeof why, error);
    if (status == DEVICE_OK &&
        training_run(training, &watch.stop, step_done, &watch, error) != TRAINING_STOPPED)
        status = error->status;
    training_close(training);
    device_close(d);
    return status;
}

int main(int argc, char **argv) {
    static const struct {
        const char *name, *benchmark;
        enum device_status (*run)(struct course *, const char *, struct device_error *);
    } works[] = {
        {"compile", "endurance_compile", compile_run}, {"train", "endurance_train", train_run}};
    const unsigned long seconds = argc > 2 ? strtoul(argv[2], NULL, 10) : 300;
    int work = 1;
    while (work >= 0 && (argc < 2 || strcmp(argv[1], works[work].name) != 0))
        work--;
    if (work < 0 || seconds == 0 || argc > 3) {
        fprintf(stderr, "usage: endurance compile|train [SECONDS]\n");
        return 2;
    }
    if (!footprint_can()) {
        fprintf(stderr, "endurance: what a process holds is read from /proc, which is not here\n");
        return 77;
    }
    struct run_directory place;
    struct course course = {.begin_ns = clock_monotonic_ns()};
    struct device_error error = {.text = ""};
    char why[600], temporary[1100];
    if (run_directory_open(&place, why, sizeof why) != 0) {
        fprintf(stderr, "endurance: %s\n", why);
        return 99;
    }
    /* its own, so that nobody else's files are counted */
    snprintf(temporary, sizeof temporary, "%s/tmp", place.path);
    (void)mkdir(temporary, 0700); /* the device finds out */
    setenv("TMPDIR", temporary, 1);
    course.footprint.temporary = temporary;
    course.end_ns = course.begin_ns + seconds * UINT64_C(1000000000);
    const enum device_status status = works[work].run(&course, place.path, &error);
    const double elapsed_s = 1e-9 * (double)(clock_monotonic_ns() - course.begin_ns);
    int code = 99;
    if (status != DEVICE_OK) {
        fprintf(stderr, "endurance: cycle %llu: %s: %s\n", (unsigned long long)course.n_cycles,
            error.stage, error.text);
    } else if (!course.is_broken) {
        fputs(bench_header, stdout);
        printf("%s,cycles,%llu,count,in %.0f s,,,\n", works[work].benchmark,
            (unsigned long long)course.n_cycles, elapsed_s);
        code = !footprint_judge(&course.footprint, works[work].benchmark, goal_leak_bytes);
    }
    footprint_free(&course.footprint);
    run_directory_close(&place);
    return code;
}
