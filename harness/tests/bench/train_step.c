/* SPDX-License-Identifier: MIT
 *
 * A training step against cblas_sgemm of 2048 x 2048 x 2048 on the same threads, and AdamW against
 * copying memory on them, in turns. FLOPs of a step are those of its matrix products; the device
 * also converts surfaces, rounds to fp16 and works out softmax and norms, the host norms, softmax
 * and weight gradients; the reference does none of it.
 *
 * One thread does everything; or the device has a core and the host another, where the forward pass
 * leaves the host's idle (at most 79 % at stories110m, from the FLOPs of each part); or two threads
 * share the products of evals, and the host's second thread computes weight gradients beside them.
 *
 * train_step [SHAPE...]: other shapes than stories15m and stories110m.
 */
#include "bench.h"

#include "base/clock.h"
#include "device/host/large.h"
#include "train/host/adamw.h"
#include "train/host/blas.h"
#include "train/engine/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { SIZE = 2048, ROUNDS = 7, THREADS_MAX = 2, COPY_PARTS = 64 };

/* One product a thread. */
struct products {
    float *memory; /* x, y, and a result for each thread */
};

static void product_run(void *context, int index) {
    struct products *p = context;
    const size_t n = (size_t)SIZE * SIZE;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, SIZE, SIZE, SIZE, 1, p->memory, SIZE,
        p->memory + n, SIZE, 0, p->memory + (2 + (size_t)index) * n, SIZE);
}

static int products_make(struct products *p) {
    size_t n = (2 + THREADS_MAX) * (size_t)SIZE * SIZE;
    p->memory = large_alloc(n * sizeof(float));
    for (size_t i = 0; p->memory && i < n; i++)
        p->memory[i] = (float)(i % 1013) / 1013 - 0.5f;
    return p->memory ? 0 : -1;
}

struct trainer {
    struct device *device;
    struct train_engine *engine;
    struct train_set *set;
    struct train_parameters weights, gradients, moment1, moment2;
    uint16_t *tokens;
};

static enum device_status trainer_make(const char *device, const struct train_shape *shape,
    int host_threads, struct trainer *t, struct device_error *error) {
    const struct train_engine_options options = {.cut = TRAIN_CUT_SIX,
        .place = TRAIN_WEIGHTS_BAKED,
        .host_threads = host_threads,
        .qos = DEVICE_QOS_DEFAULT};
    struct train_parameters *all[] = {&t->weights, &t->gradients, &t->moment1, &t->moment2};
    enum device_status status;
    t->tokens = malloc(((size_t)shape->seq + 1) * sizeof *t->tokens);
    for (int i = 0; i < 4; i++)
        if (train_parameters_create(shape, all[i]) != 0 || !t->tokens)
            return device_error_set(error, DEVICE_BROKEN, "open", "out of memory");
    for (int i = 0; i <= shape->seq; i++)
        t->tokens[i] = (uint16_t)((unsigned)i * 7919 % (unsigned)shape->vocab);
    if (train_parameters_initialise(&t->weights, TRAIN_INIT_DEVIATION, 1) != 0)
        return device_error_set(error, DEVICE_BROKEN, "open", "out of memory");
    if ((status = device_open(device, 0, &t->device, error)) != DEVICE_OK ||
        (status = train_engine_create(t->device, shape, &options, &t->engine, error)) !=
            DEVICE_OK ||
        (status = train_set_create(t->engine, &t->set, error)) != DEVICE_OK)
        return status;
    train_set_snapshot(t->set, &t->weights, 0);
    for (int i = 0; i < train_set_n_programs(t->set) && status == DEVICE_OK; i++)
        if ((status = train_set_build(t->set, i, error)) == DEVICE_OK &&
            (status = train_set_compile(t->set, i, error)) == DEVICE_OK)
            status = train_set_load(t->set, i, error);
    return status;
}

static void trainer_free(struct trainer *t) {
    train_set_free(t->set);
    train_engine_free(t->engine);
    if (t->device)
        device_close(t->device);
    train_parameters_free(&t->weights);
    train_parameters_free(&t->gradients);
    train_parameters_free(&t->moment1);
    train_parameters_free(&t->moment2);
    free(t->tokens);
}

static void row(const char *metric, double value, const char *unit, double reference,
    const char *of, double ratio, double goal) {
    printf("train_step,%s,%.2f,%s,%.2f %s %s,%.3f,%.2f,%s\n", metric, value, unit, reference, unit,
        of, ratio, goal, ratio >= goal ? "yes" : "no");
    fflush(stdout); /* minutes pass from row to row */
}

/* Where the time of a step goes, for whoever wants to make it faster. */
static void parts_print(const char *metric, const struct train_timing *t, int steps) {
    const struct {
        const char *name;
        uint64_t ns;
    } parts[] = {
        {"device", t->device_ns}, {"io", t->io_ns}, {"host", t->host_ns}, {"wait", t->wait_ns}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        printf("train_step,%s_%s,%.2f,ms,,,,\n", metric, parts[i].name,
            1e-6 * (double)parts[i].ns / steps);
}

static enum device_status step_measure(struct trainer *t, struct products *products, int threads,
    const char *metric, double goal, struct device_error *error) {
    const struct train_flops flops = train_shape_flops(&t->weights.shape);
    struct train_pool *pool = train_engine_pool(t->engine);
    struct train_timing timing = {0};
    double step_s[ROUNDS], product_s[ROUNDS], ratio[ROUNDS], loss;
    for (int round = -1; round < ROUNDS; round++) { /* round -1: both warm up */
        uint64_t start_ns = clock_monotonic_ns();
        timing = round < 0 ? (struct train_timing){0} : timing;
        enum device_status status =
            train_step(t->engine, t->set, t->tokens, &t->gradients, &loss, &timing, error);
        uint64_t middle_ns = clock_monotonic_ns();
        if (status != DEVICE_OK)
            return status;
        train_pool_run(pool, product_run, products, threads);
        uint64_t end_ns = clock_monotonic_ns();
        if (round < 0) {
            timing = (struct train_timing){0};
            continue;
        }
        step_s[round] = (flops.device + flops.host) / (double)(middle_ns - start_ns);
        product_s[round] = 2.0 * SIZE * SIZE * SIZE * threads / (double)(end_ns - middle_ns);
        ratio[round] = step_s[round] / product_s[round];
    }
    row(metric, bench_median(step_s, ROUNDS), "GFLOP/s", bench_median(product_s, ROUNDS),
        "cblas_sgemm", bench_median(ratio, ROUNDS), goal);
    parts_print(metric, &timing, ROUNDS);
    return DEVICE_OK;
}

struct copies {
    char *to;
    const char *from;
    size_t part_bytes;
};

static void copy_run(void *context, int index) {
    const struct copies *c = context;
    memcpy(c->to + (size_t)index * c->part_bytes, c->from + (size_t)index * c->part_bytes,
        c->part_bytes);
}

/* AdamW reads weights, gradients and both moments and writes all four: 32 bytes a parameter. A copy
 * reads and writes: 8 bytes a float. */
static void adamw_measure(struct trainer *t, const char *metric) {
    static const struct train_adamw options = {1e-4f, 0.9f, 0.95f, 1e-8f, 0.1f};
    struct train_pool *pool = train_engine_pool(t->engine);
    const size_t n = t->weights.n;
    struct copies copies = {
        (char *)t->moment1.data, (const char *)t->moment2.data, n * sizeof(float) / COPY_PARTS};
    double update[ROUNDS], copy[ROUNDS], ratio[ROUNDS];
    for (int round = -1; round < ROUNDS; round++) {
        uint64_t start_ns = clock_monotonic_ns();
        train_adamw_update(
            &options, 1, 1, &t->weights, &t->gradients, &t->moment1, &t->moment2, pool);
        uint64_t middle_ns = clock_monotonic_ns();
        train_pool_run(pool, copy_run, &copies, COPY_PARTS);
        uint64_t end_ns = clock_monotonic_ns();
        if (round < 0)
            continue;
        update[round] = 32.0 * (double)n / (double)(middle_ns - start_ns);
        copy[round] = 8.0 * (double)n / (double)(end_ns - middle_ns);
        ratio[round] = update[round] / copy[round];
    }
    row(metric, bench_median(update, ROUNDS), "GB/s", bench_median(copy, ROUNDS), "memcpy",
        bench_median(ratio, ROUNDS), 0.8);
}

/* The most that was resident in the process's life; the largest shape should come last. */
static double peak_bytes(void) {
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
#ifdef __APPLE__
    return (double)usage.ru_maxrss;
#else
    return 1024 * (double)usage.ru_maxrss;
#endif
}

/* The next set beside the one in use, compiled as a double buffer has it before the swap. */
static enum device_status next_set_make(
    struct trainer *t, struct train_set **next, struct device_error *error) {
    enum device_status status = train_set_create(t->engine, next, error);
    if (status != DEVICE_OK)
        return status;
    train_set_snapshot(*next, &t->weights, 1);
    for (int i = 0; i < train_set_n_programs(*next) && status == DEVICE_OK; i++)
        if ((status = train_set_build(*next, i, error)) == DEVICE_OK)
            status = train_set_compile(*next, i, error);
    return status;
}

/* What the process took at most against what it may take: 1.2 times weights, gradients and both
 * moments in fp32, activations, surfaces, the programs of the set in use, which on the cpu hold each
 * matrix and its transpose as fp32, and for both sets the host's copy of embedding and norms, on top
 * of what the process had before. Programs that are compiled and not loaded are files. */
static void memory_measure(const struct trainer *t, double before_bytes, const char *metric) {
    const struct train_shape *s = &t->weights.shape;
    const struct train_memory memory = train_engine_memory(t->engine);
    double in_matrices = 0;
    for (int i = 0; i < TRAIN_N_MATRICES; i++)
        in_matrices += (double)s->layers * (double)train_tensor_elements(s, (enum train_tensor)i);
    double allowed = 1.2 * 4 * sizeof(float) * (double)t->weights.n +
                     (double)memory.activation_bytes + (double)memory.surface_bytes +
                     2 * sizeof(float) * in_matrices + 2 * (double)memory.set_bytes + before_bytes;
    row(metric, 1e-6 * peak_bytes(), "MB", 1e-6 * allowed, "allowed", allowed / peak_bytes(), 1);
}

static int shape_measure(const char *name, struct products *products, double before_bytes) {
    struct train_shape shape;
    char why[256], metric[96];
    if (train_shape_parse(name, &shape, why, sizeof why) != 0) {
        fprintf(stderr, "train_step: %s: %s\n", name, why);
        return 2;
    }
    const double goal = strcmp(name, "stories110m") == 0 ? 0.75 : 0.60;
    static const struct {
        const char *metric, *device;
        int host_threads, threads;
    } ways[] = {{"one_thread", "cpu:cores=1", 0, 1}, {"device_and_host", "cpu:cores=1", 1, 2},
        {"two_threads", "cpu:cores=2", 1, 2}};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct trainer t = {0};
        struct device_error error = {.text = ""};
        enum device_status status =
            trainer_make(ways[i].device, &shape, ways[i].host_threads, &t, &error);
        snprintf(metric, sizeof metric, "%s_%s", name, ways[i].metric);
        if (status == DEVICE_OK)
            status = step_measure(&t, products, ways[i].threads, metric, goal, &error);
        snprintf(metric, sizeof metric, "%s_%s_adamw", name, ways[i].metric);
        if (status == DEVICE_OK)
            adamw_measure(&t, metric);
        struct train_set *next = NULL;
        if (status == DEVICE_OK && i + 1 == sizeof ways / sizeof *ways) {
            snprintf(metric, sizeof metric, "%s_memory", name);
            if ((status = next_set_make(&t, &next, &error)) == DEVICE_OK)
                memory_measure(&t, before_bytes, metric);
        }
        train_set_free(next);
        trainer_free(&t);
        if (status != DEVICE_OK) {
            fprintf(stderr, "train_step: %s: %s: %s\n", name, error.stage, error.text);
            return 99;
        }
    }
    return 0;
}

int main(int argc, char **argv) {
    static const char *const names[] = {"stories15m", "stories110m"};
    struct products products;
    int code = 0;
    if (products_make(&products) != 0) {
        fputs("train_step: out of memory\n", stderr);
        return 99;
    }
    for (int i = 0; i < THREADS_MAX; i++) /* CBLAS takes its buffers */
        product_run(&products, i);
    const double before_bytes = peak_bytes();
    fputs(bench_header, stdout);
    for (int i = 0; code == 0 && i < (argc > 1 ? argc - 1 : 2); i++)
        code = shape_measure(argc > 1 ? argv[i + 1] : names[i], &products, before_bytes);
    free(products.memory);
    return code;
}
