/* SPDX-License-Identifier: MIT
 *
 * Whole training runs in a test, in their own directory, on a device whose calls can be made to fail.
 */
#ifndef ANEPROBE_TESTS_TRAIN_RUN_KIT_H
#define ANEPROBE_TESTS_TRAIN_RUN_KIT_H

#include "train_kit.h"

#include "device/host/directory.h"
#include "device/device_table.h"
#include "train/run/run_state.h"
#include "train/run/training.h"

#include <fcntl.h>
#include <unistd.h>

#define RUN_SHAPE "layers=1,dim=32,hidden=48,heads=2,kv_heads=1,seq=16,vocab=128"

struct run_kit {
    char directory[64];
    struct run_options options;
    struct device *device;
    struct training *training;
    struct device_error error;
};

/* Lets that many calls of the device succeed, then makes that many fail. */
struct run_fault {
    int after, times;
};
static struct run_fault run_program_fault, run_eval_fault, run_compile_fault;
static struct run_fault run_eval_idle; /* succeeds and does nothing */
static const struct device_table *run_true_table;
static struct device_table run_table;

static inline bool run_fault_hits(struct run_fault *fault) {
    if (fault->times == 0 || fault->after-- > 0)
        return false;
    fault->after = 0;
    fault->times--;
    return true;
}

static inline enum device_status run_program_create(struct device *device,
    const struct device_source *source, struct device_program **out, struct device_error *error) {
    if (!run_fault_hits(&run_program_fault))
        return run_true_table->program_create(device, source, out, error);
    *out = NULL;
    return device_error_set(error, DEVICE_FAILED, "parse", "out of memory");
}

static inline enum device_status run_eval(
    struct device *device, struct device_request *request, int qos, struct device_error *error) {
    if (run_fault_hits(&run_eval_idle))
        return DEVICE_OK;
    return run_fault_hits(&run_eval_fault)
               ? device_error_set(error, DEVICE_FAILED, "eval", "program inference error")
               : run_true_table->eval(device, request, qos, error);
}

static inline enum device_status run_compile_wait(
    struct device *device, struct device_program *program, struct device_error *error) {
    const enum device_status status = run_true_table->compile_wait(device, program, error);
    return run_fault_hits(&run_compile_fault)
               ? device_error_set(error, DEVICE_FAILED, "compile", "ANECCompile() FAILED")
               : status;
}

static inline void run_faults_put(struct device *device) {
    run_true_table = device->table;
    run_table = *device->table;
    run_table.program_create = run_program_create;
    run_table.eval = run_eval;
    run_table.compile_wait = run_compile_wait;
    device->table = &run_table;
}

static inline void run_new(struct run_kit *r) {
    *r = (struct run_kit){.directory = "/tmp/aneprobe-run-XXXXXX"};
    cr_assert_not_null(mkdtemp(r->directory));
}

/* Options in addition to those of every run here; the directory exists, perhaps with a run in it. */
static inline void run_open(
    struct run_kit *r, const char *device, bool resumed, const char *const *more) {
    char *argv[40] = {"train", resumed ? "--resume" : "--out", r->directory};
    static const char *const settled[] = {"--shape", RUN_SHAPE, "--accum", "3", "--steps", "18",
        "--lr", "0.01", "--checkpoint-every", "2", "--device", NULL};
    char notice[700];
    struct error usage;
    int n = 3;
    for (int i = 0; !resumed && settled[i]; i++)
        argv[n++] = (char *)settled[i];
    if (!resumed)
        argv[n++] = (char *)device;
    for (int i = 0; more && more[i]; i++)
        argv[n++] = (char *)more[i];
    cr_assert_eq(run_options_read(n, argv, &r->options, &usage), OPTIONS_READ, "%s", usage.text);
    kit_ok(device_open(r->options.device, r->options.seed, &r->device, error));
    run_faults_put(r->device);
    kit_ok(training_open(r->device, &r->options, &r->training, notice, sizeof notice, error));
}

static inline enum training_end run_go(struct run_kit *r) {
    static const volatile sig_atomic_t never = 0;
    r->error = (struct device_error){.text = ""};
    return training_run(r->training, &never, NULL, NULL, &r->error);
}

static inline void run_close(struct run_kit *r) {
    training_close(r->training);
    device_close(r->device);
}

/* The weights of the run's checkpoint, to be freed. */
static inline struct train_parameters run_weights(const struct run_kit *r) {
    struct run_state state;
    char notice[300];
    kit_ok(run_state_load(r->directory, &state, notice, sizeof notice, error));
    struct train_parameters weights = state.parameters;
    state.parameters.data = NULL;
    run_state_free(&state);
    return weights;
}

static inline void run_remove(struct run_kit *r) {
    tree_remove(AT_FDCWD, r->directory);
}

#endif
