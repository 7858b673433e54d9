/* SPDX-License-Identifier: MIT
 *
 * The cpu device as the probes and the trainer use it: evals while programs compile in the
 * background, under a host load, and programs freed or the device closed while they compile. For the thread
 * sanitizer, which reports races; this test checks that all outputs are right.
 */
#include "../bench/bench.h"

#include "mil/fp16.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static const struct bench_conv conv = {.in = 8, .out = 8, .spatial = 8, .depth = 1};
enum { SIZE = 8, SHARED = 128, ROUNDS = 3, BESIDE = 3 };

static struct device *device;
static struct device_error error;
static int n_tests, n_failed;

static void check(const char *what, bool holds) {
    printf("%s %d - %s\n", holds ? "ok" : "not ok", ++n_tests, what);
    if (!holds)
        printf("# %s: %s\n", error.stage, error.text);
    n_failed += !holds;
}

/* A square conv of `size` channels and positions. */
static bool conv_gives(const struct bench_conv *c, struct bench_program *p, uint64_t seed) {
    static float w[SHARED * SHARED], x[SHARED * SHARED];
    const int size = c->in;
    bench_weights_fill(c, seed, 0, w);
    bench_input_fill(c, x);
    memset(device_surface_lock(device, p->y, true), 0xa5, sizeof(uint16_t) * (size_t)(size * size));
    device_surface_unlock(device, p->y, true);
    if (device_eval(device, p->request, DEVICE_QOS_DEFAULT, &error) != DEVICE_OK)
        return false;
    const uint16_t *y = device_surface_lock(device, p->y, false);
    bool right = true;
    for (int o = 0; o < size; o++)
        for (int s = 0; s < size; s++) {
            float sum = 0;
            for (int i = 0; i < size; i++)
                sum += w[o * size + i] * x[i * size + s];
            right &= fabsf(fp16_to_float(y[o * size + s]) - sum) < 0x1p-8F * fmaxf(1, fabsf(sum));
        }
    device_surface_unlock(device, p->y, false);
    return right;
}

static bool gives(struct bench_program *p, uint64_t seed) {
    return conv_gives(&conv, p, seed);
}

static bool start(struct bench_program *p, uint64_t seed) {
    return bench_program_create(device, &conv, seed, p, &error) == DEVICE_OK &&
           device_compile_start(device, p->program, DEVICE_QOS_DEFAULT, &error) == DEVICE_OK;
}

static bool use(struct bench_program *p) {
    return device_load(device, p->program, DEVICE_QOS_DEFAULT, &error) == DEVICE_OK &&
           bench_program_prepare(device, p, &error) == DEVICE_OK;
}

/* Evals of loaded programs while others compile, then evals of the others. */
static bool beside(struct bench_program *resident, uint64_t seed) {
    struct bench_program next[BESIDE];
    struct device_compile_info info;
    bool right = true;
    for (int i = 0; i < BESIDE; i++)
        right = right && start(&next[i], seed + (uint64_t)i);
    while (right && !device_compile_poll(device, next[BESIDE - 1].program)) {
        right = gives(resident, 1);
        device_compile_info(device, next[0].program, &info);
    }
    for (int i = 0; i < BESIDE && right; i++)
        right = device_compile_wait(device, next[i].program, &error) == DEVICE_OK &&
                use(&next[i]) && gives(&next[i], seed + (uint64_t)i);
    for (int i = 0; i < BESIDE; i++)
        bench_program_free(device, &next[i]);
    return right;
}

static void *host_work(void *context) {
    device_host_thread(device);
    return context;
}

/* On several cores threads share a product of this size. */
static bool shared_is_right(void) {
    static const struct bench_conv large = {
        .in = SHARED, .out = SHARED, .spatial = SHARED, .depth = 1};
    struct bench_program p;
    bool right = bench_program_create(device, &large, 1, &p, &error) == DEVICE_OK &&
                 device_compile(device, p.program, DEVICE_QOS_DEFAULT, &error) == DEVICE_OK &&
                 use(&p);
    for (int i = 0; i < 20 && right; i++)
        right = conv_gives(&large, &p, 1);
    bench_program_free(device, &p);
    return right;
}

int main(void) {
    struct bench_program resident, dropped, left;
    pthread_t host;
    if (device_open("cpu", 1, &device, &error) != DEVICE_OK) {
        printf("1..0 # SKIP %s\n", error.text);
        return 0;
    }
    check("a program compiles and is loaded",
        bench_program_create(device, &conv, 1, &resident, &error) == DEVICE_OK &&
            device_compile(device, resident.program, DEVICE_QOS_DEFAULT, &error) == DEVICE_OK &&
            use(&resident));
    for (uint64_t round = 0; round < ROUNDS && n_failed == 0; round++)
        check("evals beside compiles are right", beside(&resident, 10 + round * BESIDE));
    /* the same hash as another's: its image is copied */
    check("a compile answered from the cache",
        start(&dropped, 1) && device_compile_wait(device, dropped.program, &error) == DEVICE_OK &&
            gives(&resident, 1));
    bench_program_free(device, &dropped);
    check("a program freed while it compiles", start(&dropped, 100));
    bench_program_free(device, &dropped);
    bool right = device_host_load_start(device, &error) == DEVICE_OK &&
                 pthread_create(&host, NULL, host_work, NULL) == 0;
    for (int i = 0; i < 100 && right; i++)
        right = gives(&resident, 1);
    device_host_load_stop(device);
    pthread_join(host, NULL);
    check("evals beside a host load", right);
    check("the device closed while a program compiles", start(&left, 200));
    bench_program_free(device, &resident);
    device_close(device);
    if (device_open("cpu:cores=2", 1, &device, &error) == DEVICE_OK) {
        check("two threads share evals", shared_is_right());
        device_close(device);
    } else {
        printf("ok %d - two threads share evals # SKIP %s\n", ++n_tests, error.text);
    }
    printf("1..%d\n", n_tests);
    return n_failed != 0;
}
