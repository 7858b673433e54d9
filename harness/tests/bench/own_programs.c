/* SPDX-License-Identifier: MIT
 *
 * Programs such as people bring: a convolutional network and a transformer encoder on cpu:cores=1
 * against the same layers by CBLAS calls in sequence, in turns; and how long a large one takes to
 * compile. `own_programs DIR` writes the first as DIR/mobilenet.mlpackage instead.
 */
#include "bench.h"
#include "networks.h"

#include "base/clock.h"
#include "mil/fp16.h"
#include "mil/package/package.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 9 };
static const double goal_ratio = 1.25, goal_compile_s = 20;

/* A network on the device: compiled, loaded, its input written. */
struct loaded {
    struct device *device;
    struct network *network;
    float *x;
    uint16_t *half;
    struct bench_program p;
    double compile_s;
};

static enum device_status memory_out(struct device_error *error) {
    return device_error_set(error, DEVICE_BROKEN, "open", "out of memory");
}

static enum device_status network_load(
    struct loaded *l, enum network_kind kind, struct device_error *error) {
    struct device_source source;
    uint64_t start_ns;
    enum device_status status;
    l->network = network_new(kind);
    if (!l->network)
        return memory_out(error);
    source.mil_text = network_text(l->network, &source.mil_bytes);
    source.weights = network_weights(l->network);
    start_ns = clock_monotonic_ns();
    if ((status = device_program_create(l->device, &source, &l->p.program, error)) != DEVICE_OK ||
        (status = device_compile(l->device, l->p.program, DEVICE_QOS_DEFAULT, error)) != DEVICE_OK)
        return status;
    l->compile_s = 1e-9 * (double)(clock_monotonic_ns() - start_ns);
    if ((status = device_load(l->device, l->p.program, DEVICE_QOS_DEFAULT, error)) != DEVICE_OK)
        return status;
    return bench_program_prepare(l->device, &l->p, error);
}

static enum device_status input_write(struct loaded *l, struct device_error *error) {
    size_t n = network_inputs(l->network), most = network_outputs(l->network);
    l->x = malloc(n * sizeof *l->x);
    l->half = malloc((n > most ? n : most) * sizeof *l->half);
    if (!l->x || !l->half)
        return memory_out(error);
    for (size_t i = 0; i < n; i++)
        l->x[i] = (float)((i * 2654435761u >> 7) % 2048) / 1024 - 1;
    fp16_from_floats(l->half, l->x, n);
    return device_surface_write(l->device, l->p.x, l->half, error);
}

static void network_unload(struct loaded *l) {
    bench_program_free(l->device, &l->p);
    network_free(l->network);
    free(l->x);
    free(l->half);
}

/* Largest difference, relative to the largest element. */
static enum device_status output_check(
    struct loaded *l, const char *metric, const float *want, struct device_error *error) {
    size_t n = network_outputs(l->network);
    double worst = 0, largest = 0;
    enum device_status status = device_surface_read(l->device, l->p.y, l->half, error);
    for (size_t i = 0; status == DEVICE_OK && i < n; i++) {
        worst = fmax(worst, fabs((double)fp16_to_float(l->half[i]) - (double)want[i]));
        largest = fmax(largest, fabs((double)want[i]));
    }
    /* fp16 after each of some fifty layers; NaN is caught, too */
    if (status == DEVICE_OK && !(worst <= 0.02 * largest))
        return device_error_set(error, DEVICE_FAILED, "eval",
            "%s: the output is off by %g of its largest element", metric, worst / largest);
    return status;
}

static enum device_status ratio_measure(
    struct device *device, enum network_kind kind, const char *metric, struct device_error *error) {
    struct loaded l = {.device = device};
    double device_ms[ROUNDS], ratio[ROUNDS], reference_ms[ROUNDS];
    enum device_status status = network_load(&l, kind, error);
    if (status == DEVICE_OK)
        status = input_write(&l, error);
    for (int round = -1; round < ROUNDS && status == DEVICE_OK; round++) { /* -1: both warm up */
        uint64_t start_ns = clock_monotonic_ns();
        status = device_eval(device, l.p.request, DEVICE_QOS_DEFAULT, error);
        uint64_t middle_ns = clock_monotonic_ns();
        const float *want = network_run(l.network, l.x);
        uint64_t end_ns = clock_monotonic_ns();
        if (round < 0 && status == DEVICE_OK)
            status = output_check(&l, metric, want, error);
        if (round < 0)
            continue;
        device_ms[round] = 1e-6 * (double)(middle_ns - start_ns);
        reference_ms[round] = 1e-6 * (double)(end_ns - middle_ns);
        ratio[round] = device_ms[round] / reference_ms[round];
    }
    if (status == DEVICE_OK) {
        double middle = bench_median(ratio, ROUNDS);
        printf("own_programs,%s,%.1f,ms,%.1f ms CBLAS in sequence,%.3f,%.2f,%s\n", metric,
            bench_median(device_ms, ROUNDS), bench_median(reference_ms, ROUNDS), middle, goal_ratio,
            middle <= goal_ratio ? "yes" : "no");
    }
    network_unload(&l);
    return status;
}

static enum device_status compile_measure(struct device *device, struct device_error *error) {
    struct loaded l = {.device = device};
    enum device_status status = network_load(&l, NETWORK_LARGE, error);
    if (status == DEVICE_OK)
        printf("own_programs,compile_1000_operators_100_mb,%.1f,s,,,%.0f,%s\n", l.compile_s,
            goal_compile_s, l.compile_s < goal_compile_s ? "yes" : "no");
    network_unload(&l);
    return status;
}

static int package_write(const char *folder) {
    char path[4096];
    size_t bytes;
    struct mil_program *program = NULL;
    struct mil_error error = {.text = "out of memory"};
    struct network *network = network_new(NETWORK_MOBILENET);
    int result = -1;
    snprintf(path, sizeof path, "%.4000s/mobilenet.mlpackage", folder);
    if (network) {
        const char *text = network_text(network, &bytes);
        struct mil_weights weights = network_weights(network);
        result = mil_parse(text, bytes, &program, &error);
        if (result == 0)
            result = mil_package_write(path, program, &weights, &error);
    }
    if (result < 0)
        fprintf(stderr, "own_programs: %s: %u: %s\n", path, error.place.line, error.text);
    mil_program_free(program);
    network_free(network);
    return result < 0;
}

int main(int argc, char **argv) {
    struct device *device;
    struct device_error error;
    if (argc > 1)
        return package_write(argv[1]);
    if (device_open("cpu:cores=1", 0, &device, &error) != DEVICE_OK) {
        fprintf(stderr, "own_programs: %s: %s\n", error.stage, error.text);
        return 99;
    }
    fputs(bench_header, stdout);
    enum device_status status = ratio_measure(device, NETWORK_MOBILENET, "mobilenet_224", &error);
    if (status == DEVICE_OK)
        status = ratio_measure(device, NETWORK_BERT, "bert_base_128", &error);
    if (status == DEVICE_OK)
        status = compile_measure(device, &error);
    if (status != DEVICE_OK)
        fprintf(stderr, "own_programs: %s: %s\n", error.stage, error.text);
    device_close(device);
    return status == DEVICE_OK ? 0 : 99;
}
