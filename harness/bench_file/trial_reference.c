/* SPDX-License-Identifier: MIT */
#include "bench_file/inputs.h"
#include "bench_file/program.h"
#include "bench_file/trial.h"

#include "base/files.h"
#include "mil/eval/eval.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool function_has_states(const struct mil_function *function) {
    for (int i = 0; i < function->n_inputs; i++)
        if (function->values[i].type->kind == MIL_STATE)
            return true;
    return false;
}

static int outputs_keep(const struct bench_settings *settings, const struct mil_function *f,
    const char *name, void *const *outputs, struct error *error) {
    for (int i = 0; i < f->n_outputs; i++) {
        char path[4096];
        int n = snprintf(path, sizeof path, "%s/%s-%d", settings->work, name, i);
        if (n < 0 || (size_t)n >= sizeof path)
            return error_set(error, EXIT_BROKEN, "the path of TMPDIR is too long");
        if (file_replace(path, outputs[i], mil_type_bytes(f->values[f->outputs[i]].type), error) !=
            0)
            return -1;
    }
    return 0;
}

static int evaluate(const struct bench_settings *settings, const struct mil_package *package,
    int number, void **inputs, void **outputs, struct error *error) {
    const struct mil_function *f = &package->program->functions[number];
    struct mil_error why;
    for (int i = 0; i < f->n_inputs; i++)
        if (!(inputs[i] = input_make(settings, f, i, error)))
            return -1;
    for (int i = 0; i < f->n_outputs; i++)
        if (!(outputs[i] = calloc(1, mil_type_bytes(f->values[f->outputs[i]].type) + 1)))
            return error_set(error, EXIT_BROKEN, "out of memory for the outputs");
    for (int again = 0; again < 1 + function_has_states(f); again++) {
        if (mil_eval(package->program, number, &package->weights, (const void *const *)inputs,
                outputs, &why) < 0)
            return error_set(error, EXIT_UNSUPPORTED, "no reference: %s", why.text);
        if (outputs_keep(settings, f, again ? "again" : "expected", outputs, error) < 0)
            return -1;
    }
    return 0;
}

enum exit_code trial_reference(const struct bench_settings *settings, struct report *report) {
    struct bench_program p;
    struct error error = {.code = EXIT_DONE};
    report_step(report, "read");
    if (program_open(settings, settings->files[0], &p, &error) < 0) {
        report_row(report, "end", "failed", NAN, error.text);
        return EXIT_BROKEN;
    }
    report_step(report, "reference");
    void **inputs = calloc((size_t)p.function->n_inputs + 1, sizeof *inputs);
    void **outputs = calloc((size_t)p.function->n_outputs + 1, sizeof *outputs);
    if (!inputs || !outputs)
        error_set(&error, EXIT_BROKEN, "out of memory");
    else
        evaluate(settings, p.package, p.number, inputs, outputs, &error);
    for (int i = 0; inputs && i < p.function->n_inputs; i++)
        free(inputs[i]);
    for (int i = 0; outputs && i < p.function->n_outputs; i++)
        free(outputs[i]);
    free(inputs);
    free(outputs);
    report_row(report, "end",
        error.code == EXIT_DONE          ? "done"
        : error.code == EXIT_UNSUPPORTED ? "unsupported"
                                         : "failed",
        NAN, error.text);
    mil_package_close(p.package);
    return error.code;
}
