/* SPDX-License-Identifier: MIT
 *
 * Trainings in virtual time on engines of round numbers, worked out by hand: a compile takes 10 ms
 * whatever the weights, a load 2, an unload 1, an eval 0.1; a model of two layers has 11 programs, 10
 * of them with weights. A step is 12 evals and 8.8 ms of the host: 10 ms. An update of the host
 * takes 30 ms.
 */
#include "device/sim/sim_work.h"
#include "sim_kit.h"
#include "train/plan/host.h"
#include "train/plan/timeline.h"

#include <math.h>

static const struct train_shape shape = {
    .layers = 2, .dim = 32, .hidden = 48, .heads = 2, .kv_heads = 2, .seq = 16, .vocab = 64};

#define PLAIN                                                                                      \
    "compile_ms,10\ncompile_per_mb_ms,0\nload_ms,2\nunload_ms,1\nfirst_use_ms,0\n"                 \
    "dispatch_us,100\ntflops,1e6\nbandwidth_gbs,1e6\n"

/* `scale`: what evals take, as a multiple of the engine's. */
static struct plan_result play_scaled(
    const char *lines, enum train_way way, int accum, int max_stale, int n_updates, double scale) {
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
        .engine_scale = scale,
        .step_ms = way == TRAIN_DYNAMIC ? 8 : 8.8,
        .update_ms = 30};
    int status = plan_play(&spec, NULL, NULL, &result, &error);
    unlink(path);
    cr_assert_eq(status, 0, "%s", error.text);
    return result;
}

static struct plan_result play(
    const char *lines, enum train_way way, int accum, int max_stale, int n_updates) {
    return play_scaled(lines, way, accum, max_stale, n_updates, 1);
}

/* Work and bytes cost next to nothing on these engines, polls 100 ns each, one after every eval while
 * there is a compile in the background. */
static bool near(double value, double wanted) {
    return fabs(value - wanted) < 0.05;
}

/* Start: 11 * (10 + 2). Update: 10 * (1 + 10 + 2). */
Test(plan_timeline, sync_waits_for_every_compile) {
    struct plan_result r = play("", TRAIN_SYNC, 4, 0, 5);
    cr_assert(r.is_possible && near(r.start_ms, 132) && near(r.step_ms, 10));
    cr_assert(near(r.engine_ms, 1.2), "%g", r.engine_ms);
    cr_assert(near(r.compile_ms, 100) && near(r.stall_ms, 130));
    cr_assert(near(r.update_ms, 4 * 10 + 30 + 130), "%g", r.update_ms);
    cr_assert(near(r.updates_per_s, 5) && near(r.steps_per_s, 20));
    cr_assert(r.stale_mean == 0 && r.stale_max == 0 && r.restarts == 0);
    cr_assert(r.programs == 11 && r.compiles == 11 + 5 * 10);
}

/* Engines that take 1.5 times as long as theirs does alone: 12 evals of 0.15 ms. */
Test(plan_timeline, evals_are_scaled) {
    struct plan_result r = play_scaled("", TRAIN_SYNC, 4, 0, 5, 1.5);
    cr_assert(near(r.engine_ms, 1.8) && near(r.step_ms, 10.6), "%g, %g", r.engine_ms, r.step_ms);
    cr_assert(near(r.update_ms, 4 * 10.6 + 30 + 130), "%g", r.update_ms);
}

Test(plan_timeline, noise_is_left_out) {
    struct plan_result r = play("eval_cv_pct,20\nprocess_cv_pct,20\noutlier_pct,5\n"
                                "drift_pct_per_min,50\n",
        TRAIN_SYNC, 4, 0, 5);
    cr_assert(near(r.start_ms, 132) && near(r.step_ms, 10) && near(r.update_ms, 200));
}

/* A process has room for one set and one update: every second update restarts, with 132 ms. */
Test(plan_timeline, sync_restarts_when_compiles_run_out) {
    struct plan_result r = play("limit_kind,compiles\nlimit_value,21\n", TRAIN_SYNC, 4, 0, 4);
    cr_assert(r.is_possible && r.restarts == 0.5 && r.compiles == 21);
    cr_assert(near(r.stall_ms, (130 + 132) / 2.0), "%g", r.stall_ms);
    cr_assert(near(r.compile_ms, (100 + 110) / 2.0), "%g", r.compile_ms); /* of all processes */
    r = play("limit_kind,compiles\nlimit_value,10\n", TRAIN_SYNC, 4, 0, 4);
    cr_assert(!r.is_possible && strstr(r.reason, "sync needs 11 programs"), "%s", r.reason);
    r = play("limit_kind,loaded\nlimit_value,11\n", TRAIN_SYNC, 4, 0, 4);
    cr_assert(r.is_possible && r.restarts == 0);
}

/* Batches of 200 + 30 ms hide a compile of 100 ms: only swaps stall, 10 * (1 + 2), from the second
 * update on, each of which finds weights one update old. */
Test(plan_timeline, double_hides_short_compiles) {
    struct plan_result r = play("", TRAIN_DOUBLE, 20, 1, 10);
    cr_assert(r.is_possible && near(r.stall_ms, 9 * 30 / 10.0), "%g", r.stall_ms);
    cr_assert(near(r.update_ms, 230 + 27) && near(r.stale_mean, 0.9) && r.stale_max == 1);
    cr_assert(r.programs == 11);
}

/* Batches of 20 + 30 ms do not: begun at an update, 6 of 10 programs are not compiled at the next, since
 * in the 30 ms of the update nobody hands the worker more than the two that it has. 60 ms are waited
 * for, and swapping takes 30. */
Test(plan_timeline, double_waits_when_weights_grow_too_old) {
    struct plan_result r = play("", TRAIN_DOUBLE, 2, 1, 10);
    cr_assert(r.is_possible && near(r.stall_ms, 9 * 90 / 10.0), "%g", r.stall_ms);
    cr_assert(r.stale_max == 1);
    /* no staleness allowed: as sync, but compiled in one go */
    r = play("", TRAIN_DOUBLE, 2, 0, 10);
    cr_assert(near(r.stall_ms, 130) && r.stale_max == 0, "%g", r.stall_ms);
    /* none refused: a compile begun at update u is over three updates later. Nothing waits; swaps at
     * updates 4, 7 and 10, each time of weights three updates old. */
    r = play("", TRAIN_DOUBLE, 2, DOUBLE_BUFFER_STALE_INF, 10);
    cr_assert(near(r.stall_ms, 3 * 30 / 10.0), "%g", r.stall_ms);
    cr_assert(r.stale_max == 5, "%d", r.stale_max);
}

/* A process has room for one set and two updates. Compiles begin at updates 1 and 2, swaps are at 2
 * and 3, 30 ms each; the second set is used, and update 4 restarts, 132 ms. */
Test(plan_timeline, double_restarts_when_compiles_run_out) {
    struct plan_result r = play("limit_kind,compiles\nlimit_value,31\n", TRAIN_DOUBLE, 20, 1, 8);
    cr_assert(r.is_possible && r.restarts == 0.25 && r.compiles == 31, "%g", r.restarts);
    cr_assert(near(r.stall_ms, (30 + 30 + 132) / 4.0), "%g", r.stall_ms);
    cr_assert(near(r.stale_mean, 0.75) && r.stale_max == 1, "%g", r.stale_mean);
}

/* Evals take 1.5 times as long beside a compile: of the steps' 12 evals each. */
Test(plan_timeline, compiles_slow_evals) {
    struct plan_result r = play("eval_slowdown_pct,50\n", TRAIN_DOUBLE, 4, 1, 10);
    cr_assert(r.engine_ms > 1.2 && r.engine_ms < 1.8 + 0.01, "%g", r.engine_ms);
}

/* With the trainer's own message. */
Test(plan_timeline, a_limit_forbids_what_the_trainers_budget_does) {
    struct plan_result r = play("limit_kind,compiles\nlimit_value,20\n", TRAIN_DOUBLE, 4, 1, 3);
    cr_assert(!r.is_possible && strstr(r.reason, "11 + 10 = 21 programs"), "%s", r.reason);
    cr_assert(strstr(r.reason, "fail at its program 10;"), "%s", r.reason);
    r = play("limit_kind,compiles\nlimit_value,21\n", TRAIN_DOUBLE, 4, 1, 3);
    cr_assert(r.is_possible, "%s", r.reason);
    r = play("limit_kind,loaded\nlimit_value,20\n", TRAIN_DOUBLE, 4, 1, 3);
    cr_assert(r.is_possible && r.programs == 11 && strstr(r.reason, "swapped one by one"), "%s",
        r.reason);
    r = play("limit_kind,loaded\nlimit_value,10\n", TRAIN_DOUBLE, 4, 1, 3);
    cr_assert(!r.is_possible && strstr(r.reason, "double needs 11 programs"), "%s", r.reason);
    r = play("limit_kind,bytes\nlimit_value,0.01\n", TRAIN_SYNC, 4, 1, 3);
    cr_assert(!r.is_possible && strstr(r.reason, "no memory"), "%s", r.reason);
}

Test(plan_timeline, reload_only_where_it_takes_effect) {
    struct plan_result r = play("", TRAIN_RELOAD, 4, 0, 5);
    cr_assert(!r.is_possible && strstr(r.reason, "do not take effect"), "%s", r.reason);
    r = play("reload_source,1\n", TRAIN_RELOAD, 4, 0, 5);
    cr_assert(r.is_possible && near(r.stall_ms, 10 * 3) && r.compile_ms == 0 && r.compiles == 11);
}

/* Mapped once, 10 * 0.5 ms; an update synchronises the bytes of all weights. */
Test(plan_timeline, mapped_only_where_it_takes_effect) {
    struct plan_result r = play("", TRAIN_MAPPED, 4, 0, 5);
    cr_assert(!r.is_possible && strstr(r.reason, "mutable_weights is neither"), "%s", r.reason);
    r = play("mutable_weights,inert\n", TRAIN_MAPPED, 4, 0, 5);
    cr_assert(!r.is_possible);
    r = play("mutable_weights,sync\nmutable_sync_per_mb_ms,200\n", TRAIN_MAPPED, 4, 0, 5);
    cr_assert(r.is_possible && near(r.start_ms, 132 + 5) && r.compiles == 11, "%g", r.start_ms);
    cr_assert(near(r.stall_ms, 200 * train_set_weight_mb(&shape)), "%g", r.stall_ms);
}

/* Ten programs for all layers: a step is 2 * 10 evals and 8 ms. */
Test(plan_timeline, dynamic_compiles_once) {
    struct plan_result r = play("", TRAIN_DYNAMIC, 4, 0, 5);
    cr_assert(r.is_possible && near(r.start_ms, 10 * 12) && near(r.engine_ms, 2));
    cr_assert(near(r.update_ms, 70) && r.stall_ms == 0 && r.compiles == 10 && r.programs == 10);
}

/* ---- the programs of Stories110M, from its shapes (maderix/ANE) */

Test(plan_timeline, kernels_have_the_published_work) {
    struct train_shape stories;
    char why[200];
    double flop[2] = {0, 0}, bytes = 0;
    cr_assert_eq(train_shape_parse("stories110m", &stories, why, sizeof why), 0);
    for (int place = 0; place < 2; place++)
        for (int k = 0; k < plan_n_kernels((enum train_weights_place)place); k++) {
            struct mil_error error;
            struct mil_program *program;
            size_t n;
            char *text = plan_kernel_text(&stories, (enum train_weights_place)place, k, &n, &error);
            cr_assert(
                text, "%s: %s", plan_kernel_name((enum train_weights_place)place, k), error.text);
            cr_assert_eq(mil_parse(text, n, &program, &error), 0, "%s", error.text);
            flop[place] += sim_work_flop(&program->functions[0]);
            if (place == TRAIN_WEIGHTS_BAKED)
                bytes += sim_work_weight_bytes(program, 0, 1);
            mil_program_free(program);
            free(text);
        }
    /* 2 * 43487 M and attention's backward 6040 M, as published, and its forward 2416 M */
    cr_assert(fabs(12 * flop[0] / 1e6 - (2 * 43486.543872 + 6039.79776 + 2415.919104)) < 1, "%.3f",
        12 * flop[0] / 1e6);
    cr_assert(flop[1] == flop[0], "%.0f %.0f", flop[1], flop[0]);
    /* Weights of a layer, twice but for the norms, two masks and twice the tables of the rotation,
     * in fp16. */
    const double matrices = 4.0 * 768 * 768 + 3.0 * 768 * 2048, tables = 2.0 * 32 * 256;
    cr_assert(bytes == 2 * (2 * matrices + 2 * 768 + 2 * 256 * 256 + 2 * tables), "%.0f", bytes);
}

/* ---- relatives */

Test(plan_timeline, distances_between_chips) {
    cr_assert_eq(host_distance("M4", "M4"), 0);
    cr_assert_eq(host_distance("M4", "M5"), 1);
    cr_assert_eq(host_distance("M4", "M4 Pro"), 1);
    cr_assert_eq(host_distance("M1 Max", "M3 Ultra"), 3);
    cr_assert_eq(host_distance("M1", "M5 Max"), 6);
    cr_assert_eq(host_distance("M4", "A17 Pro"), -1);
    cr_assert_eq(host_distance("M4 Mini", "M4"), -1);
}
