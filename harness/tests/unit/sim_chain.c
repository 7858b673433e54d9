/* SPDX-License-Identifier: MIT
 *
 * How far chained requests of the simulated engine get, and what they cost.
 */
#include "sim_kit.h"

static struct device_chain_spec spec_of(struct kit *kit, int steps) {
    return (struct device_chain_spec){
        .program = kit->program, .input = kit->x, .output = kit->y, .steps = steps};
}

/* Climbs the whole ladder; what the last step cost. */
static uint64_t chain_run(struct kit *kit, int steps) {
    struct device_chain_spec spec = spec_of(kit, steps);
    struct device_error error = {.text = ""};
    struct device_chain *chain;
    uint64_t start_ns;

    cr_assert_eq(
        device_chain_prepare(kit->device, &spec, 21, &chain, &error), DEVICE_OK, "%s", error.text);
    cr_assert_eq(
        device_chain_enqueue(kit->device, chain, 21, &error), DEVICE_BROKEN, "not ready yet");
    cr_assert_eq(device_chain_ready(kit->device, chain, 21, &error), DEVICE_OK);
    kit_poison(kit);
    start_ns = device_clock_ns(kit->device);
    cr_assert_eq(device_chain_enqueue(kit->device, chain, 21, &error), DEVICE_OK, "%s", error.text);
    start_ns = device_clock_ns(kit->device) - start_ns;
    device_chain_free(kit->device, chain);
    return start_ns;
}

Test(sim_chain, none_is_unsupported_and_refusal_has_the_engines_code) {
    static const char *const lines[] = {"chain,none\n", "chain,prepare_fails\n"};
    for (int i = 0; i < 2; i++) {
        struct device *device = kit_open(lines[i]);
        struct kit kit = kit_loaded(device, 1, 4, 4, 1);
        struct device_chain_spec spec = spec_of(&kit, 2);
        struct device_error error = {.text = ""};
        struct device_chain *chain;
        cr_assert_eq(device_chain_prepare(device, &spec, 21, &chain, &error),
            i == 0 ? DEVICE_UNSUPPORTED : DEVICE_FAILED);
        cr_assert_null(chain);
        cr_assert_str_eq(error.stage, "prepare");
        cr_assert_eq(error.code, i == 0 ? 0 : 15);
        kit_free(&kit);
        device_close(device);
    }
}

Test(sim_chain, accepted_only_says_yes_and_writes_nothing) {
    struct device *device = kit_open("chain,accepted_only\nchain_step_us,30\n");
    struct kit kit = kit_loaded(device, 1, 4, 4, 1);
    cr_assert_eq(chain_run(&kit, 5), 100000, "one dispatch");
    const unsigned char *y = device_surface_lock(device, kit.y, false);
    for (int i = 0; i < 8; i++)
        cr_assert_eq(y[i], 0x5A);
    device_surface_unlock(device, kit.y, false);
    kit_free(&kit);
    device_close(device);
}

Test(sim_chain, works_runs_every_step_at_its_price) {
    struct device *device = kit_open("chain,works\nchain_step_us,30\n");
    struct kit kit = kit_loaded(device, 1, 4, 4, 1);
    for (int steps = 1; steps < 4; steps++) {
        cr_assert_eq(chain_run(&kit, steps), (uint64_t)steps * 30000);
        cr_assert(kit_output_is(&kit, 1, steps));
    }
    kit_free(&kit);
    device_close(device);
}

Test(sim_chain, enqueue_may_be_repeated) {
    struct device *device = kit_open("chain,works\n");
    struct kit kit = kit_loaded(device, 1, 4, 4, 1);
    struct device_chain_spec spec = spec_of(&kit, 3);
    struct device_error error;
    struct device_chain *chain;
    cr_assert_eq(device_chain_prepare(device, &spec, 21, &chain, &error), DEVICE_OK);
    cr_assert_eq(device_chain_ready(device, chain, 21, &error), DEVICE_OK);
    for (int i = 0; i < 3; i++) {
        kit_poison(&kit);
        cr_assert_eq(device_chain_enqueue(device, chain, 21, &error), DEVICE_OK);
        cr_assert(kit_output_is(&kit, 1, 3));
    }
    device_chain_free(device, chain);
    kit_free(&kit);
    device_close(device);
}

Test(sim_chain, what_cannot_be_a_loopback_is_refused) {
    struct device *device = kit_open("chain,works\n");
    struct device_error error;
    struct device_chain *chain;
    struct kit square = kit_loaded(device, 1, 4, 4, 1), wide = kit_loaded(device, 1, 4, 8, 1);
    struct device_chain_spec spec = spec_of(&square, 0);
    cr_assert_eq(device_chain_prepare(device, &spec, 21, &chain, &error), DEVICE_BROKEN);
    spec.steps = 257;
    cr_assert_eq(device_chain_prepare(device, &spec, 21, &chain, &error), DEVICE_BROKEN);
    spec.steps = 256; /* the most */
    cr_assert_eq(
        device_chain_prepare(device, &spec, 21, &chain, &error), DEVICE_OK, "%s", error.text);
    device_chain_free(device, chain);
    spec = spec_of(&wide, 2);
    cr_assert_eq(device_chain_prepare(device, &spec, 21, &chain, &error), DEVICE_BROKEN);
    spec = spec_of(&square, 2);
    device_unload(device, square.program, &error);
    cr_assert_eq(device_chain_prepare(device, &spec, 21, &chain, &error), DEVICE_BROKEN);
    kit_free(&square);
    kit_free(&wide);
    device_close(device);
}
