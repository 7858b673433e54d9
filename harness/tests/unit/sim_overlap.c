/* SPDX-License-Identifier: MIT
 *
 * Background compiles in virtual time, against sums done by hand. A compile takes 1 ms alone, an
 * eval 100 us.
 */
#include "sim_kit.h"

/* Evals back to back from the start of a compile until `until` of them are over. */
struct run {
    uint64_t first_eval_ns, evals_ns, compile_ns, end_ns;
};

static struct run run(const char *lines, int n_evals) {
    struct device *device = kit_open(lines);
    struct kit kit = kit_loaded(device, 1, 4, 4, 1), other = kit_program(device, 1, 4, 4, 2);
    struct device_compile_info info;
    struct device_error error = {.text = ""};
    struct run r = {0};

    uint64_t start_ns = device_clock_ns(device);
    cr_assert_eq(device_compile_start(device, other.program, 21, &error), DEVICE_OK);
    for (int i = 0; i < n_evals; i++) {
        uint64_t ns = kit_eval(&kit);
        r.evals_ns += ns;
        if (i == 0)
            r.first_eval_ns = ns;
    }
    cr_assert_eq(device_compile_wait(device, other.program, &error), DEVICE_OK);
    r.end_ns = device_clock_ns(device) - start_ns;
    device_compile_info(device, other.program, &info);
    r.compile_ns = info.elapsed_ns;
    cr_assert_not(info.cached);
    kit_free(&other);
    kit_free(&kit);
    device_close(device);
    return r;
}

Test(sim_overlap, full_overlap_costs_nothing) {
    struct run r = run("overlap,1\n", 20);
    cr_assert_eq(r.first_eval_ns, 100000);
    cr_assert_eq(r.compile_ns, 1000000);
    cr_assert_eq(r.end_ns, 2000000); /* 20 evals; the compile was over after 10 */
    r = run("overlap,1\n", 3);
    cr_assert_eq(r.evals_ns, 300000);
    cr_assert_eq(r.end_ns, 1000000); /* the longer of the two */
}

Test(sim_overlap, taking_turns_takes_the_sum) {
    struct run r = run("overlap,0\n", 20);
    cr_assert_eq(r.first_eval_ns, 200000);
    cr_assert_eq(r.compile_ns, 2000000); /* beside the first ten evals */
    cr_assert_eq(r.end_ns, 3000000);     /* 1 ms + 20 * 0.1 ms */
    r = run("overlap,0\n", 3);
    cr_assert_eq(r.evals_ns, 600000);
    cr_assert_eq(r.end_ns, 1300000);
}

Test(sim_overlap, half_overlap_lies_between) {
    struct run r = run("overlap,0.5\n", 20);
    cr_assert_eq(r.first_eval_ns, 150000);
    cr_assert_eq(r.compile_ns, 1500000);
    cr_assert_eq(r.end_ns, 2500000);
    /* (sum of both alone - both together) / compile alone is the overlap */
    r = run("overlap,0.25\n", 10);
    cr_assert_eq(r.end_ns, 1750000);
}

Test(sim_overlap, slowdowns_act_both_ways) {
    /* eval 120 us beside the compile, which is over after 1.5 ms = 12.5 evals; the other half of
     * the 13th takes 50 us, 7 more 700 us */
    struct run r = run("overlap,1\neval_slowdown_pct,20\ncompile_slowdown_pct,50\n", 20);
    cr_assert_eq(r.first_eval_ns, 120000);
    cr_assert_eq(r.compile_ns, 1500000);
    cr_assert_eq(r.end_ns, 1500000 + 50000 + 700000);
    /* no evals any more: the compile goes on alone. 3 evals = 360 us, 240 us of it done */
    r = run("overlap,1\neval_slowdown_pct,20\ncompile_slowdown_pct,50\n", 3);
    cr_assert_eq(r.evals_ns, 360000);
    cr_assert_eq(r.compile_ns, 360000 + 760000);
    /* with turns on top: 1.5 * 1.2 and 1.5 * 1.5; 2.25 ms = 12.5 evals of 180 us */
    r = run("overlap,0.5\neval_slowdown_pct,20\ncompile_slowdown_pct,50\n", 20);
    cr_assert_eq(r.first_eval_ns, 180000);
    cr_assert_eq(r.compile_ns, 2250000);
    cr_assert_eq(r.end_ns, 2250000 + 50000 + 700000);
}

Test(sim_overlap, rounding_does_not_add_up) {
    /* evals of 101.43 us, stretched by 1.37 * 1.03: no whole numbers anywhere */
    struct run r = run("compile_ms,1000\ndispatch_us,101.43\noverlap,0.63\neval_slowdown_pct,3\n"
                       "compile_slowdown_pct,7\n",
        20000);
    cr_assert_eq(r.compile_ns, 1465900000); /* 1 s * 1.37 * 1.07 */
}

Test(sim_overlap, compile_continues_during_other_calls) {
    struct device *device = kit_open("overlap,0\n");
    struct kit kit = kit_loaded(device, 1, 4, 4, 1), other = kit_program(device, 1, 4, 4, 2);
    struct device_compile_info info;
    struct device_error error;
    device_compile_start(device, other.program, 21, &error);
    device_unload(device, kit.program, &error); /* 3 ms */
    device_compile_wait(device, other.program, &error);
    device_compile_info(device, other.program, &info);
    cr_assert_eq(info.elapsed_ns, 1000000);
    kit_free(&other);
    kit_free(&kit);
    device_close(device);
}

Test(sim_overlap, polling_comes_to_an_end) {
    struct device *device = kit_open("");
    struct kit kit = kit_program(device, 1, 4, 4, 1);
    struct device_error error;
    uint64_t polls = 1;
    cr_assert_eq(device_compile_start(device, kit.program, 21, &error), DEVICE_OK);
    while (!device_compile_poll(device, kit.program))
        polls++;
    cr_assert_eq(polls, 1000000 / SIM_POLL_NS);
    cr_assert_eq(device_clock_ns(device), 1000000);
    cr_assert_eq(device_compile_wait(device, kit.program, &error), DEVICE_OK);
    cr_assert_eq(device_clock_ns(device), 1000000, "waiting for what is over is free");
    kit_free(&kit);
    device_close(device);
}

Test(sim_overlap, one_worker_compiles_in_order) {
    struct device *device = kit_open("");
    struct kit a = kit_program(device, 1, 4, 4, 1), b = kit_program(device, 1, 4, 4, 2);
    struct kit c = kit_program(device, 1, 4, 4, 2); /* as b: cached once b is over */
    struct kit d = kit_program(device, 1, 4, 4, 3);
    struct device_compile_info info;
    struct device_error error;

    device_compile_start(device, a.program, 21, &error);
    device_compile_start(device, b.program, 21, &error);
    device_compile_start(device, c.program, 21, &error);
    cr_assert_eq(device_compile(device, d.program, 21, &error), DEVICE_OK);
    cr_assert_eq(device_clock_ns(device), 3250000, "a foreground compile waits for its turn");
    device_compile_wait(device, b.program, &error);
    device_compile_wait(device, a.program, &error);
    device_compile_wait(device, c.program, &error);
    cr_assert_eq(device_clock_ns(device), 3250000);
    device_compile_info(device, c.program, &info);
    cr_assert(info.cached && info.elapsed_ns == 250000);
    kit_free(&a);
    kit_free(&b);
    kit_free(&c);
    kit_free(&d);
    device_close(device);
}

Test(sim_overlap, several_compiles_end_within_one_eval) {
    struct device *device = kit_open("dispatch_us,5000\noverlap,0\n");
    struct kit kit = kit_loaded(device, 1, 4, 4, 1);
    struct kit a = kit_program(device, 1, 4, 4, 2), b = kit_program(device, 1, 4, 4, 3);
    struct device_error error;
    device_compile_start(device, a.program, 21, &error);
    device_compile_start(device, b.program, 21, &error);
    cr_assert_eq(kit_eval(&kit), 7000000);
    cr_assert(device_compile_poll(device, a.program) && device_compile_poll(device, b.program));
    /* freeing is fine without a wait */
    kit_free(&a);
    kit_free(&b);
    kit_free(&kit);
    device_close(device);
}

Test(sim_overlap, freeing_waits_for_the_compile) {
    struct device *device = kit_open("");
    struct kit kit = kit_program(device, 1, 4, 4, 1);
    struct device_error error;
    device_compile_start(device, kit.program, 21, &error);
    kit_free(&kit);
    cr_assert_eq(device_clock_ns(device), 1000000);
    device_close(device);
}
