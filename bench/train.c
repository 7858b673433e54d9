/* SPDX-License-Identifier: MIT
 *
 * question: Does compiling the next weights in the background, while training continues on the
 *     current ones, remove the compile stall? What does it cost in stale weights, and does the
 *     model learn as well?
 * hypothesis: The stall disappears, training is faster, and the final loss is the same.
 * method: Each trial trains the same small Llama2 model (built-in stories, one AdamW update a
 *     batch) with the trainer `aneprobe-train`, in separate processes, and reads its logs. Stall is
 *     the wall time in which no step runs because weights are not ready: waiting for the compiler,
 *     unloading and loading, copying weights, and the time from leaving a process without room
 *     until the next one can step. The final loss is that of the last weights on 32 windows that no
 *     run has trained on, computed on the host in fp32. On simulated devices the numerics are real
 *     and the time is not: with sim:CHIP the host work of a step is what published steps of
 *     Stories110M leave for it (results/chips.csv), scaled so that the ratio of a batch to the
 *     compile of a set is that of ten such steps. The host work of an update is what published
 *     batches take beyond steps and compiling: Adam, a checkpoint and a restart, which cannot be
 *     separated. So there each update pays for all three in every arm, as host work and not as
 *     stall, and a restart adds only its first compile. Other sim files have a host of 5 ms per
 *     step and 1 ms per update.
 *     Where a counter of energy is live (docs/energy.md), joules are read over the first updates of a run, each with
 *     its batch and its share of the compiling, and over an idle window before them: joules an update of the engine,
 *     the package, the CPU and the memory apart, as read and less what the idle machine takes (net). No claim rests on them.
 * arms: sync (compile, wait, continue); double-1 (background compile of a snapshot, swapped at a
 *     batch boundary, weights in use at most one update old); double-inf (the same without ever
 *     waiting, as in the claim); reload (weights rewritten on disk, unload, load) and mapped
 *     (written into the loaded programs), both unsupported if the output does not change with them; dynamic (weights are inputs, nothing is recompiled).
 * unit of replication: the run: one training in a fresh process. Arms of a block share first weights
 *     and data.
 * sample size: 2 blocks in the quick preset, without the arms that no claim is about; 6 in the full one, the
 *     fewest that bound a median, and 3 of those arms. Updates per run: 4 and 8 of 128 windows; in virtual
 *     time 16 and 30 of 4.
 * margin: in results/findings.csv: stall-removed, percent of the wall time; faster and same-loss,
 *     percent of sync's; compile-share, percent points around the published share.
 * decision rule: stall-removed: the mean over runs of double-inf of the share of the wall time that
 *     is stall, with a 95 % interval; reproduced when it lies below the margin, contradicted when
 *     above. faster: the mean over blocks of the ratio of wall times, double-inf to sync, from the
 *     end of the first compile, restarts included (on simulated chips as under method); reproduced
 *     when the interval lies below 1 less the margin, contradicted when above. same-loss: the mean
 *     over blocks of the ratio of final losses, double-inf to sync; reproduced when its 90 %
 *     interval lies within the margin around 1 (two one-sided tests at 5 %), contradicted when the
 *     95 % interval lies outside. compile-share: the share of sync's wall time that its compiles
 *     take; reproduced within the margin around the published share, contradicted outside; the
 *     claim is about one chip, so unsupported on others.
 * would prove it wrong: a stall that remains, a run that takes longer, a loss that is worse.
 * confounders: in a short training the loss falls steeply throughout, so a delayed update costs
 *     most; on cpu a compile is a child process and shares its cores with the host work of a step;
 *     the ratio of batch to compile time determines how stale weights become, and is our choice
 *     when time is real.
 * sources: maderix/ANE#23 (stall, share of compiling and throughput, before and after; the stall
 *     that its program prints is fixed text).
 */
#include "base/place.h"
#include "joules.h"
#include "train_experiment.h"
#include "train_about.h"

#include "base/spawn.h"
#include "device/host/directory.h"
#include "train/engine/engine.h"
#include "train/model/llama2.h"
#include "train/host/sample.h"
#include "train/data/tokens.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { VALIDATION_WINDOWS = 32 };
static const char learning_rate[] = "0.01";
/* Here a step takes milliseconds and the compile of a set a few seconds, so a batch has enough
 * steps that sets are swapped every few updates. In virtual time steps may have any length; only
 * the numerics take real time. */
static const struct preset {
    const char *shape;
    int accum, updates;
} presets[2][2] = {
    /* [virtual][full] */
    {{"tiny,layers=1", 128, 4}, {"tiny,layers=1", 128, 8}},
    {{"layers=1,dim=32,hidden=96,heads=2,kv_heads=2,seq=32,vocab=128", 4, 16},
        {"layers=1,dim=32,hidden=96,heads=2,kv_heads=2,seq=32,vocab=128", 4, 30}},
};
/* Validation windows are drawn with a seed that no run uses. */
static const uint64_t validation_seed = 1000000007;

static const struct experiment_arm arms[] = {
    {"sync", "compile, wait, continue", 2, 6, 600},
    {"double-1", "background compile, weights at most one update old", 0, 3, 600},
    {"double-inf", "background compile, never waiting", 2, 6, 600},
    {"reload", "weights rewritten on disk, unload, load", 0, 3, 600},
    {"mapped", "weights written into the loaded programs", 0, 3, 600},
    {"dynamic", "weights are inputs", 0, 3, 600},
};
/* By arm. */
static const char *const arm_options[][4] = {
    {"--update", "sync", NULL, NULL},
    {"--update", "double", "--max-stale", "1"},
    {"--update", "double", "--max-stale", "inf"},
    {"--update", "reload", NULL, NULL},
    {"--update", "mapped", NULL, NULL},
    {"--update", "dynamic", NULL, NULL},
};

static const struct experiment_column columns[] = {
    {"chip", EXPERIMENT_FACTOR},
    {"shape", EXPERIMENT_FACTOR},
    {"data_seed", EXPERIMENT_FACTOR},
    {"update", EXPERIMENT_FACTOR}, /* empty: the row of the whole run */
    {"step", EXPERIMENT_FACTOR},
    {"loss", EXPERIMENT_NUMBER}, /* nats a token, mean of the batch before the update */
    {"wall_ns", EXPERIMENT_NUMBER},
    {"batch_ns", EXPERIMENT_NUMBER},
    {"device_ns", EXPERIMENT_NUMBER}, /* of the batch */
    {"optimiser_ns", EXPERIMENT_NUMBER},
    {"stall_ns", EXPERIMENT_NUMBER},
    {"stall_restart_ns", EXPERIMENT_NUMBER}, /* of it */
    {"stale_updates", EXPERIMENT_NUMBER},
    {"compile_begin_ns", EXPERIMENT_NUMBER},
    {"compile_end_ns", EXPERIMENT_NUMBER},
    {"compiler_ns", EXPERIMENT_NUMBER},
    {"programs_alive", EXPERIMENT_NUMBER},
    {"compiles", EXPERIMENT_NUMBER},
    {"restarts", EXPERIMENT_NUMBER},
    /* of the run, from its first step on */
    {"run_wall_ns", EXPERIMENT_NUMBER},
    {"run_stall_pct", EXPERIMENT_NUMBER},
    {"run_update_stall_ns", EXPERIMENT_NUMBER}, /* stall per update, mean */
    {"run_compile_pct", EXPERIMENT_NUMBER},
    {"run_stale_mean", EXPERIMENT_NUMBER},
    {"run_gflops", EXPERIMENT_NUMBER},    /* all operations to wall time */
    {"device_gflops", EXPERIMENT_NUMBER}, /* the device's operations to its evals' time */
    /* of a step, mean over the run: all of it, and its parts as the trainer's log has them */
    {"step_ns", EXPERIMENT_NUMBER},
    {"step_device_ns", EXPERIMENT_NUMBER},
    {"step_io_ns", EXPERIMENT_NUMBER},
    {"step_host_ns", EXPERIMENT_NUMBER},
    {"step_wait_ns", EXPERIMENT_NUMBER},
    {"step_stall_ns", EXPERIMENT_NUMBER},
    {"final_loss", EXPERIMENT_NUMBER}, /* nats a token, on windows not trained on */
    JOULES_COLUMNS("update"),
};

/* ---- one run of the trainer ------------------------------------------------------------------ */

struct trainer_run {
    struct trial *t;
    struct train_shape shape;
    const struct preset *preset;
    char chip[TRIAL_CHIP_SIZE];
    char directory[DIRECTORY_PATH_MAX], data_seed[24];
    struct csv_table *step_rows, *update_rows;
};

static const char *trainer_path(char *out, size_t bytes) {
    char *path = place_program("bench/train/aneprobe-train");
    snprintf(out, bytes, "%s", path ? path : "");
    free(path);
    return out;
}

/* The trainer's last complaint; cuts the text there. */
static const char *first_line(char *text) {
    if (!text || text[0] == '\0')
        return "it gave no reason";
    text[strcspn(text, "\n")] = '\0';
    return text;
}

/* Runs it to completion and reports now and then that its log of steps grows: a trial that is
 * silent for minutes counts as hung. */
static int trainer_wait(const struct spawn_program *program, const char *steps,
    struct spawn_result *result, struct error *error) {
    enum { TELL_MS = 30000 };
    struct spawn *spawn;
    off_t told = 0;
    if (spawn_begin(&spawn, program, error) != 0)
        return -1;
    while (!spawn_poll(spawn, TELL_MS)) {
        struct stat log;
        if (stat(steps, &log) == 0 && log.st_size > told) {
            told = log.st_size;
            fprintf(stderr, "training: %jd bytes of steps\n", (intmax_t)told);
        }
    }
    return spawn_end(spawn, result, error);
}

/* What the trainer compiles: its programs' texts, the same for every layer, and the parts of shape
 * and preset that they do not show. */
static int programs_note(struct trainer_run *r) {
    const struct train_shape *s = &r->shape;
    const struct train_kinds kinds = train_cut_kinds(TRAIN_CUT_SIX); /* its default */
    const enum train_weights_place place =
        strcmp(r->t->arm->name, "dynamic") == 0 ? TRAIN_WEIGHTS_INPUT : TRAIN_WEIGHTS_BAKED;
    char shape[160];
    const int n = snprintf(shape, sizeof shape,
        "layers=%d,dim=%d,hidden=%d,heads=%d,kv_heads=%d,seq=%d,vocab=%d,accum=%d", s->layers,
        s->dim, s->hidden, s->heads, s->kv_heads, s->seq, s->vocab, r->preset->accum);
    trial_program(r->t, shape, (size_t)n);
    for (int i = 0; i < kinds.n; i++) {
        struct mil_error error = {.text = ""};
        size_t bytes;
        char *text = train_kernel_text(s, kinds.list[i], place, &bytes, &error);
        if (!text)
            return trial_break(r->t, "%s: %s", train_kind_name(kinds.list[i]), error.text);
        trial_program(r->t, text, bytes);
        free(text);
    }
    return 0;
}

/* Trains. Returns 0; or -1 and the trial has a row or a reason. */
static int trainer_run(struct trainer_run *r) {
    struct trial *t = r->t;
    char path[1024], out[1100], model[1200], steps_log[1200];
    char steps[24], accum[16], step_ms[32], update_ms[32];
    struct train_host_work work;
    struct device_error error;
    if (train_host_work_of(t->device, &r->shape, r->preset->accum, &work, &error) != 0)
        return trial_break_error(t, &error);
    trial_chip(t, r->chip);
    snprintf(out, sizeof out, "%s/run", r->directory);
    snprintf(model, sizeof model, "%s/model.bin", r->directory);
    snprintf(steps_log, sizeof steps_log, "%s/run/steps.csv", r->directory);
    snprintf(steps, sizeof steps, "%d", r->preset->accum * r->preset->updates);
    snprintf(accum, sizeof accum, "%d", r->preset->accum);
    snprintf(step_ms, sizeof step_ms, "%.9g", work.step_ms);
    snprintf(update_ms, sizeof update_ms, "%.9g", work.update_ms);
    const char *const *arm = arm_options[t->arm - arms];
    const char *const words[] = {trainer_path(path, sizeof path), "--out", out, "--device",
        t->device->name, "--shape", r->preset->shape, "--steps", steps, "--accum", accum, "--lr",
        learning_rate, "--seed", r->data_seed, "--checkpoint-every", "1000000", "--host-step-ms",
        step_ms, "--host-update-ms", update_ms, "--export", model, "--energy", arm[0], arm[1],
        arm[2], arm[3], NULL};
    struct spawn_sink log = {.fd = -1, .drops = true}; /* its output is not needed */
    struct spawn_sink complaints = {.fd = -1, .limit = 65536, .drops = true};
    const struct spawn_program program = {.argv = words, .out = &log, .err = &complaints};
    struct spawn_result result;
    struct error why;
    int code = -1;
    if (trainer_wait(&program, steps_log, &result, &why) != 0) {
        trial_break(t, "%s", why.text);
    } else if (result.end == SPAWN_NOT_STARTED) {
        trial_break(t, "cannot start %s: %s; build the suite first", words[0],
            strerror(result.start_errno));
    } else if (result.exit_code == EXIT_DONE) {
        code = 0;
    } else {
        const char *reason = first_line(complaints.text);
        trial_text(t, "chip", r->chip);
        trial_text(t, "data_seed", r->data_seed);
        if (result.exit_code == EXIT_UNSUPPORTED || result.exit_code == EXIT_FAILED) {
            trial_row(
                t, result.exit_code == EXIT_FAILED ? SAMPLE_FAILED : SAMPLE_UNSUPPORTED, reason);
            code = 1;
        } else {
            trial_break(t, "the trainer ended with %s %d: %.400s",
                result.signal ? "signal" : "exit code",
                result.signal ? result.signal : result.exit_code, reason);
        }
    }
    free(complaints.text);
    return code;
}

/* ---- what it logged -------------------------------------------------------------------------- */

static double cell(const struct csv_table *table, size_t row, const char *column) {
    struct error ignored;
    double value;
    return csv_number(table, row, csv_column(table, column), &value, &ignored) == 1 ? value
                                                                                    : (double)NAN;
}

static void number_copy(struct trainer_run *r, size_t row, const char *column) {
    const double value = cell(r->update_rows, row, column);
    if (isfinite(value))
        trial_number(r->t, column, value);
}

static void factors_put(void *context) {
    struct trainer_run *r = context;
    trial_text(r->t, "chip", r->chip);
    trial_text(r->t, "shape", r->preset->shape);
    trial_text(r->t, "data_seed", r->data_seed);
}

/* Means over steps. The stall before the first step does not belong to the run. */
static void steps_put(struct trainer_run *r) {
    static const char *const parts[][2] = {{"step_ns", "step_ns"}, {"device_ns", "step_device_ns"},
        {"io_ns", "step_io_ns"}, {"host_ns", "step_host_ns"}, {"wait_ns", "step_wait_ns"},
        {"stall_ns", "step_stall_ns"}};
    const size_t n = csv_rows(r->step_rows);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        double sum = 0;
        for (size_t row = !strcmp(parts[i][0], "stall_ns"); row < n; row++)
            sum += cell(r->step_rows, row, parts[i][0]);
        trial_number(r->t, parts[i][1], sum / (double)n);
    }
}

/* One row per update; *device_ns is the sum over all steps. */
static void updates_put(struct trainer_run *r, double *device_ns) {
    static const char *const copied[] = {"loss", "wall_ns", "batch_ns", "optimiser_ns", "stall_ns",
        "stall_restart_ns", "stale_updates", "compile_begin_ns", "compile_end_ns", "compiler_ns",
        "programs_alive", "compiles", "restarts"};
    size_t step = 0;
    *device_ns = 0;
    for (size_t row = 0; row < csv_rows(r->update_rows); row++) {
        const double last_step = cell(r->update_rows, row, "step");
        double batch_device_ns = 0;
        for (; step < csv_rows(r->step_rows) && cell(r->step_rows, step, "step") <= last_step;
             step++)
            batch_device_ns += cell(r->step_rows, step, "device_ns");
        *device_ns += batch_device_ns;
        factors_put(r);
        trial_number(r->t, "update", cell(r->update_rows, row, "update"));
        trial_number(r->t, "step", last_step);
        trial_number(r->t, "device_ns", batch_device_ns);
        for (size_t i = 0; i < sizeof copied / sizeof *copied; i++)
            number_copy(r, row, copied[i]);
        trial_row(r->t, SAMPLE_OK, "");
    }
}

static int validation_loss(struct trainer_run *r, double *loss, struct device_error *error) {
    char path[1200];
    struct train_parameters parameters = {.data = NULL};
    struct sampler *sampler = NULL;
    struct tokens *tokens = NULL;
    uint16_t *window = calloc((size_t)r->shape.seq + 1, sizeof *window);
    snprintf(path, sizeof path, "%s/model.bin", r->directory);
    enum device_status status =
        window ? llama2_read(path, LLAMA2_TRAIN, &parameters, error)
               : device_error_set(error, DEVICE_BROKEN, "open", "out of memory");
    if (status == DEVICE_OK)
        status = sampler_new(&parameters, &sampler, error);
    if (status == DEVICE_OK)
        status = tokens_open(NULL, r->shape.vocab, r->shape.seq, &tokens, error);
    *loss = 0;
    for (uint64_t i = 0; i < VALIDATION_WINDOWS && status == DEVICE_OK; i++) {
        tokens_window(tokens, validation_seed, i, window);
        *loss += sampler_loss(sampler, window) / VALIDATION_WINDOWS;
    }
    tokens_close(tokens);
    sampler_free(sampler);
    train_parameters_free(&parameters);
    free(window);
    return status == DEVICE_OK ? 0 : -1;
}

/* The run as a whole, from the start of its first step. */
static int run_put(struct trainer_run *r, double device_ns) {
    struct device_error error;
    const struct train_flops flops = train_shape_flops(&r->shape);
    const size_t n_steps = csv_rows(r->step_rows), n_updates = csv_rows(r->update_rows);
    const double begin_ns = cell(r->step_rows, 0, "wall_ns") - cell(r->step_rows, 0, "step_ns");
    const double wall_ns = cell(r->update_rows, n_updates - 1, "wall_ns") - begin_ns;
    double stall_ns = 0, compile_ns = 0, stale = 0, loss;
    for (size_t row = 0; row < n_updates; row++) {
        stall_ns += cell(r->update_rows, row, "stall_ns");
        /* the first set is compiled before the first step */
        if (cell(r->update_rows, row, "compile_begin_ns") >= begin_ns)
            compile_ns += cell(r->update_rows, row, "compiler_ns");
    }
    for (size_t row = 0; row < n_steps; row++)
        stale += cell(r->step_rows, row, "stale_updates") / (double)n_steps;
    if (validation_loss(r, &loss, &error) != 0)
        return trial_break_error(r->t, &error);
    factors_put(r);
    trial_number(r->t, "run_wall_ns", wall_ns);
    trial_number(r->t, "run_stall_pct", 100 * stall_ns / wall_ns);
    /* no boundary follows the last update */
    if (n_updates > 1)
        trial_number(r->t, "run_update_stall_ns", stall_ns / (double)(n_updates - 1));
    trial_number(r->t, "run_compile_pct", 100 * compile_ns / wall_ns);
    trial_number(r->t, "run_stale_mean", stale);
    trial_number(r->t, "run_gflops", (double)n_steps * (flops.device + flops.host) / wall_ns);
    trial_number(r->t, "device_gflops", (double)n_steps * flops.device / device_ns);
    steps_put(r);
    trial_number(r->t, "final_loss", loss);
    trial_row(r->t, SAMPLE_OK, "");
    return 0;
}

static int logs_read(struct trainer_run *r) {
    char path[1200];
    struct error error;
    snprintf(path, sizeof path, "%s/run/steps.csv", r->directory);
    if (csv_table_read(path, &r->step_rows, &error) != 0)
        return trial_break(r->t, "%s", error.text);
    snprintf(path, sizeof path, "%s/run/updates.csv", r->directory);
    if (csv_table_read(path, &r->update_rows, &error) != 0)
        return trial_break(r->t, "%s", error.text);
    return csv_rows(r->step_rows) > 0 && csv_rows(r->update_rows) > 0
               ? 0
               : trial_break(r->t, "the trainer logged nothing");
}

static int run(struct trial *t) {
    const bool is_virtual = device_is_virtual(t->device);
    struct trainer_run r = {.t = t, .preset = &presets[is_virtual][!t->quick]};
    struct run_directory directory;
    char why[300];
    double device_ns;
    if (train_shape_parse(r.preset->shape, &r.shape, why, sizeof why) != 0 ||
        run_directory_open(&directory, why, sizeof why) != 0)
        return trial_break(t, "%s", why);
    snprintf(r.directory, sizeof r.directory, "%s", directory.path);
    snprintf(r.data_seed, sizeof r.data_seed, "%u", t->block + 1);
    int result = programs_note(&r);
    if (result == 0)
        result = trainer_run(&r);
    if (result == 0)
        result = logs_read(&r);
    if (result == 0) {
        char energy[1200];
        updates_put(&r, &device_ns);
        snprintf(energy, sizeof energy, "%s/run/energy.csv", r.directory);
        result = train_energy_put(t, energy, factors_put, &r);
        if (result == 0)
            result = run_put(&r, device_ns);
    }
    csv_table_free(r.step_rows);
    csv_table_free(r.update_rows);
    run_directory_close(&directory);
    return result < 0 ? -1 : 0;
}

EXPERIMENT_MAIN("train", run, train_judge)
