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
    struct cut_piece *pieces;
    int n_pieces;
    int n_parts; /* tried so far, each in its own folder */
    struct bench_table *table;
};

/* The operator's label: its name, or its result's. */
static const char *op_label(const struct mil_function *f, const struct mil_op *op) {
    return op->name ? op->name : op->n_results > 0 ? f->values[op->result].name : "";
}

enum { PIECE_NAME_BYTES = 160 };

/* "relu NAME", "while_loop NAME and 4 more" */
static void piece_name(
    const struct cut_piece *piece, const struct mil_function *f, char name[PIECE_NAME_BYTES]) {
    const struct mil_op *op = &f->ops[piece->shown];
    int used = snprintf(name, PIECE_NAME_BYTES, "%s %.110s", mil_op_name(op), op_label(f, op));
    if (piece->n_ops > 1)
        snprintf(name + used, (size_t)(PIECE_NAME_BYTES - used), " and %d more", piece->n_ops - 1);
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

/* Runs the pieces first..last as a separate program, once on the device; *arm gets the
 * result and owns the program's file and folder. */
static int part_try(struct search *s, const char *device, int first, int last,
    struct bench_arm *arm, struct error *error) {
    char *folder = malloc(PATH_BYTES), *file = malloc(PATH_BYTES);
    struct error why;
    int result = folder && file ? part_folder(s, folder, file, error)
                                : error_set(error, EXIT_BROKEN, "out of memory");
    if (result == 0)
        result = cut_write(s->package->program, s->function, &s->package->weights,
            s->pieces[first].first, s->pieces[last].last, file, error);
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

/* Runs every piece alone; *bad gets the first that fails or is wrong, -1 = none. */
static int each_alone(
    struct search *s, const struct bench_arm *whole, int *bad, struct error *error) {
    const struct mil_function *f = &s->package->program->functions[s->function];
    *bad = -1;
    for (int i = 0; i < s->n_pieces; i++) {
        struct bench_arm *arm = calloc(1, sizeof *arm);
        char *name = malloc(PIECE_NAME_BYTES);
        if (!arm || !name || part_try(s, whole->name, i, i, arm, error) < 0) {
            if (!arm || !name)
                error_set(error, EXIT_BROKEN, "out of memory");
            free(arm);
            free(name);
            return -1;
        }
        if (is_bad(arm) && *bad < 0)
            *bad = i;
        piece_name(&s->pieces[i], f, name);
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
    int good = -1, bad = s->n_pieces - 1; /* last of a prefix */
    while (bad - good > 1) {
        int middle = good + (bad - good) / 2, is = part_is_bad(s, device, 0, middle, error);
        if (is < 0)
            return -1;
        *(is ? &bad : &good) = middle;
    }
    int from = 0, too_far = bad + 1; /* first of a suffix of that prefix */
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
    if (cut_write(s->package->program, s->function, &s->package->weights, s->pieces[first].first,
            s->pieces[last].last, file, error) < 0)
        return -1;
    int n_ops = 0;
    for (int i = first; i <= last; i++)
        n_ops += s->pieces[i].n_ops;
    fprintf(stderr,
        "aneprobe bench: %s on %s: the smallest part that is not right has %d operator%s, %s to "
        "%s: "
        "%s\n",
        whole->file, whole->device, n_ops, n_ops > 1 ? "s" : "",
        op_label(f, &f->ops[s->pieces[first].first]), op_label(f, &f->ops[s->pieces[last].last]),
        file);
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
    /* Every piece alone is right: the fault needs several. */
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
    s->n_pieces = cut_pieces(p.function, &s->pieces);
    int result = s->n_pieces < 0 ? error_set(error, EXIT_BROKEN, "out of memory") : 0;
    if (s->n_pieces > 0)
        result = arm_search(s, whole, error);
    free(s->pieces);
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
