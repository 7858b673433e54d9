/* SPDX-License-Identifier: MIT
 *
 * question: Are evals side by side completed faster than one after the other, rightly and fairly?
 * hypothesis: Two programs at once are, twice as fast where there are two engines; of one program two evals in flight
 *     are where the cost of the call exceeds the work, and threads that share a program gain nothing. A program that
 *     names its engine has that one alone.
 * method: Lanes, each a request with surfaces of its own, are evaluated side by side, by a thread each on the
 *     engine. A window is so many evals of each lane; its rate is all of them over the time from the first call
 *     to the last end. In flight: one small program in one, two and four lanes. Programs: two larger ones alone
 *     and together. Outputs are poisoned before each window and compared with those of an eval alone, which
 *     are compared with the reference. Windows come in drawn order.
 *     Engines: a program that names none alone, one that names the first, two that name it, two that name one each.
 *     Processes: one such program in this process alone, and while another process evaluates its own without a
 *     pause; what the other does in a window follows from the times of its evals, on the machine's one clock.
 * arms: in-flight (a 64-channel convolution); programs (two stacks of 4 convolutions, 256 channels); engines (four such
 *     stacks, three of which name an engine); processes (one such stack in each of two processes).
 * unit of replication: the process: the ratio of its median rates.
 * sample size: 3 trials an arm in the quick preset, 8 in the full one; 5 windows of each kind, of 50 evals a lane, 5 in
 *     virtual time, 20 in the quick preset on a cpu device.
 * margin: as results/findings.csv has it, in percent.
 * decision rule: Faster: the mean log ratio of the rate of two lanes to that of one, with a 95 % t interval over
 *     processes, above or below 1 plus the margin. Fair: the same of the time in which the slower of two programs
 *     ends its evals to that of the faster; of two processes the evals in a window of the faster to the slower. No
 *     faster: the same of a program that names an engine to one that names none, below 1 plus the margin. Right:
 *     reproduced when every output of every window is that of an eval alone, of the kinds that the device offers;
 *     contradicted when a kind of window is wrong in each trial.
 * would prove it wrong: a rate of two lanes that is that of one.
 * confounders: threads of the host that start late (a window is many evals); a program whose work is small beside
 *     the call, or large; whether the framework gives two programs to two engines is its own choice; that a
 *     chip with one engine takes the name of a second. A simulated engine serves one process.
 * sources: 751K/Apple-Neural-Engine-Microarchitecture-Study-M6 (M6), sbryngelson/ane-guide (M1 Max), maderix Substack
 *     part 4 (M4), jundot/omlx (M3 Ultra: the same work as one program that names no engine and as two that name one
 *     each), ncdrone/rustane (M3 Ultra: two programs).
 */
#include "concurrency_about.h"
#include "concurrency.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LANES_MAX = 4, PROGRAMS_MAX = 4 };

/* The process beside is an arm that only a trial of processes starts. */
static const struct experiment_arm arms[] = {
    [CONCURRENCY_IN_FLIGHT] = {"in-flight", "one program in one, two and four lanes", 3, 8, 120},
    [CONCURRENCY_PROGRAMS] = {"programs", "two programs alone and together", 3, 8, 120},
    [CONCURRENCY_ENGINES] = {"engines", "programs that name an engine, the same and two", 3, 8,
        120},
    [CONCURRENCY_PROCESSES] = {"processes", "one process, and two side by side", 3, 8, 120},
    [CONCURRENCY_BESIDE] = {CONCURRENCY_BESIDE_ARM, "the process beside", 0, 0, 120},
};
enum { IN_FLIGHT = CONCURRENCY_IN_FLIGHT, PROGRAMS, ENGINES, N_OWN_ARMS };
static const struct subject_spec specs[N_OWN_ARMS] = {
    [IN_FLIGHT] = {.kind = SUBJECT_CONV, .channels = 64, .spatial = 64, .depth = 1},
    [PROGRAMS] = {.kind = SUBJECT_CONV, .channels = 256, .spatial = 64, .depth = 4},
    [ENGINES] = {.kind = SUBJECT_CONV, .channels = 256, .spatial = 64, .depth = 4},
};
/* Programs and lanes of an arm; a program has every lane of its number, and so on in turn. */
static const int n_subjects[N_OWN_ARMS] = {1, 2, 4}, n_lanes[N_OWN_ARMS] = {4, 2, 4};
/* The engine that each program of the last arm names; 0: none. */
static const int engines[PROGRAMS_MAX] = {0, 1, 1, 2};

static const struct experiment_column columns[] = {
    OUTCOME_COLUMNS, /* case: a kind of window; outcome: right, wrong */
    {"lanes", EXPERIMENT_FACTOR},
    {"evals", EXPERIMENT_FACTOR},     /* of each lane, the mean */
    {"window_ns", EXPERIMENT_NUMBER}, /* from the first call to the last end */
    /* until the first lane had ended its evals; of two processes, what the faster took for as many as the slower */
    {"faster_ns", EXPERIMENT_NUMBER},
};

/* ---- collection ------------------------------------------------------------------------------ */

/* A request of a subject's program, its surfaces, and what its output must be. */
struct lane {
    struct subject *subject;
    struct device_surface *in, *out;
    struct device_request *request;
    struct device_layout layout; /* of the output */
    uint16_t *alone, *got;
    size_t bytes; /* of an output, dense */
};

struct lanes {
    struct trial *t;
    struct subject *subjects[PROGRAMS_MAX];
    struct lane lane[LANES_MAX];
    int n_subjects, n_lanes;
    uint64_t *end_ns[LANES_MAX];
};

static void lanes_free(struct lanes *l) {
    struct device *d = l->t->device;
    for (int i = 0; i < LANES_MAX; i++) {
        struct lane *lane = &l->lane[i];
        if (lane->request)
            device_request_free(d, lane->request);
        device_surface_free(d, lane->in);
        device_surface_free(d, lane->out);
        free(lane->alone);
        free(lane->got);
        free(l->end_ns[i]);
    }
    for (int i = 0; i < PROGRAMS_MAX; i++)
        subject_free(l->subjects[i]);
}

static enum device_status memory_out(struct device_error *error) {
    return device_error_set(error, DEVICE_BROKEN, "request", "out of memory for a lane's data");
}

/* The subject's own input goes over by way of its surface; its output is that of the eval that checked it. */
static enum device_status lane_open(
    struct lanes *l, struct lane *lane, struct subject *subject, struct device_error *error) {
    struct device *d = l->t->device;
    struct device_program *program = subject_program(subject);
    struct device_layout in;
    lane->subject = subject;
    enum device_status status = device_layout(d, program, 0, false, 0, &in, error);
    if (status == DEVICE_OK)
        status = device_layout(d, program, 0, true, 0, &lane->layout, error);
    if (status == DEVICE_OK)
        status = device_surface_create(d, &in, &lane->in, error);
    if (status == DEVICE_OK)
        status = device_surface_create(d, &lane->layout, &lane->out, error);
    if (status != DEVICE_OK)
        return status;
    lane->bytes = mil_type_bytes(&lane->layout.type);
    lane->alone = malloc(lane->bytes + 1);
    lane->got = malloc(fmax((double)lane->bytes, (double)mil_type_bytes(&in.type)) + 1);
    if (!lane->alone || !lane->got)
        return memory_out(error);
    status = device_surface_read(d, subject_input(subject), lane->got, error);
    if (status == DEVICE_OK)
        status = device_surface_write(d, lane->in, lane->got, error);
    if (status == DEVICE_OK)
        status = device_surface_read(d, subject_output(subject), lane->alone, error);
    const struct device_request_spec spec = {.program = program,
        .inputs = &lane->in,
        .n_inputs = 1,
        .outputs = &lane->out,
        .n_outputs = 1};
    return status == DEVICE_OK ? device_request_create(d, &spec, &lane->request, error) : status;
}

static bool lane_is_right(struct lanes *l, struct lane *lane) {
    struct device_error ignored;
    return device_surface_read(l->t->device, lane->out, lane->got, &ignored) == DEVICE_OK &&
           memcmp(lane->got, lane->alone, lane->bytes) == 0;
}

static int window_run(struct lanes *l, const struct concurrency_window *w) {
    struct trial *t = l->t;
    struct device_lane specs_of[LANES_MAX];
    struct device_error error;
    const int n_evals = concurrency_evals(t);
    bool right = true;
    enum device_status status = DEVICE_OK;
    for (int i = 0; i < w->n_lanes; i++) {
        struct lane *lane = &l->lane[w->first_lane + i];
        specs_of[i] = (struct device_lane){lane->request, l->end_ns[i]};
        for (int k = 0; k < CONCURRENCY_WARM_UP && status == DEVICE_OK; k++)
            status = device_eval(t->device, lane->request, DEVICE_QOS_DEFAULT, &error);
        if (status == DEVICE_OK)
            status = device_surface_fill(t->device, lane->out, 0xFF, &error);
    }
    const uint64_t start_ns = trial_clock_ns(t);
    if (status == DEVICE_OK)
        status =
            device_eval_lanes(t->device, specs_of, w->n_lanes, n_evals, DEVICE_QOS_DEFAULT, &error);
    uint64_t last_ns = 0, first_ns = UINT64_MAX;
    for (int i = 0; i < w->n_lanes && status == DEVICE_OK; i++) {
        const uint64_t end_ns = l->end_ns[i][n_evals - 1];
        last_ns = end_ns > last_ns ? end_ns : last_ns;
        first_ns = end_ns < first_ns ? end_ns : first_ns;
        right = lane_is_right(l, &l->lane[w->first_lane + i]) && right;
    }
    trial_u64(t, "lanes", (uint64_t)w->n_lanes);
    trial_u64(t, "evals", (uint64_t)n_evals);
    if (status == DEVICE_OK) {
        trial_u64(t, "window_ns", last_ns - start_ns);
        trial_u64(t, "faster_ns", first_ns - start_ns);
    }
    return outcome_row(t, w->name, right ? "right" : "wrong", status, &error);
}

static int windows_run(struct lanes *l) {
    const int arm = (int)(l->t->arm - arms);
    unsigned order[CONCURRENCY_WINDOWS * CONCURRENCY_KINDS];
    int result = 0;
    trial_shuffle(l->t, order, CONCURRENCY_WINDOWS * CONCURRENCY_KINDS);
    for (int i = 0; i < CONCURRENCY_WINDOWS * CONCURRENCY_KINDS && result == 0; i++)
        if ((int)concurrency_windows[order[i] % CONCURRENCY_KINDS].arm == arm)
            result = window_run(l, &concurrency_windows[order[i] % CONCURRENCY_KINDS]);
    return result;
}

/* An engine is named before the compile. */
static enum device_status program_open(
    struct lanes *l, int arm, int i, bool *right, struct device_error *error) {
    struct subject_spec spec = specs[arm];
    double worst;
    spec.weight_seed = trial_random(l->t);
    enum device_status status = subject_create(l->t, &spec, &l->subjects[i], error);
    if (status == DEVICE_OK && arm == ENGINES && engines[i] > 0)
        status =
            device_program_pin(l->t->device, subject_program(l->subjects[i]), engines[i], error);
    if (status == DEVICE_OK)
        status = subject_compile(l->subjects[i], DEVICE_QOS_DEFAULT, error);
    if (status == DEVICE_OK)
        status = subject_load(l->subjects[i], DEVICE_QOS_DEFAULT, error);
    return status == DEVICE_OK
               ? subject_verify(l->subjects[i], DEVICE_QOS_DEFAULT, right, &worst, error)
               : status;
}

int concurrency_unsupported(struct trial *t, int arm, const struct device_error *error) {
    int result = 0;
    for (int i = 0; i < CONCURRENCY_KINDS && result == 0; i++)
        if ((int)concurrency_windows[i].arm == arm)
            result = outcome_row(t, concurrency_windows[i].name, "", DEVICE_UNSUPPORTED, error);
    return result;
}

static int lanes_run(struct trial *t, int arm) {
    struct lanes l = {.t = t, .n_subjects = n_subjects[arm], .n_lanes = n_lanes[arm]};
    struct device_error error;
    enum device_status status = DEVICE_OK;
    bool right = true;
    for (int i = 0; i < l.n_subjects && status == DEVICE_OK && right; i++)
        status = program_open(&l, arm, i, &right, &error);
    for (int i = 0; i < l.n_lanes && status == DEVICE_OK && right; i++) {
        status = lane_open(&l, &l.lane[i], l.subjects[i % l.n_subjects], &error);
        l.end_ns[i] = calloc((size_t)concurrency_evals(t), sizeof *l.end_ns[i]);
        if (status == DEVICE_OK && !l.end_ns[i])
            status = memory_out(&error);
    }
    const int result = status == DEVICE_UNSUPPORTED ? concurrency_unsupported(t, arm, &error)
                       : status != DEVICE_OK        ? trial_break_error(t, &error)
                       : !right
                           ? trial_break(t, "the output is not the reference's; it is not timed")
                           : windows_run(&l);
    lanes_free(&l);
    return result;
}

static int run(struct trial *t) {
    const int arm = (int)(t->arm - arms);
    return arm == CONCURRENCY_PROCESSES ? concurrency_processes_run(t)
           : arm == CONCURRENCY_BESIDE  ? concurrency_beside_run(t)
                                        : lanes_run(t, arm);
}

EXPERIMENT_MAIN("concurrency", run, concurrency_judge)
