/* SPDX-License-Identifier: MIT */
#include "bench_file/operators.h"

#include "bench_file/cut.h"
#include "bench_file/program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_BYTES = 4096 };

struct search {
    const struct bench_settings *settings;
    const char *program, *work;
    struct mil_package *package;
    int function;
    int *ops; /* the computing ops, by index */
    int n_ops;
    int n_parts; /* tried so far, each in its own folder */
    struct bench_table *table;
};

/* The operator's label: its name, or its result's. */
static const char *op_label(const struct mil_function *f, const struct mil_op *op) {
    return op->name ? op->name : op->n_results > 0 ? f->values[op->result].name : "";
}

static bool is_bad(const struct bench_arm *arm) {
    return arm->outcome == OUTCOME_WRONG || arm->outcome == OUTCOME_FAILED;
}

/* Creates "WORK/part-N"; `file` gets "WORK/part-N/program.mil". */
static int part_folder(struct search *s, char *folder, char *file, struct error *error) {
    snprintf(folder, PATH_BYTES, "%s/part-%d", s->work, s->n_parts++);
    snprintf(file, PATH_BYTES, "%.4000s/program.mil", folder);
    return mkdir(folder, 0700) == 0
               ? 0
               : error_set(error, EXIT_BROKEN, "%s: %s", folder, strerror(errno));
}

/* Runs the computing ops first..last as a separate program, once on the device; *arm gets the
 * result and owns the program's file and folder. */
static int part_try(struct search *s, const char *device, int first, int last,
    struct bench_arm *arm, struct error *error) {
    char *folder = malloc(PATH_BYTES), *file = malloc(PATH_BYTES);
    struct error why;
    int result = folder && file ? part_folder(s, folder, file, error)
                                : error_set(error, EXIT_BROKEN, "out of memory");
    if (result == 0)
        result = cut_write(s->package->program, s->function, &s->package->weights, s->ops[first],
            s->ops[last], file, error);
    if (result == 0) {
        *arm = (struct bench_arm){.file = file, .work = folder};
        snprintf(arm->name, sizeof arm->name, "%s", device);
        snprintf(arm->device, sizeof arm->device, "%s", device);
        /* the part has one function and no open sizes */
        struct bench_settings settings = *s->settings;
        settings.function = NULL;
        settings.n_sizes = 0;
        if (reference_make(file, NULL, folder, s->program, &settings, &why) < 0) {
            if (why.code == EXIT_INTERRUPTED) {
                *error = why;
                result = -1;
            }
            snprintf(arm->reason, sizeof arm->reason, "%.300s", why.text);
            arm->work = NULL;
        }
        if (result == 0)
            result = arm_trial(arm, s->program, &settings, 0, error);
    }
    if (result < 0 || !arm->work)
        free(folder);
    if (result < 0)
        free(file);
    return result;
}

static void part_free(struct bench_arm *arm) {
    free((void *)arm->file);
    free((void *)arm->work);
    arm_free(arm);
}

/* Whether this part fails or is wrong on the device: 1, 0, or -1 and *error. */
static int part_is_bad(
    struct search *s, const char *device, int first, int last, struct error *error) {
    struct bench_arm arm;
    if (part_try(s, device, first, last, &arm, error) < 0)
        return -1;
    int bad = is_bad(&arm);
    part_free(&arm);
    return bad;
}

/* Runs every operator alone; *bad gets the first that fails or is wrong, -1 = none. */
static int each_alone(
    struct search *s, const struct bench_arm *whole, int *bad, struct error *error) {
    const struct mil_function *f = &s->package->program->functions[s->function];
    *bad = -1;
    for (int i = 0; i < s->n_ops; i++) {
        struct bench_arm *arm = calloc(1, sizeof *arm);
        char *name = malloc(160);
        if (!arm || !name || part_try(s, whole->name, i, i, arm, error) < 0) {
            if (!arm || !name)
                error_set(error, EXIT_BROKEN, "out of memory");
            free(arm);
            free(name);
            return -1;
        }
        if (is_bad(arm) && *bad < 0)
            *bad = i;
        const struct mil_op *op = &f->ops[s->ops[i]];
        snprintf(name, 160, "%s %.120s", mil_op_name(op), op_label(f, op));
        free((void *)arm->file);
        arm->file = whole->file;
        arm->size = whole->size;
        arm->operator_name = name;
        bench_table_add_arm(s->table, arm, NULL, s->settings);
        bench_table_keep_arm(s->table, arm);
    }
    return 0;
}

/* Finds the shortest bad prefix, then its shortest bad suffix: *first and *last. */
static int bisect(
    struct search *s, const char *device, int *first, int *last, struct error *error) {
    int good = -1, bad = s->n_ops - 1; /* last op of a prefix */
    while (bad - good > 1) {
        int middle = good + (bad - good) / 2, is = part_is_bad(s, device, 0, middle, error);
        if (is < 0)
            return -1;
        *(is ? &bad : &good) = middle;
    }
    int from = 0, too_far = bad + 1; /* first op of a suffix of that prefix */
    while (too_far - from > 1) {
        int middle = from + (too_far - from) / 2, is = part_is_bad(s, device, middle, bad, error);
        if (is < 0)
            return -1;
        *(is ? &from : &too_far) = middle;
    }
    *first = from;
    *last = bad;
    return 0;
}

/* A new folder smallest-N for the program that was found. */
static int smallest_write(
    struct search *s, const struct bench_arm *whole, int first, int last, struct error *error) {
    const char *in = s->settings->out ? s->settings->out : ".";
    const struct mil_function *f = &s->package->program->functions[s->function];
    char folder[PATH_BYTES], file[PATH_BYTES + 16];
    int n = 1;
    do
        snprintf(folder, sizeof folder, "%.4000s/smallest-%d", in, n);
    while (mkdir(folder, 0777) != 0 && errno == EEXIST && n++ < 1000);
    snprintf(file, sizeof file, "%s/program.mil", folder);
    if (cut_write(s->package->program, s->function, &s->package->weights, s->ops[first],
            s->ops[last], file, error) < 0)
        return -1;
    fprintf(stderr,
        "aneprobe bench: %s on %s: the smallest part that is not right has %d operator%s, %s to "
        "%s: "
        "%s\n",
        whole->file, whole->device, last - first + 1, last > first ? "s" : "",
        op_label(f, &f->ops[s->ops[first]]), op_label(f, &f->ops[s->ops[last]]), file);
    return 0;
}

static int arm_search(struct search *s, const struct bench_arm *whole, struct error *error) {
    int bad, last;
    if (each_alone(s, whole, &bad, error) < 0)
        return -1;
    if (bad >= 0)
        return smallest_write(s, whole, bad, bad, error);
    if (!is_bad(whole))
        return 0;
    /* Every operator alone is right: the fault needs several. */
    return bisect(s, whole->name, &bad, &last, error) < 0
               ? -1
               : smallest_write(s, whole, bad, last, error);
}

static int file_search(struct search *s, const struct bench_arm *whole, struct error *error) {
    const struct bench_settings sized = settings_sized(s->settings, whole->size);
    struct bench_program p;
    if (program_open(&sized, whole->file, &p, error) < 0)
        return -1;
    s->package = p.package;
    s->function = p.number;
    bool *computes = cut_computing_ops(p.function);
    s->ops = malloc(((size_t)p.function->n_ops + 1) * sizeof *s->ops);
    s->n_ops = 0;
    for (int i = 0; computes && s->ops && i < p.function->n_ops; i++)
        if (computes[i])
            s->ops[s->n_ops++] = i;
    int result = computes && s->ops ? 0 : error_set(error, EXIT_BROKEN, "out of memory");
    if (result == 0 && s->n_ops > 0)
        result = arm_search(s, whole, error);
    free(computes);
    free(s->ops);
    mil_package_close(s->package);
    return result;
}

int operators_run(const struct bench_settings *settings, const char *program, const char *work,
    const struct bench_arm *arms, int n_arms, struct bench_table *table, struct error *error) {
    struct search s = {.settings = settings, .program = program, .work = work, .table = table};
    for (int i = 0; i < n_arms; i++)
        if (file_search(&s, &arms[i], error) < 0)
            return -1;
    return 0;
}
