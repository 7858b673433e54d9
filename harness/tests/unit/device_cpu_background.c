/* SPDX-License-Identifier: MIT
 *
 * Background compiles beside evals, and loopback chains.
 */
#include "device_fixture.h"

#include <time.h>

static struct device *device;
static struct device_error error;
static struct device_program *program;
static struct fixture_run run;

static void program_start(void) {
    device = open_or_fail("cpu");
    program = scale_create(device, 1);
    OK(device_compile(device, program, DEVICE_QOS_DEFAULT, &error));
    OK(device_load(device, program, DEVICE_QOS_DEFAULT, &error));
    run_make(device, program, &run);
}

static void program_end(void) {
    run_free(device, &run);
    device_close(device);
}

TestSuite(device_cpu_background, .init = program_start, .fini = program_end);

Test(device_cpu_background, evals_continue_while_programs_compile) {
    enum { N = 3 };
    struct device_program *queued[N];
    for (int i = 0; i < N; i++) {
        queued[i] = scale_create(device, (float)(i + 2));
        OK(device_compile_start(device, queued[i], DEVICE_QOS_DEFAULT, &error));
    }
    bool right = true;
    unsigned long n_evals = 0;
    while (!device_compile_poll(device, queued[N - 1])) {
        right = right && run_gives(device, &run, 1);
        n_evals++;
    }
    cr_assert(right);
    cr_assert(n_evals > 0);
    for (int i = 0; i < N; i++) {
        struct fixture_run other;
        cr_assert(device_compile_poll(device, queued[i]), "compiles must end in their order");
        OK(device_compile_wait(device, queued[i], &error));
        OK(device_load(device, queued[i], DEVICE_QOS_DEFAULT, &error));
        run_make(device, queued[i], &other);
        cr_assert(run_gives(device, &other, (float)(i + 2)));
        run_free(device, &other);
    }
}

/* A loaded program may be compiled again meanwhile; what is loaded does not change. */
Test(device_cpu_background, a_loaded_program_compiles_again) {
    uint16_t w[CHANNELS];
    weights_fill(w, 2);
    OK(device_source_rewrite(device, program, BLOB_PATH, BLOB_OFFSET, w, sizeof w, &error));
    OK(device_compile_start(device, program, DEVICE_QOS_DEFAULT, &error));
    while (!device_compile_poll(device, program))
        cr_assert(run_gives(device, &run, 1));
    OK(device_compile_wait(device, program, &error));
    cr_assert(run_gives(device, &run, 1));
    OK(device_unload(device, program, &error));
    OK(device_load(device, program, DEVICE_QOS_DEFAULT, &error));
    cr_assert(run_gives(device, &run, 2));
}

Test(device_cpu_background, failures_reach_the_wait) {
    setenv("ANEPROBE_CC", "/bin/false", 1);
    struct device *failing = open_or_fail("cpu");
    struct device_program *bad = scale_create(failing, 1);
    OK(device_compile_start(failing, bad, DEVICE_QOS_DEFAULT, &error));
    cr_assert_eq(device_compile_wait(failing, bad, &error), DEVICE_BROKEN);
    cr_assert_not_null(strstr(error.text, "exit code 1"), "%s", error.text);
    device_close(failing);
}

Test(device_cpu_background, host_load_runs_beside_evals) {
    OK(device_host_load_start(device, &error));
    for (int i = 0; i < 100; i++)
        cr_assert(run_gives(device, &run, 1));
    device_host_load_stop(device);
}

/* k loopback steps equal k evals with the output copied by hand, bit for bit. */
Test(device_cpu_background, chain_equals_evals) {
    uint16_t start[ELEMENTS], by_hand[ELEMENTS];
    uint16_t *x = device_surface_lock(device, run.in, true);
    uint16_t *y = device_surface_lock(device, run.out, true);
    memcpy(start, x, sizeof start);
    for (int steps = 1; steps <= 5; steps++) {
        memcpy(x, start, sizeof start);
        for (int i = 0; i < steps; i++) {
            OK(device_eval(device, run.request, DEVICE_QOS_DEFAULT, &error));
            memcpy(x, y, sizeof by_hand);
        }
        memcpy(by_hand, y, sizeof by_hand);
        cr_assert(steps == 1 || memcmp(by_hand, start, sizeof start) != 0);
        memcpy(x, start, sizeof start);
        const struct device_chain_spec spec = {
            .program = program, .input = run.in, .output = run.out, .steps = steps};
        struct device_chain *chain;
        OK(device_chain_prepare(device, &spec, DEVICE_QOS_DEFAULT, &chain, &error));
        OK(device_chain_ready(device, chain, DEVICE_QOS_DEFAULT, &error));
        for (int repeat = 0; repeat < 2; repeat++) {
            memset(y, 0xa5, sizeof by_hand);
            OK(device_chain_enqueue(device, chain, DEVICE_QOS_DEFAULT, &error));
            cr_assert_eq(memcmp(y, by_hand, sizeof by_hand), 0, "%d steps", steps);
            cr_assert_eq(memcmp(x, start, sizeof start), 0, "the chain changed its input");
        }
        device_chain_free(device, chain);
    }
    device_surface_unlock(device, run.in, true);
    device_surface_unlock(device, run.out, true);
}

/* The two halves of the channels are exchanged, in fp32, which a program reads and writes in place: no half may
 * be written before the other is read. */
static const char swap_text[] =
    "program(1.3)[buildInfo = dict<string, string>({{\"coremlc-version\", \"3505.4.1\"}})]\n"
    "{\n"
    "  func main<ios18>(tensor<fp32, [1, 8, 1, 16]> x) {\n"
    "    tensor<int32, [4]> b = const()[name = string(\"b\"), val = tensor<int32, [4]>([0, 0, 0, "
    "0])];\n"
    "    tensor<int32, [4]> c = const()[name = string(\"c\"), val = tensor<int32, [4]>([0, 4, 0, "
    "0])];\n"
    "    tensor<int32, [4]> s = const()[name = string(\"s\"), val = tensor<int32, [4]>([1, 4, 1, "
    "16])];\n"
    "    tensor<fp32, [1, 4, 1, 16]> p = slice_by_size(x = x, begin = b, size = s)[name = "
    "string(\"p\")];\n"
    "    tensor<fp32, [1, 4, 1, 16]> q = slice_by_size(x = x, begin = c, size = s)[name = "
    "string(\"q\")];\n"
    "    int32 a = const()[name = string(\"a\"), val = int32(1)];\n"
    "    bool f = const()[name = string(\"f\"), val = bool(false)];\n"
    "    tensor<fp32, [1, 8, 1, 16]> y = concat(values = (q, p), axis = a, interleave = f)[name = "
    "string(\"y\")];\n"
    "  } -> (y);\n"
    "}\n";

/* k loopback steps exchange the halves k times; the input does not change. */
Test(device_cpu_background, chains_of_steps) {
    struct fixture_source source;
    struct fixture_run swap;
    struct device_program *swaps;
    source_make(&source, swap_text, 1);
    OK(device_program_create(device, &source.source, &swaps, &error));
    source_free(&source);
    OK(device_compile(device, swaps, DEVICE_QOS_DEFAULT, &error));
    OK(device_load(device, swaps, DEVICE_QOS_DEFAULT, &error));
    run_make(device, swaps, &swap);
    float *x = device_surface_lock(device, swap.in, true);
    float *y = device_surface_lock(device, swap.out, true);
    for (int i = 0; i < ELEMENTS; i++)
        x[i] = (float)i;
    for (int steps = 1; steps <= 5; steps++) {
        const struct device_chain_spec spec = {
            .program = swaps, .input = swap.in, .output = swap.out, .steps = steps};
        struct device_chain *chain;
        OK(device_chain_prepare(device, &spec, DEVICE_QOS_DEFAULT, &chain, &error));
        OK(device_chain_ready(device, chain, DEVICE_QOS_DEFAULT, &error));
        for (int repeat = 0; repeat < 2; repeat++) {
            memset(y, 0xa5, ELEMENTS * sizeof *y);
            OK(device_chain_enqueue(device, chain, DEVICE_QOS_DEFAULT, &error));
            for (int i = 0; i < ELEMENTS; i++) {
                const int from = steps % 2 ? (i + ELEMENTS / 2) % ELEMENTS : i;
                cr_assert_eq(y[i], (float)from, "%d steps: %d is %g", steps, i, (double)y[i]);
                cr_assert_eq(x[i], (float)i, "the chain changed its input");
            }
        }
        device_chain_free(device, chain);
    }
    device_surface_unlock(device, swap.in, true);
    device_surface_unlock(device, swap.out, true);
    run_free(device, &swap);
    device_program_free(device, swaps);
}
