/* SPDX-License-Identifier: MIT
 *
 * A surface that one program's eval writes and another's reads, and the engine's statistics of evals.
 */
#include "sim_kit.h"

/* Two programs of the same weights; the second on the first's output. */
struct pair {
    struct kit a, b;
    struct device_request *shared;
};

static struct pair pair_open(const char *lines) {
    struct device *device = kit_open(lines);
    struct pair p = {.shared = NULL};
    p.a = kit_loaded(device, 1, 4, 4, 1);
    p.b = kit_loaded(device, 1, 4, 4, 1);
    struct device_error error = {.text = ""};
    struct device_request_spec spec = {
        .program = p.b.program, .inputs = &p.a.y, .n_inputs = 1, .outputs = &p.b.y, .n_outputs = 1};
    cr_assert_eq(
        device_request_create(device, &spec, &p.shared, &error), DEVICE_OK, "%s", error.text);
    return p;
}

static void pair_close(struct pair *p) {
    struct device *device = p->a.device;
    device_request_free(device, p->shared);
    kit_free(&p->a);
    kit_free(&p->b);
    device_close(device);
}

/* The first's eval, then the second's; how long that took. */
static enum device_status pair_eval(struct pair *p, uint64_t *second_ns) {
    struct device *device = p->a.device;
    struct device_error error;
    kit_poison(&p->a);
    kit_poison(&p->b);
    kit_eval(&p->a);
    *second_ns = device_clock_ns(device);
    enum device_status status = device_eval(device, p->shared, 21, &error);
    *second_ns = device_clock_ns(device) - *second_ns;
    return status;
}

Test(sim_shared, coherent_by_default_and_free) {
    struct pair p = pair_open("");
    uint64_t second_ns;
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(pair_eval(&p, &second_ns), DEVICE_OK);
        cr_assert(kit_output_is(&p.b, 1, 2), "both in a row");
        cr_assert_eq(second_ns, 100000);
    }
    pair_close(&p);
}

Test(sim_shared, stale_gives_what_the_host_wrote) {
    struct pair p = pair_open("shared_surface,stale\n");
    uint64_t second_ns;
    cr_assert_eq(pair_eval(&p, &second_ns), DEVICE_OK);
    cr_assert_not(kit_output_is(&p.b, 1, 2));
    cr_assert(kit_output_is(&p.a, 1, 1), "the writer's own output is right");
    /* written by the host, it is like any input */
    uint16_t *y = device_surface_lock(p.a.device, p.a.y, true);
    kit_fill(y, 4, 1);
    device_surface_unlock(p.a.device, p.a.y, true);
    struct device_error error;
    cr_assert_eq(device_eval(p.a.device, p.shared, 21, &error), DEVICE_OK);
    cr_assert(kit_output_is(&p.b, 1, 1));
    pair_close(&p);
}

Test(sim_shared, refused_fails_until_the_host_writes) {
    struct pair p = pair_open("shared_surface,refused\n");
    uint64_t second_ns;
    struct device_error error;
    cr_assert_eq(pair_eval(&p, &second_ns), DEVICE_FAILED);
    cr_assert_eq(second_ns, 0);
    kit_poison(&p.a);
    cr_assert_eq(device_eval(p.a.device, p.shared, 21, &error), DEVICE_OK);
    pair_close(&p);
}

Test(sim_shared, cost_is_of_the_reader_alone) {
    struct pair p = pair_open("shared_surface_pct,-25\n");
    uint64_t second_ns;
    cr_assert_eq(pair_eval(&p, &second_ns), DEVICE_OK);
    cr_assert_eq(second_ns, 75000);
    cr_assert_eq(kit_eval(&p.a), 100000);
    cr_assert_eq(kit_eval(&p.b), 100000, "on a surface of its own");
    pair_close(&p);
}

/* ---- statistics */

static struct kit asked(struct device *device) {
    struct kit kit = kit_program(device, 1, 64, 64, 1);
    struct device_error error = {.text = ""};
    cr_assert_eq(device_stats_ask(device, kit.program, 0xf, &error), DEVICE_OK, "%s", error.text);
    cr_assert_eq(device_compile(device, kit.program, 21, &error), DEVICE_OK);
    cr_assert_eq(device_load(device, kit.program, 21, &error), DEVICE_OK);
    kit_request(&kit);
    return kit;
}

static struct device_eval_stats stats_after_eval(struct kit *kit) {
    struct device_eval_stats stats;
    struct device_error error;
    kit_eval(kit);
    cr_assert_eq(device_stats_read(kit->device, kit->request, &stats, &error), DEVICE_OK);
    return stats;
}

/* ---- counters */

/* Of the first and second eval: 4 x 4 weights, 4 inputs and outputs of 2 bytes; 16 multiply-adds a position. */
Test(sim_counters, what_each_kind_gives) {
    enum { READ = DEVICE_COUNTER_READ_BYTES, MOVED = DEVICE_COUNTER_MOVED_BYTES };
    static const struct {
        const char *lines;
        bool there;
        uint64_t first, second;
    } cases[] = {{"counters,nil\n", false, 0, 0}, {"counters,zero\n", true, 0, 0},
        {"counters,constant\n", true, 1000 + READ, 1000 + READ},
        {"counters,works\n", true, 32 + 8, 32 + 8},
        {"counters,works\ncounters_add_up,1\n", true, 32 + 8, 2 * (32 + 8)}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct device *device = kit_open(cases[i].lines);
        struct kit kit = kit_program(device, 1, 4, 4, 1);
        struct device_counters counters;
        struct device_error error = {.text = ""};
        cr_assert_eq(device_counters_ask(device, kit.program, &error), DEVICE_OK, "%s", error.text);
        cr_assert_eq(device_compile(device, kit.program, 21, &error), DEVICE_OK);
        cr_assert_eq(device_load(device, kit.program, 21, &error), DEVICE_OK);
        cr_assert_eq(device_counters_ask(device, kit.program, &error), DEVICE_BROKEN);
        kit_request(&kit);
        for (int eval = 0; eval <= 2; eval++) {
            if (eval > 0)
                kit_eval(&kit);
            cr_assert_eq(device_counters_read(device, kit.request, &counters, &error), DEVICE_OK);
            cr_expect_eq(counters.there, eval > 0 && cases[i].there, "%s", cases[i].lines);
            cr_expect_eq(counters.count[READ],
                eval == 0   ? 0
                : eval == 1 ? cases[i].first
                            : cases[i].second,
                "%s: %ju", cases[i].lines, (uintmax_t)counters.count[READ]);
        }
        if (cases[i].first == 32 + 8)
            cr_expect_eq(counters.count[MOVED], cases[i].second * (32 + 8 + 8) / (32 + 8));
        kit_free(&kit);
        device_close(device);
    }
}

Test(sim_counters, not_asked_for) {
    struct device *device = kit_open("");
    struct kit kit = kit_program(device, 1, 4, 4, 1);
    struct device_counters counters;
    struct device_error error;
    cr_assert_eq(device_counters_ask(device, kit.program, &error), DEVICE_UNSUPPORTED);
    cr_assert_eq(device_compile(device, kit.program, 21, &error), DEVICE_OK);
    cr_assert_eq(device_load(device, kit.program, 21, &error), DEVICE_OK);
    kit_request(&kit);
    cr_assert_eq(device_counters_read(device, kit.request, &counters, &error), DEVICE_BROKEN);
    kit_free(&kit);
    device_close(device);
}

Test(sim_stats, none_by_default) {
    struct device *device = kit_open("");
    struct kit kit = kit_program(device, 1, 4, 4, 1);
    struct device_error error;
    cr_assert_eq(device_stats_ask(device, kit.program, 1, &error), DEVICE_UNSUPPORTED);
    cr_assert_str_eq(error.stage, "statistics");
    device_program_free(device, kit.program);
    device_close(device);
}

Test(sim_stats, what_each_kind_gives) {
    static const struct {
        const char *lines;
        bool there;
        uint64_t hardware_ns;
    } cases[] = {{"eval_stats,nil\nbandwidth_gbs,0.001\n", false, 0},
        {"eval_stats,zero\nbandwidth_gbs,0.001\n", true, 0},
        {"eval_stats,direct\nbandwidth_gbs,0.001\n", false, 0},
        /* 64 x 64 weights, 64 inputs, 64 outputs of 2 bytes at 1 MB/s */
        {"eval_stats,works\nbandwidth_gbs,0.001\n", true, (64 * 64 + 64 + 64) * 2 * 1000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct device *device = kit_open(cases[i].lines);
        struct kit kit = asked(device);
        const struct device_eval_stats stats = stats_after_eval(&kit);
        cr_assert_eq(stats.there, cases[i].there, "%zu", i);
        cr_assert_leq(stats.hardware_ns, cases[i].hardware_ns, "%zu", i);
        cr_assert_geq(stats.hardware_ns + 1, cases[i].hardware_ns, "%zu: rounded down", i);
        kit_free(&kit);
        device_close(device);
    }
}

Test(sim_stats, asked_before_load_or_not_at_all) {
    struct device *device = kit_open("eval_stats,works\n");
    struct kit kit = kit_loaded(device, 1, 4, 4, 1);
    struct device_eval_stats stats;
    struct device_error error;
    cr_assert_eq(device_stats_ask(device, kit.program, 1, &error), DEVICE_BROKEN);
    cr_assert_eq(device_stats_read(device, kit.request, &stats, &error), DEVICE_BROKEN);
    kit_free(&kit);
    device_close(device);
}
