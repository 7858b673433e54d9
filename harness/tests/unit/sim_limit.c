/* SPDX-License-Identifier: MIT
 *
 * Limits in a process of the simulated engine, and how they show.
 */
#include "sim_kit.h"

enum what { WORKS, WRONG, COMPILE_FAILS, LOAD_FAILS };

/* Makes one more program with its own weights and tries it; *out must be freed. */
static enum what program_try(
    struct device *device, int k, float scale, struct kit *out, int *code) {
    struct device_error error = {.text = ""};
    *out = kit_program(device, 1, k, k, scale);
    if (device_compile(device, out->program, 21, &error) != DEVICE_OK) {
        cr_assert(error.status == DEVICE_FAILED && strcmp(error.stage, "compile") == 0);
        cr_assert_str_eq(error.domain, "com.apple.appleneuralengine");
        *code = error.code;
        return COMPILE_FAILS;
    }
    if (device_load(device, out->program, 21, &error) != DEVICE_OK) {
        cr_assert(error.status == DEVICE_FAILED && strcmp(error.stage, "load") == 0);
        cr_assert_str_eq(error.domain, "com.apple.appleneuralengine");
        *code = error.code;
        return LOAD_FAILS;
    }
    kit_request(out);
    return kit_gives(out, scale) ? WORKS : WRONG;
}

/* How many programs work, kept loaded or unloaded each, and how the next one does not. */
static int programs_until(struct device *device, int k, bool keep, enum what *how, int *code) {
    enum { MOST = 20 };
    struct kit kits[MOST];
    int n = 0, works;
    *how = WORKS;
    *code = 0;
    while (n < MOST && *how == WORKS) {
        *how = program_try(device, k, (float)(n + 1), &kits[n], code);
        if (!keep)
            kit_free(&kits[n]);
        n++;
    }
    works = *how == WORKS ? n : n - 1;
    for (int i = 0; keep && i < n; i++)
        kit_free(&kits[i]);
    return works;
}

static void limit_is(const char *lines, int k, bool keep, int works, enum what how, int code) {
    enum what got;
    int got_code;
    struct device *device = kit_open(lines);
    cr_assert_eq(programs_until(device, k, keep, &got, &got_code), works, "%s", lines);
    cr_assert_eq(got, how, "%s", lines);
    cr_assert_eq(got_code, code, "%s", lines);
    device_close(device);
}

Test(sim_limit, none_runs_out_of_nothing) {
    limit_is("limit_kind,none\n", 4, true, 20, WORKS, 0);
}

Test(sim_limit, compiles_count_whether_unloaded_or_not) {
    limit_is("limit_kind,compiles\nlimit_value,7\n", 4, true, 7, COMPILE_FAILS, 4);
    limit_is("limit_kind,compiles\nlimit_value,7\n", 4, false, 7, COMPILE_FAILS, 4);
    limit_is("limit_kind,compiles\nlimit_value,7\nlimit_failure,silent\n", 4, true, 7, WRONG, 0);
    limit_is("limit_kind,compiles\nlimit_value,7\nlimit_failure,silent\n", 4, false, 7, WRONG, 0);
}

Test(sim_limit, loaded_programs_count_while_loaded) {
    limit_is("limit_kind,loaded\nlimit_value,7\n", 4, true, 7, LOAD_FAILS, 6);
    limit_is("limit_kind,loaded\nlimit_value,7\n", 4, false, 20, WORKS, 0);
    limit_is("limit_kind,loaded\nlimit_value,7\nlimit_failure,silent\n", 4, true, 7, WRONG, 0);
}

Test(sim_limit, loaded_bytes_count_by_size) {
    /* 256 * 256 * 2 bytes = 1/8 MB each; 32 bytes each */
    limit_is("limit_kind,bytes\nlimit_value,1\n", 256, true, 8, LOAD_FAILS, 53);
    limit_is("limit_kind,bytes\nlimit_value,1\n", 256, false, 20, WORKS, 0);
    limit_is("limit_kind,bytes\nlimit_value,1\n", 4, true, 20, WORKS, 0);
    limit_is("limit_kind,bytes\nlimit_value,1\nlimit_failure,silent\n", 256, true, 8, WRONG, 0);
}

Test(sim_limit, cache_hits_do_not_count_as_compiles) {
    struct device *device = kit_open("limit_kind,compiles\nlimit_value,1\n");
    for (int i = 0; i < 5; i++) {
        struct kit kit;
        int code;
        cr_assert_eq(program_try(device, 4, 1, &kit, &code), WORKS);
        kit_free(&kit);
    }
    device_close(device);
}

Test(sim_limit, unloading_makes_room_for_what_failed) {
    struct device *device = kit_open("limit_kind,loaded\nlimit_value,1\n");
    struct kit a, b;
    struct device_error error = {.text = ""};
    int code;
    cr_assert_eq(program_try(device, 4, 1, &a, &code), WORKS);
    cr_assert_eq(program_try(device, 4, 2, &b, &code), LOAD_FAILS);
    cr_assert_eq(device_unload(device, a.program, &error), DEVICE_OK);
    cr_assert_eq(device_load(device, b.program, 21, &error), DEVICE_OK, "%s", error.text);
    kit_request(&b);
    cr_assert(kit_gives(&b, 2));
    kit_free(&a);
    kit_free(&b);
    device_close(device);
}

Test(sim_limit, a_silent_load_is_right_again_when_there_is_room) {
    struct device *device = kit_open("limit_kind,loaded\nlimit_value,1\nlimit_failure,silent\n");
    struct kit a, b;
    struct device_error error = {.text = ""};
    int code;
    cr_assert_eq(program_try(device, 4, 1, &a, &code), WORKS);
    cr_assert_eq(program_try(device, 4, 2, &b, &code), WRONG);
    cr_assert(kit_gives(&a, 1), "the programs within the limit stay right");
    device_unload(device, a.program, &error);
    cr_assert_not(kit_gives(&b, 2), "until it is loaded again");
    device_unload(device, b.program, &error);
    device_load(device, b.program, 21, &error);
    cr_assert(kit_gives(&b, 2));
    /* a program that took no room gives none back */
    device_load(device, a.program, 21, &error);
    cr_assert_not(kit_gives(&a, 1));
    device_unload(device, a.program, &error);
    device_load(device, a.program, 21, &error);
    cr_assert_not(kit_gives(&a, 1));
    kit_free(&a);
    kit_free(&b);
    device_close(device);
}

Test(sim_limit, a_background_compile_meets_the_limit_too) {
    struct device *device = kit_open("limit_kind,compiles\nlimit_value,1\n");
    struct kit a = kit_program(device, 1, 4, 4, 1), b = kit_program(device, 1, 4, 4, 2);
    struct device_error error = {.text = ""};
    cr_assert_eq(device_compile_start(device, a.program, 21, &error), DEVICE_OK);
    cr_assert_eq(device_compile_start(device, b.program, 21, &error), DEVICE_OK);
    cr_assert_eq(device_compile_wait(device, a.program, &error), DEVICE_OK);
    cr_assert_eq(device_compile_wait(device, b.program, &error), DEVICE_FAILED);
    cr_assert_eq(error.code, 4);
    cr_assert_eq(device_load(device, b.program, 21, &error), DEVICE_BROKEN);
    kit_free(&a);
    kit_free(&b);
    device_close(device);
}

Test(sim_limit, a_new_process_starts_from_zero) {
    for (int process = 0; process < 3; process++)
        limit_is("limit_kind,compiles\nlimit_value,2\n", 4, false, 2, COMPILE_FAILS, 4);
}

Test(sim_limit, of_two_limits_the_one_that_is_met_first_counts) {
    static const char *const two = "limit_kind,loaded\nlimit_value,7\n"
                                   "limit2_kind,bytes\nlimit2_value,0.5\n";
    limit_is(two, 4, true, 7, LOAD_FAILS, 6);
    limit_is(two, 256, true, 4, LOAD_FAILS, 53);
    limit_is(two, 256, false, 20, WORKS, 0);
    static const char *const both = "limit_kind,compiles\nlimit_value,9\n"
                                    "limit2_kind,loaded\nlimit2_value,5\n";
    limit_is(both, 4, true, 5, LOAD_FAILS, 6);
    limit_is(both, 4, false, 9, COMPILE_FAILS, 4);
}

/* How an eval, a load and a compile at a QoS fare. */
static void qos_is(struct device *device, int qos, enum device_status status, bool right) {
    struct kit kit = kit_loaded(device, 1, 4, 4, 1);
    struct device_error error = {.text = ""};
    kit_poison(&kit);
    cr_assert_eq(device_eval(device, kit.request, qos, &error), status, "eval at %d", qos);
    cr_assert_eq(status == DEVICE_OK && kit_output_is(&kit, 1, 1), right, "eval at %d", qos);
    cr_assert(kit_gives(&kit, 1), "what was right at 21 stays right");
    device_unload(device, kit.program, &error);
    cr_assert_eq(device_load(device, kit.program, qos, &error), status, "load at %d", qos);
    if (status == DEVICE_OK)
        device_unload(device, kit.program, &error);
    cr_assert_eq(device_compile(device, kit.program, qos, &error), status, "compile at %d", qos);
    kit_free(&kit);
}

Test(sim_limit, a_refused_qos_fails_or_gives_wrong_output) {
    struct device *device = kit_open("qos_refused,9\n");
    qos_is(device, 9, DEVICE_FAILED, false);
    qos_is(device, 10, DEVICE_OK, true);
    device_close(device);
    device = kit_open("qos_refused,9\nqos_failure,silent\n");
    qos_is(device, 9, DEVICE_OK, false);
    qos_is(device, 10, DEVICE_OK, true);
    device_close(device);
}
