/* SPDX-License-Identifier: MIT
 *
 * Limits on programs themselves: weight files, layers, the length of an axis, surfaces of a request.
 */
#include "device/sim/sim_internal.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static bool path_is_new(const struct mil_function *function, int value) {
    for (int i = 0; i < value; i++) {
        const struct mil_literal *other = function->values[i].literal;
        if (other && other->blob_path &&
            strcmp(other->blob_path, function->values[value].literal->blob_path) == 0)
            return false;
    }
    return true;
}

/* Of the function that has most. */
static int files_count(const struct mil_program *mil) {
    int most = 0;
    for (int f = 0; f < mil->n_functions; f++) {
        const struct mil_function *function = &mil->functions[f];
        int n = 0;
        for (int i = 0; i < function->n_values; i++)
            n += function->values[i].literal && function->values[i].literal->blob_path &&
                 path_is_new(function, i);
        most = n > most ? n : most;
    }
    return most;
}

static int layers_count(const struct mil_program *mil) {
    int most = 0;
    for (int f = 0; f < mil->n_functions; f++) {
        const struct mil_function *function = &mil->functions[f];
        int n = 0;
        for (int i = 0; i < function->n_ops; i++)
            n += function->ops[i].code != MIL_OP_CONST;
        most = n > most ? n : most;
    }
    return most;
}

static double axis_longest(const struct mil_program *mil) {
    double longest = 0;
    for (int f = 0; f < mil->n_functions; f++)
        for (int i = 0; i < mil->functions[f].n_values; i++) {
            const struct mil_type *type = mil->functions[f].values[i].type;
            for (int d = 0; d < type->rank; d++)
                longest = fmax(longest, (double)type->dim[d]);
        }
    return longest;
}

/* What has been written so far must not be lost with the process. */
static enum device_status past(enum sim_past failure, int code, const char *stage, const char *text,
    bool *slow, struct device_error *error) {
    switch (failure) {
    case SIM_PAST_ERROR:
        return sim_error_refuse(error, code, stage, text);
    case SIM_PAST_CRASH:
        (void)fflush(NULL);
        (void)signal(SIGBUS, SIG_DFL);
        (void)raise(SIGBUS);
        break;
    case SIM_PAST_HANG: /* whatever limit whoever waits has set, it takes none of the host's time to pass */
        (void)fflush(NULL);
        (void)signal(SIGALRM, SIG_DFL);
        (void)raise(SIGALRM);
        break;
    case SIM_PAST_SILENT:
        *slow = true;
    }
    return DEVICE_OK;
}

static bool is_past(double n, double limit) {
    return limit > 0 && n > limit;
}

enum device_status sim_past_compile(struct device_program *program, struct device_error *error) {
    const struct sim_params *p = &program->device->params;
    const struct mil_program *mil = program->base.mil;
    program->slow = false;
    if (is_past(files_count(mil), p->files_limit))
        return past(p->files_failure, SIM_CODE_CREATE, "compile",
            "too many weight files; put several weights into one", &program->slow, error);
    if (is_past(layers_count(mil), p->layers_limit))
        return past(p->layers_failure, SIM_CODE_CREATE, "compile",
            "too many layers; cut the program in two", &program->slow, error);
    if (is_past(axis_longest(mil), p->axis_limit))
        return past(p->axis_failure, SIM_CODE_CREATE, "compile",
            "an axis is too long; cut the tensor", &program->slow, error);
    return DEVICE_OK;
}

enum device_status sim_past_eval(
    const struct sim_device *sim, int n_surfaces, bool *slow, struct device_error *error) {
    *slow = false;
    return is_past(n_surfaces, sim->params.surfaces_limit)
               ? past(sim->params.surfaces_failure, SIM_CODE_MAP, "eval",
                     "could not map a surface (0x12); put several tensors into one", slow, error)
               : DEVICE_OK;
}
