/* SPDX-License-Identifier: MIT
 *
 * Is measured energy right? Simulated machines of known energy are drawn at random, their counters proven and read over
 * windows of evals. Where counters work, joules an eval must be within 2 % of the truth; where they stand still, run
 * freely, are forbidden or absent, there must be no number. One row per state of the counters, as instrument.c's:
 * a number that is off, or should not be there, is wrong; none where there could be one is inconclusive.
 *     instrument_energy --engines N [--tap] [--rows]
 * --rows leaves the head out.
 */
#include "tally.h"

#include "measure/random.h"
#include "meter/meter.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double within = 0.02;
static const char text[] =
    "program(1.3)\n[buildInfo = dict<string, string>({{\"coremlc-version\", \"3505.4.1\"}})]\n{\n"
    "    func main<ios18>(tensor<fp16, [1, 64, 1, 64]> x) {\n"
    "        tensor<fp16, [1, 64, 1, 64]> y = relu(x = x)[name = string(\"y\")];\n"
    "    } -> (y);\n}\n";

/* By state of the counters; which of a machine's three give numbers. */
static const struct {
    const char *key, *class;
    bool engine, others;
} states[] = {{"works", "counters work", true, true}, {"frozen", "stand still", false, false},
    {"engine_frozen", "the engine's stands still", false, true},
    {"engine_absent", "the engine has none", false, true},
    {"free_running", "the engine's runs freely", false, true},
    {"forbidden", "forbidden", false, false}, {"none", "absent", false, false}};
enum { N_STATES = sizeof states / sizeof *states };

static const struct {
    enum meter_quantity quantity;
    enum sim_rail rail;
} counted[] = {
    {METER_ENGINE, SIM_RAIL_ENGINE}, {METER_CPU, SIM_RAIL_CPU}, {METER_PACKAGE, SIM_RAIL_PACKAGE}};
enum { N_COUNTED = sizeof counted / sizeof *counted };

struct machine {
    struct device *device;
    struct device_program *program;
    struct device_surface *x, *y;
    struct device_request *request;
    struct device_error error;
};

static int eval(void *context) {
    struct machine *m = context;
    return device_eval(m->device, m->request, DEVICE_QOS_DEFAULT, &m->error) == DEVICE_OK ? 0 : -1;
}

/* Writes a sim file. 0, or -1. */
static int machine_draw(const char *path, const char *meter, uint64_t *random) {
    static const struct {
        const char *key;
        double low, high;
    } keys[] = {{"meter_period_ms", 0.01, 300}, {"meter_step_uj", 0.1, 10000},
        {"dispatch_us", 30, 5000}, {"eval_cv_pct", 0.01, 5}, {"engine_dispatch_w", 0.2, 15},
        {"engine_idle_w", 0.001, 1}, {"cpu_idle_w", 0.05, 2}, {"cpu_busy_w", 1, 20},
        {"package_rest_w", 0.5, 5}};
    FILE *file = fopen(path, "w");
    if (!file)
        return -1;
    fprintf(file, "chip,drawn\nmeter,%s\nprocess_cv_pct,3\n", meter);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        fprintf(file, "%s,%.4g\n", keys[i].key,
            keys[i].low * pow(keys[i].high / keys[i].low, random_unit(random)));
    return fclose(file);
}

static enum device_status machine_open(struct machine *m, const char *path, uint64_t seed) {
    const struct device_source source = {.mil_text = text, .mil_bytes = sizeof text - 1};
    struct device_layout layout;
    char name[128];
    snprintf(name, sizeof name, "sim:%s", path);
    *m = (struct machine){.device = NULL};
    enum device_status status = device_open(name, seed, &m->device, &m->error);
    if (status == DEVICE_OK)
        status = device_program_create(m->device, &source, &m->program, &m->error);
    if (status == DEVICE_OK)
        status = device_compile(m->device, m->program, DEVICE_QOS_DEFAULT, &m->error);
    if (status == DEVICE_OK)
        status = device_load(m->device, m->program, DEVICE_QOS_DEFAULT, &m->error);
    for (int output = 0; output < 2 && status == DEVICE_OK; output++) {
        status = device_layout(m->device, m->program, 0, output, 0, &layout, &m->error);
        if (status == DEVICE_OK)
            status = device_surface_create(m->device, &layout, output ? &m->y : &m->x, &m->error);
    }
    /* Zeros take less: the input has none. */
    if (status == DEVICE_OK)
        status = device_surface_fill(m->device, m->x, 0x3C, &m->error);
    const struct device_request_spec spec = {
        .program = m->program, .inputs = &m->x, .n_inputs = 1, .outputs = &m->y, .n_outputs = 1};
    return status == DEVICE_OK ? device_request_create(m->device, &spec, &m->request, &m->error)
                               : status;
}

static void machine_close(struct machine *m) {
    if (!m->device)
        return;
    if (m->request)
        device_request_free(m->device, m->request);
    device_surface_free(m->device, m->x);
    device_surface_free(m->device, m->y);
    if (m->program)
        device_program_free(m->device, m->program);
    device_close(m->device);
}

/* Adds the machine's answers. 0, or -1 when it could not be asked. */
static int machine_ask(struct machine *m, int state, struct tally *tally) {
    const struct meter_work work = {eval, m};
    struct meters *meters = meters_open(m->device);
    struct meter_window window;
    double before[SIM_RAILS];
    if (!meters || meters_prove(meters, &work, UINT64_C(10000000000)) != 0)
        return -1;
    for (int i = 0; i < N_COUNTED; i++)
        before[i] = sim_true_joules(m->device, counted[i].rail);
    if (meters_window(meters, &work, 1000000000, UINT64_C(60000000000), &window) != 0)
        return -1;
    for (int i = 0; i < N_COUNTED; i++) {
        const struct meter_energy *energy = &window.of[counted[i].quantity];
        const bool may =
            counted[i].quantity == METER_ENGINE ? states[state].engine : states[state].others;
        const double true_j =
            (sim_true_joules(m->device, counted[i].rail) - before[i]) / (double)window.n_steps;
        const double eval_j = energy->there ? energy->joules / (double)energy->n_steps : NAN;
        const bool right = energy->there ? may && fabs(eval_j - true_j) <= within * true_j : !may;
        tally->n++;
        tally->right += right;
        tally->wrong += energy->there && !right;
        tally->inconclusive += !energy->there && !right;
    }
    meters_close(meters);
    return 0;
}

static int machines_ask(uint64_t n, struct tally *tallies, const char *path) {
    uint64_t random = 22;
    for (uint64_t i = 0; i < n; i++) {
        const int state = (int)(i % N_STATES);
        struct machine m;
        if (machine_draw(path, states[state].key, &random) != 0)
            return -1;
        const enum device_status status = machine_open(&m, path, random_next(&random));
        const int failed = status != DEVICE_OK || machine_ask(&m, state, &tallies[state]) != 0;
        if (failed)
            fprintf(stderr, "instrument_energy: %s: %s\n", m.error.stage, m.error.text);
        machine_close(&m);
        if (failed)
            return -1;
    }
    return 0;
}

int main(int argc, char **argv) {
    struct tally tallies[N_STATES], all = {.finding = "energy.joules", .class = "all"};
    char path[] = "/tmp/aneprobe-instrument.XXXXXX";
    uint64_t n = 0;
    bool tap = false, rows = false;
    for (int i = 1; i < argc; i++) {
        tap = tap || !strcmp(argv[i], "--tap");
        rows = rows || !strcmp(argv[i], "--rows");
        if (!strcmp(argv[i], "--engines") && i + 1 < argc)
            n = strtoull(argv[++i], NULL, 10);
    }
    for (int state = 0; state < N_STATES; state++)
        tallies[state] = (struct tally){
            .finding = all.finding, .class = states[state].class, .goal = TRUTH_EXACT};
    const int file = mkstemp(path);
    if (n == 0 || file < 0) {
        fprintf(stderr, "usage: instrument_energy --engines N [--tap] [--rows]\n");
        return 2;
    }
    close(file);
    const int failed = machines_ask(n, tallies, path);
    unlink(path);
    if (failed)
        return 99;
    if (tap)
        return tally_tap(tallies, N_STATES, false) == 0 ? 0 : 1;
    struct csv_writer w = {.file = stdout};
    if (!rows)
        tally_head_put(&w);
    for (int state = 0; state < N_STATES; state++) {
        tally_put(&w, &tallies[state]);
        tally_add(&all, &tallies[state]);
    }
    tally_put(&w, &all);
    return w.error ? 1 : 0;
}
