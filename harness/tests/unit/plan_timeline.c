/* SPDX-License-Identifier: MIT
 *
 * Schedules in virtual time on engines of round numbers, worked out by hand: a compile takes 10 ms
 * whatever the weights, a load 2, an unload 1, an eval 0.1; a model of two layers has 12 programs,
 * 10 of them with weights. A step is 12 evals and 8.8 ms of the host: 10 ms. An update of the host
 * takes 30 ms.
 */
#include "device/sim/sim_work.h"
#include "sim_kit.h"
#include "plan/host.h"
#include "plan/schedule.h"

#include <math.h>

static const struct plan_shape shape = {"tiny", 32, 48, 2, 16, 2};

#define PLAIN                                                                                      \
    "compile_ms,10\ncompile_per_mb_ms,0\nload_ms,2\nunload_ms,1\nfirst_use_ms,0\n"                 \
    "dispatch_us,100\ntflops,1e6\nbandwidth_gbs,1e6\n"

static struct plan_result play(
    const char *lines, enum plan_way way, int accum, int max_stale, int n_updates) {
    char path[64], device[96], text[512];
    struct sim_params params;
    struct plan_result result;
    struct device_error error = {.text = ""};
    snprintf(text, sizeof text, "%s%s", PLAIN, lines);
    kit_file_write(path, text, strlen(text));
    cr_assert_eq(sim_file_read(path, &params, &error), DEVICE_OK, "%s", error.text);
    snprintf(device, sizeof device, "sim:%s", path);
    struct plan_spec spec = {.device = device,
        .params = &params,
        .shape = &shape,
        .way = way,
        .accum = accum,
        .max_stale = max_stale,
        .n_updates = n_updates,
        .step_ms = way == PLAN_DYNAMIC ? 8 : 8.8,
        .update_ms = 30};
    int status = plan_play(&spec, NULL, NULL, &result, &error);
    unlink(path);
    cr_assert_eq(status, 0, "%s", error.text);
    return result;
}

/* Work and bytes cost next to nothing on these engines, polls 100 ns each. */
static bool near(double value, double wanted) {
    return fabs(value - wanted) < 0.01;
}

/* Start: 12 * (10 + 2). Update: 10 * (1 + 10 + 2). */
Test(plan_schedule, sync_waits_for_every_compile) {
    struct plan_result r = play("", PLAN_SYNC, 4, 0, 5);
    cr_assert(r.is_possible && near(r.start_ms, 144) && near(r.step_ms, 10));
    cr_assert(near(r.engine_ms, 1.2), "%g", r.engine_ms);
    cr_assert(near(r.compile_ms, 100) && near(r.stall_ms, 130));
    cr_assert(near(r.update_ms, 4 * 10 + 30 + 130), "%g", r.update_ms);
    cr_assert(near(r.updates_per_s, 5) && near(r.steps_per_s, 20));
    cr_assert(r.stale_mean == 0 && r.stale_max == 0 && r.restarts == 0);
    cr_assert(r.programs == 12 && r.compiles == 12 + 5 * 10);
}

Test(plan_schedule, noise_is_left_out) {
    struct plan_result r = play("eval_cv_pct,20\nprocess_cv_pct,20\noutlier_pct,5\n"
                                "drift_pct_per_min,50\n",
        PLAN_SYNC, 4, 0, 5);
    cr_assert(near(r.start_ms, 144) && near(r.step_ms, 10) && near(r.update_ms, 200));
}

/* A process has room for one set and one update: every second update restarts, with 144 ms. */
Test(plan_schedule, sync_restarts_when_compiles_run_out) {
    struct plan_result r = play("limit_kind,compiles\nlimit_value,22\n", PLAN_SYNC, 4, 0, 4);
    cr_assert(r.is_possible && r.restarts == 0.5 && r.compiles == 22);
    cr_assert(near(r.stall_ms, (130 + 144) / 2.0), "%g", r.stall_ms);
    r = play("limit_kind,compiles\nlimit_value,11\n", PLAN_SYNC, 4, 0, 4);
    cr_assert(!r.is_possible && strstr(r.reason, "needs a limit of 12"), "%s", r.reason);
    r = play("limit_kind,loaded\nlimit_value,12\n", PLAN_SYNC, 4, 0, 4);
    cr_assert(r.is_possible && r.restarts == 0);
}

/* Batches of 200 + 30 ms hide a compile of 100 ms: only swaps stall, 10 * (1 + 2), from the second
 * update on, each of which finds weights one update old. */
Test(plan_schedule, double_hides_short_compiles) {
    struct plan_result r = play("", PLAN_DOUBLE, 20, 1, 10);
    cr_assert(r.is_possible && near(r.stall_ms, 9 * 30 / 10.0), "%g", r.stall_ms);
    cr_assert(near(r.update_ms, 230 + 27) && near(r.stale_mean, 0.9) && r.stale_max == 1);
    cr_assert(r.programs == 12);
}

/* Batches of 20 + 30 ms do not: begun at an update, a compile of 100 ms is waited for at the next,
 * 50 ms, and swapped, 30 ms. */
Test(plan_schedule, double_waits_when_weights_grow_too_old) {
    struct plan_result r = play("", PLAN_DOUBLE, 2, 1, 10);
    cr_assert(r.is_possible && near(r.stall_ms, 9 * 80 / 10.0), "%g", r.stall_ms);
    cr_assert(r.stale_max == 1);
    /* no staleness allowed: as sync, but compiled in one go */
    r = play("", PLAN_DOUBLE, 2, 0, 10);
    cr_assert(near(r.stall_ms, 130) && r.stale_max == 0, "%g", r.stall_ms);
    /* none refused: a compile begun at update u is over two updates later. Nothing waits; swaps at
     * updates 3, 5, 7 and 9, each time of weights two updates old. */
    r = play("", PLAN_DOUBLE, 2, PLAN_STALE_INF, 10);
    cr_assert(near(r.stall_ms, 4 * 30 / 10.0), "%g", r.stall_ms);
    cr_assert(r.stale_max == 3, "%d", r.stale_max);
}

/* A process has room for one set and two updates. Compiles begin at updates 1 and 2, swaps are at 2
 * and 3, 30 ms each; the second set is used, and update 4 restarts, 144 ms. */
Test(plan_schedule, double_restarts_when_compiles_run_out) {
    struct plan_result r = play("limit_kind,compiles\nlimit_value,32\n", PLAN_DOUBLE, 20, 1, 8);
    cr_assert(r.is_possible && r.restarts == 0.25 && r.compiles == 32, "%g", r.restarts);
    cr_assert(near(r.stall_ms, (30 + 30 + 144) / 4.0), "%g", r.stall_ms);
    cr_assert(near(r.stale_mean, 0.75) && r.stale_max == 1, "%g", r.stale_mean);
}

/* Evals take 1.5 times as long beside a compile: of the steps' 12 evals each. */
Test(plan_schedule, compiles_slow_evals) {
    struct plan_result r = play("eval_slowdown_pct,50\n", PLAN_DOUBLE, 4, 1, 10);
    cr_assert(r.engine_ms > 1.2 && r.engine_ms < 1.8 + 0.01, "%g", r.engine_ms);
}

Test(plan_schedule, double_says_what_a_limit_forbids) {
    struct plan_result r = play("limit_kind,compiles\nlimit_value,21\n", PLAN_DOUBLE, 4, 1, 3);
    cr_assert(!r.is_possible && strstr(r.reason, "12 + 10 = 22 compiles"), "%s", r.reason);
    cr_assert(strstr(r.reason, "fails at its program 10;") && strstr(r.reason, "limit of 22"));
    r = play("limit_kind,loaded\nlimit_value,21\n", PLAN_DOUBLE, 4, 1, 3);
    cr_assert(
        r.is_possible && r.programs == 12 && strstr(r.reason, "12 + 10 = 22"), "%s", r.reason);
    r = play("limit_kind,loaded\nlimit_value,11\n", PLAN_DOUBLE, 4, 1, 3);
    cr_assert(!r.is_possible && strstr(r.reason, "needs a limit of 12"), "%s", r.reason);
    r = play("limit_kind,bytes\nlimit_value,0.01\n", PLAN_SYNC, 4, 1, 3);
    cr_assert(!r.is_possible && strstr(r.reason, "no memory"), "%s", r.reason);
}

Test(plan_schedule, reload_only_where_it_takes_effect) {
    struct plan_result r = play("", PLAN_RELOAD, 4, 0, 5);
    cr_assert(!r.is_possible && strstr(r.reason, "do not take effect"), "%s", r.reason);
    r = play("reload_source,1\n", PLAN_RELOAD, 4, 0, 5);
    cr_assert(r.is_possible && near(r.stall_ms, 10 * 3) && r.compile_ms == 0 && r.compiles == 12);
}

/* Ten programs for all layers: a step is 2 * 10 evals and 8 ms. */
Test(plan_schedule, dynamic_compiles_once) {
    struct plan_result r = play("", PLAN_DYNAMIC, 4, 0, 5);
    cr_assert(r.is_possible && near(r.start_ms, 10 * 12) && near(r.engine_ms, 2));
    cr_assert(near(r.update_ms, 70) && r.stall_ms == 0 && r.compiles == 10 && r.programs == 10);
}

/* ---- the programs of Stories110M, from its shapes (maderix/ANE) */

Test(plan_schedule, kernels_have_the_published_work) {
    double flop = 0, bytes = 0, dynamic_flop = 0;
    for (int set = 0; set < 2; set++)
        for (int k = 0; k < plan_n_kernels((enum plan_set)set); k++) {
            struct mil_error error;
            struct mil_program *program;
            size_t n;
            char *text = plan_kernel_text(&plan_shapes[0], (enum plan_set)set, k, 7, &n, &error);
            cr_assert(text, "%s: %s", plan_kernel_name((enum plan_set)set, k), error.text);
            cr_assert_eq(mil_parse(text, n, &program, &error), 0, "%s", error.text);
            double weights = sim_work_weight_bytes(program, 0, 1);
            if (set == PLAN_BAKED) {
                bytes += weights;
                flop += sim_work_flop(&program->functions[0]);
                cr_assert_eq(weights > 0, plan_kernel_has_weights(PLAN_BAKED, k));
            } else {
                dynamic_flop += sim_work_flop(&program->functions[0]);
            }
            mil_program_free(program);
            free(text);
        }
    /* 2 * 43487 M and attention's backward 6040 M, as published, and its forward 2416 M */
    cr_assert(fabs(12 * flop / 1e6 - (2 * 43486.543872 + 6039.79776 + 2415.919104)) < 1, "%.3f",
        12 * flop / 1e6);
    cr_assert(dynamic_flop == flop, "%.0f %.0f", dynamic_flop, flop);
    /* 14288384 weights a layer, fp16 */
    cr_assert(bytes == 2.0 * 14288384, "%.0f", bytes);
}

Test(plan_schedule, serials_make_other_programs) {
    struct mil_error error;
    size_t n;
    char *a = plan_kernel_text(&shape, PLAN_BAKED, 0, 1, &n, &error);
    char *b = plan_kernel_text(&shape, PLAN_BAKED, 0, 2, &n, &error);
    cr_assert(a && b && strcmp(a, b) != 0);
    free(a);
    free(b);
}

/* ---- relatives */

Test(plan_schedule, distances_between_chips) {
    cr_assert_eq(host_distance("M4", "M4"), 0);
    cr_assert_eq(host_distance("M4", "M5"), 1);
    cr_assert_eq(host_distance("M4", "M4 Pro"), 1);
    cr_assert_eq(host_distance("M1 Max", "M3 Ultra"), 3);
    cr_assert_eq(host_distance("M1", "M5 Max"), 6);
    cr_assert_eq(host_distance("M4", "A17 Pro"), -1);
    cr_assert_eq(host_distance("M4 Mini", "M4"), -1);
}
