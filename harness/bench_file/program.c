/* SPDX-License-Identifier: MIT */
#include "bench_file/program.h"

#include "base/suggest.h"
#include "bench_file/classifier.h"
#include "mil/flexible.h"
#include "mil/type.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 64, SWEEP_MAX = 64 };

/* "no such WHAT (did you mean 'A'?); the program has A B C" */
static int unknown_name(struct error *error, const char *option, const char *name, const char *what,
    const char *const *names, int n) {
    const char *near = suggest_nearest(name, names, (size_t)n);
    error_set(error, EXIT_USAGE, "%s %s: no such %s", option, name, what);
    if (near)
        error_add(error, " (did you mean '%s'?)", near);
    error_add(error, "; the program has");
    for (int i = 0; i < n; i++)
        error_add(error, " %s", names[i]);
    return -1;
}

static int function_find(
    const struct bench_settings *settings, const struct mil_program *program, struct error *error) {
    const char *names[NAMES_MAX];
    int n = 0;
    if (!settings->function)
        return 0;
    for (int i = 0; i < program->n_functions; i++) {
        if (strcmp(program->functions[i].name, settings->function) == 0)
            return i;
        if (n < NAMES_MAX)
            names[n++] = program->functions[i].name;
    }
    return unknown_name(error, "--function", settings->function, "function", names, n);
}

static bool names_input(const char *size, const char *name) {
    const size_t bytes = strcspn(size, "=");
    return strlen(name) == bytes && strncmp(size, name, bytes) == 0;
}

/* The numbers of "16" or "1x16": their count, or 0 when it is something else. */
static int numbers_read(const char *text, int64_t *numbers) {
    int n = 0;
    for (;;) {
        char *end;
        const long value = *text >= '0' && *text <= '9' ? strtol(text, &end, 10) : 0;
        if (value < 1 || value > INT32_MAX || n == MIL_RANK_MAX)
            return 0;
        numbers[n++] = value;
        if (*end == '\0')
            return n;
        if (*end != 'x')
            return 0;
        text = end + 1;
    }
}

static bool is_open(const struct mil_type *type) {
    for (int axis = 0; axis < type->rank; axis++)
        if (type->dim[axis] < 0)
            return true;
    return false;
}

/* Gives the open sizes of an input: one number for all of them, or the whole shape. *number gets what
 * they all are, for inputs without sizes of their own. */
static int input_size(struct mil_type *type, const char *name, const char *text, int64_t *number,
    struct error *error) {
    int64_t numbers[MIL_RANK_MAX], one = 0;
    char declared[MIL_TYPE_TEXT_MAX];
    const int n = numbers_read(text, numbers);
    bool fits = n == 1 || n == type->rank, is_one = true;
    mil_type_format(declared, type);
    for (int axis = 0; axis < type->rank && fits; axis++) {
        const int64_t dim = numbers[n == 1 ? 0 : axis];
        if (type->dim[axis] < 0) {
            type->dim[axis] = dim;
            is_one = is_one && (one == 0 || one == dim);
            one = dim;
        }
        fits = n == 1 || type->dim[axis] == dim;
    }
    if (is_one)
        *number = one;
    return fits ? 0
                : error_set(error, EXIT_USAGE,
                      "the size %s=%s does not fit: '%s' is %s; write one number for every open "
                      "size, or a whole shape such as 1x128",
                      name, text, name, declared);
}

/* "1x64" */
static void shape_add(struct error *error, const int64_t *dims, int rank) {
    for (int axis = 0; axis < rank; axis++)
        error_add(error, "%s%" PRId64, axis ? "x" : "", dims[axis]);
}

/* Where the model lists the shapes of an input, it must have one of them. */
static int shapes_check(
    const struct mil_function *f, int input, const struct mil_type *type, struct error *error) {
    const char *name = f->values[input].name;
    int64_t dims[MIL_RANK_MAX];
    int n = 0;
    for (; mil_flexible_shape(f, name, type->rank, n, dims); n++)
        if (memcmp(dims, type->dim, (size_t)type->rank * sizeof *dims) == 0)
            return 0;
    if (n == 0)
        return 0;
    error_set(error, EXIT_USAGE, "the model is made for '%s' as", name);
    for (int i = 0; i < n && mil_flexible_shape(f, name, type->rank, i, dims); i++) {
        error_add(error, "%s ", i ? "," : "");
        shape_add(error, dims, type->rank);
    }
    error_add(error, ", not ");
    shape_add(error, type->dim, type->rank);
    return -1;
}

/* Core ML refuses sizes outside the range, and shapes outside the list, that the model was made for. */
static int range_check(
    const struct mil_function *f, int input, const struct mil_type *type, struct error *error) {
    int64_t low[MIL_RANK_MAX], high[MIL_RANK_MAX];
    if (!mil_flexible_range(f, f->values[input].name, type->rank, low, high))
        return shapes_check(f, input, type, error);
    for (int axis = 0; axis < type->rank; axis++)
        if (type->dim[axis] < low[axis] || (high[axis] >= 0 && type->dim[axis] > high[axis]))
            return error_set(error, EXIT_USAGE,
                "the model is made for sizes of %" PRId64 " to %" PRId64
                " along axis %d of '%s', not %" PRId64,
                low[axis], high[axis], axis, f->values[input].name, type->dim[axis]);
    return 0;
}

/* The types of the function's inputs with the sizes of the settings. */
static int types_find(const struct bench_settings *settings, const struct mil_function *f,
    struct mil_type *types, struct error *error) {
    const char *names[NAMES_MAX];
    int64_t number = 0;
    int n = 0;
    for (int i = 0; i < f->n_inputs; i++) {
        types[i] = *f->values[i].type;
        if (n < NAMES_MAX)
            names[n++] = f->values[i].name;
    }
    for (int k = 0; k < settings->n_sizes; k++) {
        const char *text = strchr(settings->sizes[k], '=') + 1;
        int i = 0;
        while (i < f->n_inputs && !names_input(settings->sizes[k], f->values[i].name))
            i++;
        if (i == f->n_inputs) {
            char name[128];
            snprintf(name, sizeof name, "%.*s", (int)strcspn(settings->sizes[k], "="),
                settings->sizes[k]);
            return unknown_name(error, "the size of", name, "input", names, n);
        }
        if (!is_open(f->values[i].type))
            return error_set(error, EXIT_USAGE, "the size %s: no size of '%s' is open",
                settings->sizes[k], f->values[i].name);
        if (input_size(&types[i], f->values[i].name, text, &number, error) < 0)
            return -1;
    }
    for (int i = 0; i < f->n_inputs; i++) {
        char declared[MIL_TYPE_TEXT_MAX];
        int64_t shape[MIL_RANK_MAX];
        /* a model's own default is for all its inputs, where none has a size */
        if (is_open(&types[i]) && settings->n_sizes == 0 &&
            mil_flexible_default(f, f->values[i].name, types[i].rank, shape))
            memcpy(types[i].dim, shape, sizeof types[i].dim);
        if (is_open(&types[i]) && number == 0)
            return error_set(error, EXIT_USAGE,
                "the input '%s' is %s: give its open sizes with --size %s=N, or several with "
                "--sweep %s=N,N",
                f->values[i].name, mil_type_format(declared, &types[i]), f->values[i].name,
                f->values[i].name);
        for (int axis = 0; axis < types[i].rank; axis++)
            if (types[i].dim[axis] < 0)
                types[i].dim[axis] = number;
        if (range_check(f, i, &types[i], error) < 0)
            return -1;
    }
    return 0;
}

static int mil_give(struct error *error, const char *file, const struct mil_error *why) {
    return why->place.line ? error_set(error, EXIT_BROKEN, "%s:%u:%u: %s", file, why->place.line,
                                 why->place.column, why->text)
                           : error_set(error, EXIT_BROKEN, "%s: %s", file, why->text);
}

/* Replaces the package's text by that of the function alone, of numbers alone. */
static int text_replace(struct mil_package *package, const struct mil_program *program, int number,
    struct error *error) {
    struct mil_program one = *program;
    struct mil_function f = program->functions[number];
    struct mil_op *ops = NULL;
    int *outputs = NULL;
    if (!function_classifies(&f) || classifier_cut(&f, &ops, &outputs)) {
        one.functions = &f;
        one.n_functions = 1;
        free(package->text);
        package->text = mil_print(&one, &package->text_bytes);
    }
    free(ops);
    free(outputs);
    return one.functions == &f && package->text ? 0
                                                : error_set(error, EXIT_BROKEN, "out of memory");
}

/* Replaces the package's text by that of the function, with sizes. */
static int package_size(const struct bench_settings *settings, struct mil_package *package,
    struct mil_program *program, struct bench_program *out, struct error *error) {
    const int number = function_find(settings, program, error);
    const struct mil_function *f = number < 0 ? NULL : &program->functions[number];
    struct mil_type *types = f ? calloc((size_t)f->n_inputs + 1, sizeof *types) : NULL;
    struct mil_program *sized = NULL;
    struct mil_error why;
    int result = f ? 0 : -1;
    if (f && !types)
        result = error_set(error, EXIT_BROKEN, "out of memory");
    if (result == 0)
        result = types_find(settings, f, types, error);
    if (result == 0 && mil_program_resize(program, number, types, &sized, &why) < 0)
        result = error_set(error, EXIT_USAGE, "these sizes do not fit: %s", why.text);
    if (f)
        classifier_describe(f, out->left_out, sizeof out->left_out);
    if (result == 0)
        result = text_replace(package, sized, number, error);
    mil_program_free(sized);
    free(types);
    return result;
}

/* As mil_package_open, for a program that must be changed: given sizes, or cut. */
static int changed_open(const struct bench_settings *settings, const char *file,
    struct bench_program *out, struct error *error) {
    struct mil_program *program;
    struct mil_finding *findings;
    struct mil_error why;
    int n, result = 0;
    if (mil_package_read(file, &out->package, &why) < 0)
        return mil_give(error, file, &why);
    struct mil_package *package = out->package;
    if (mil_read(package->text, package->text_bytes, &program, &findings, &n, &why) < 0) {
        result = mil_give(error, file, &why);
    } else {
        result = package_size(settings, package, program, out, error);
        mil_program_free(program);
    }
    free(findings);
    if (result == 0 &&
        (mil_parse(package->text, package->text_bytes, &package->program, &why) < 0 ||
            mil_package_map(package, package->program, &why) < 0))
        result = error_set(error, EXIT_BROKEN, "%s: %s", file, why.text);
    if (result < 0) {
        mil_package_close(package);
        out->package = NULL;
    }
    return result;
}

/* Whether the program that did not open has open sizes, which --size gives, is a classifier, or has other
 * functions, one of which may be what keeps it from being opened. */
static bool may_be_changed(const struct bench_settings *settings, const char *file) {
    struct mil_package *package;
    struct mil_program *program = NULL;
    struct mil_finding *findings = NULL;
    struct error ignored;
    int n;
    if (mil_package_read(file, &package, NULL) < 0)
        return false;
    bool has = false;
    if (mil_read(package->text, package->text_bytes, &program, &findings, &n, NULL) == 0) {
        const int number = function_find(settings, program, &ignored);
        has = number < 0 || program->n_functions > 1 ||
              function_classifies(&program->functions[number]);
        for (int i = 0; number >= 0 && i < program->functions[number].n_inputs; i++)
            has = has || is_open(program->functions[number].values[i].type);
        mil_program_free(program);
    }
    free(findings);
    mil_package_close(package);
    return has;
}

int program_open(const struct bench_settings *settings, const char *file, struct bench_program *out,
    struct error *error) {
    struct mil_error why;
    int result = 0;
    *out = (struct bench_program){.package = NULL};
    if (settings->n_sizes > 0)
        result = changed_open(settings, file, out, error);
    else if (mil_package_open(file, &out->package, &why) < 0)
        result = may_be_changed(settings, file) ? changed_open(settings, file, out, error)
                                                : mil_give(error, file, &why);
    if (result < 0)
        return -1;
    out->number = function_find(settings, out->package->program, error);
    if (out->number < 0) {
        mil_package_close(out->package);
        out->package = NULL;
        return -1;
    }
    out->function = &out->package->program->functions[out->number];
    const size_t said = strlen(out->left_out);
    if (out->package->n_left_out > 0)
        snprintf(out->left_out + said, sizeof out->left_out - said,
            "%sthe ML Program of a pipeline; its other models (%d) are left out",
            said > 0 ? "; " : "", out->package->n_left_out);
    return 0;
}

int sweep_split(const char *sweep, char ***sizes, int *n, struct error *error) {
    *sizes = NULL;
    *n = 0;
    if (!sweep)
        return 0;
    const int name = (int)strcspn(sweep, "=");
    char **list = calloc(SWEEP_MAX, sizeof *list);
    *sizes = list;
    if (!list)
        return error_set(error, EXIT_BROKEN, "out of memory");
    for (const char *at = sweep + name + 1;; at++) {
        const int bytes = (int)strcspn(at, ",");
        int64_t ignored[MIL_RANK_MAX];
        if (*n == SWEEP_MAX)
            return error_set(error, EXIT_USAGE, "--sweep: at most %d sizes", SWEEP_MAX);
        char *size = malloc((size_t)(name + bytes) + 2);
        if (!size)
            return error_set(error, EXIT_BROKEN, "out of memory");
        list[(*n)++] = size;
        sprintf(size, "%.*s=%.*s", name, sweep, bytes, at);
        if (numbers_read(size + name + 1, ignored) == 0)
            return error_set(error, EXIT_USAGE,
                "--sweep %s: '%s' is not a size; write NAME=16,32 or NAME=1x16,1x32", sweep,
                size + name + 1);
        at += bytes;
        if (!*at)
            return 0;
    }
}
