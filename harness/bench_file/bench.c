/* SPDX-License-Identifier: MIT */
#include "bench_file/bench.h"

#include "base/files.h"
#include "base/signals.h"
#include "bench_file/arm.h"
#include "bench_file/inputs.h"
#include "bench_file/operators.h"
#include "bench_file/output.h"
#include "bench_file/program.h"
#include "bench_file/table.h"
#include "bench_file/trial.h"
#include "device/device.h"
#include "device/host/directory.h"
#include "measure/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEVICES_MAX = 16 };

/* Rejects what is visibly wrong before anything is started; `size` is one of --sweep, or NULL. */
static int file_check(const struct bench_settings *settings, const char *file, const char *size,
    struct error *error) {
    const struct bench_settings sized = settings_sized(settings, size);
    struct bench_program p;
    if (path_check(file, error) != 0)
        return -1;
    if (program_open(&sized, file, &p, error) < 0)
        return -1;
    if (p.left_out[0])
        fprintf(stderr, "aneprobe bench: %s: %s\n", file, p.left_out);
    int result = inputs_check(settings, p.function, error);
    if (result == 0 && settings->in_flight > 1 && function_has_states(p.function))
        result = error_set(error, EXIT_USAGE,
            "--in-flight %d: %s has states, whose evals follow one another; leave it out",
            settings->in_flight, file);
    for (int i = 0; result == 0 && i < p.function->n_inputs; i++) {
        void *elements = input_make(settings, p.function, i, error);
        result = elements ? 0 : -1;
        free(elements);
    }
    mil_package_close(p.package);
    return result;
}

/* The devices' names, split in place. */
static int devices_split(char *names, const char **out, struct error *error) {
    int n = 0;
    for (char *name = strtok(names, ","); name; name = strtok(NULL, ",")) {
        if (n == DEVICES_MAX)
            return error_set(error, EXIT_USAGE, "--device: at most %d devices", DEVICES_MAX);
        out[n++] = name;
    }
    return n > 0 ? n : error_set(error, EXIT_USAGE, "--device: name at least one");
}

/* A file at one size, with its reference. */
struct bench_case {
    const char *file, *size;            /* size: of --sweep; NULL: none */
    char work[DIRECTORY_PATH_MAX + 32]; /* of the expected outputs; "": there are none */
    char why_none[256];
};

struct bench {
    const struct bench_settings *settings;
    const char *program;
    struct run_directory run;
    char **sizes;
    int n_sizes; /* 0: no sweep */
    struct bench_case *cases;
    int n_cases;
    struct bench_arm *arms;
    int n_arms;
};

static int cases_make(struct bench *b, struct error *error) {
    const int per_file = b->n_sizes > 0 ? b->n_sizes : 1;
    b->n_cases = b->settings->n_files * per_file;
    b->cases = calloc((size_t)b->n_cases, sizeof *b->cases);
    if (!b->cases)
        return error_set(error, EXIT_BROKEN, "out of memory");
    for (int i = 0; i < b->n_cases; i++) {
        b->cases[i].file = b->settings->files[i / per_file];
        b->cases[i].size = b->n_sizes > 0 ? b->sizes[i % per_file] : NULL;
        if (file_check(b->settings, b->cases[i].file, b->cases[i].size, error) < 0)
            return -1;
    }
    return 0;
}

static int references_make(struct bench *b, struct error *error) {
    for (int i = 0; i < b->n_cases; i++) {
        struct bench_case *c = &b->cases[i];
        struct error why;
        snprintf(c->work, sizeof c->work, "%s/file-%d", b->run.path, i);
        if (mkdir(c->work, 0700) != 0)
            return error_set(error, EXIT_BROKEN, "cannot create %s", c->work);
        if (reference_make(c->file, c->size, c->work, b->program, b->settings, &why) == 0)
            continue;
        if (why.code != EXIT_UNSUPPORTED) {
            *error = why;
            return -1;
        }
        snprintf(c->why_none, sizeof c->why_none, "%.250s", why.text);
        c->work[0] = '\0';
    }
    return 0;
}

static int arms_make(
    struct bench *b, const char *const *devices, int n_devices, struct error *error) {
    b->n_arms = b->n_cases * n_devices;
    b->arms = calloc((size_t)b->n_arms, sizeof *b->arms);
    if (!b->arms)
        return error_set(error, EXIT_BROKEN, "out of memory");
    for (int i = 0; i < b->n_arms; i++) {
        const struct bench_case *c = &b->cases[i / n_devices];
        struct bench_arm *arm = &b->arms[i];
        arm->file = c->file;
        arm->size = c->size;
        arm->work = c->work[0] ? c->work : NULL;
        snprintf(arm->name, sizeof arm->name, "%s", devices[i % n_devices]);
        snprintf(arm->device, sizeof arm->device, "%s", arm->name);
        snprintf(arm->reason, sizeof arm->reason, "%s", c->why_none);
    }
    return 0;
}

/* What arm number i is compared with: the first of its size, where devices or files are side by side;
 * else the first size. */
static const struct bench_arm *first_of(const struct bench *b, int i, int n_devices) {
    const bool is_side_by_side = n_devices > 1 || b->settings->n_files > 1;
    return b->n_sizes > 0 && is_side_by_side ? &b->arms[i / n_devices % b->n_sizes * n_devices]
                                             : &b->arms[0];
}

/* Blocks with one trial of every arm, each in its own order; a device that hangs or crashes once is
 * not used again. */
static int blocks_run(struct bench *b, struct error *error) {
    uint64_t seed = b->settings->seed;
    int *order = malloc((size_t)b->n_arms * sizeof *order);
    int result = order ? 0 : error_set(error, EXIT_BROKEN, "out of memory");
    for (int i = 0; i < b->n_arms && order; i++)
        order[i] = i;
    for (int block = 0; block < b->settings->trials && result == 0; block++) {
        for (int i = b->n_arms - 1; i > 0; i--) {
            int j = (int)random_below(&seed, (uint64_t)i + 1), kept = order[i];
            order[i] = order[j];
            order[j] = kept;
        }
        for (int i = 0; i < b->n_arms && result == 0; i++)
            if (b->arms[order[i]].outcome != OUTCOME_FAILED)
                result = arm_trial(&b->arms[order[i]], b->program, b->settings, block, error);
    }
    free(order);
    return result;
}

static int outcome_sum(const struct bench *b) {
    for (int i = 0; i < b->n_arms; i++)
        if (b->arms[i].outcome == OUTCOME_WRONG || b->arms[i].outcome == OUTCOME_FAILED)
            return EXIT_FAILED;
    return EXIT_DONE;
}

static int bench_all(
    struct bench *b, const char *const *devices, int n_devices, struct error *error) {
    struct bench_table table = {.n = 0};
    if (references_make(b, error) < 0 || arms_make(b, devices, n_devices, error) < 0 ||
        blocks_run(b, error) < 0)
        return -1;
    for (int i = 0; i < b->n_arms; i++)
        bench_table_add_arm(&table, &b->arms[i], first_of(b, i, n_devices), b->settings);
    int result = 0;
    if (b->settings->by_operator)
        result =
            operators_run(b->settings, b->program, b->run.path, b->arms, b->n_arms, &table, error);
    if (result == 0)
        result = bench_table_print(&table, b->settings->format, stdout, error);
    if (result == 0 && b->settings->out)
        result = output_write(b->settings->out, b->settings, b->arms, b->n_arms, &table, error);
    bench_table_free(&table);
    return result;
}

/* A name that is not a device is reported before another device compiles; a device that does not open here gets
 * a row. */
static int device_check(const char *name, struct error *error) {
    struct device *device;
    struct device_error why;
    if (device_open(name, 0, &device, &why) == DEVICE_OK) {
        device_close(device);
        return 0;
    }
    struct error given = {.code = EXIT_DONE};
    (void)device_error_give(&why, &given);
    return given.code == EXIT_USAGE ? error_set(error, EXIT_USAGE, "%s", given.text) : 0;
}

enum exit_code bench_run(
    const struct bench_settings *settings, const char *program, struct error *error) {
    struct bench b = {.settings = settings, .program = program};
    const char *devices[DEVICES_MAX];
    char *names = strdup(settings->devices), reason[512];
    int result = names ? 0 : error_set(error, EXIT_BROKEN, "out of memory"), n_devices = 0;
    if (result == 0)
        result = n_devices = devices_split(names, devices, error);
    if (result >= 0)
        result = sweep_split(settings->sweep, &b.sizes, &b.n_sizes, error);
    if (result >= 0)
        result = cases_make(&b, error);
    for (int i = 0; i < n_devices && result >= 0; i++)
        result = device_check(devices[i], error);
    if (result >= 0 && settings->out)
        result = out_folder_check(settings->out, error);
    if (result >= 0 && run_directory_open(&b.run, reason, sizeof reason) != 0)
        result = error_set(error, EXIT_BROKEN, "%s", reason);
    if (result >= 0) {
        result = bench_all(&b, devices, n_devices, error);
        run_directory_close(&b.run);
    }
    int code = result < 0 ? (int)error->code : outcome_sum(&b);
    for (int i = 0; i < b.n_arms && b.arms; i++)
        arm_free(&b.arms[i]);
    free(b.arms);
    for (int i = 0; i < b.n_sizes; i++)
        free(b.sizes[i]);
    free(b.sizes);
    free(b.cases);
    free(names);
    return (enum exit_code)code;
}
