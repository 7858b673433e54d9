/* SPDX-License-Identifier: MIT
 *
 * The arm `stream` of generate: a matrix of as many bytes as a model's, by a vector.
 */
#include "generate_experiment.h"

#include "experiment/stream.h"

enum { INPUTS = 4096, WARM_UP = 3, EVALS = 32, EVALS_VIRTUAL = 4 };

/* A core's share of it is 8 KiB a row, and must not be near whole MiB, which an engine may stream slowly
 * (probes/stream_notch.c). */
static struct stream_spec spec_of(const struct train_shape *shape, int cores) {
    enum { MIB_ROWS = 128, NEAR_ROWS = 16 };
    size_t n = train_tensor_elements(shape, TRAIN_EMBEDDING);
    for (int t = 0; t < TRAIN_N_MATRICES; t++)
        n += (size_t)shape->layers * train_tensor_elements(shape, (enum train_tensor)t);
    const int rows = (int)(n / INPUTS), of_core = rows / cores;
    const bool is_near =
        of_core >= MIB_ROWS - NEAR_ROWS && (of_core + NEAR_ROWS) % MIB_ROWS <= 2 * NEAR_ROWS;
    return (struct stream_spec){.outputs = is_near ? rows - 3 * NEAR_ROWS * cores : rows,
        .inputs = INPUTS,
        .format = STREAM_FP16};
}

static void factors_put(struct trial *t, const char *chip, const struct stream_spec *spec) {
    trial_text(t, "chip", chip);
    trial_text(t, "type", stream_format_name(spec->format));
    trial_number(t, "weight_mb", stream_bytes(spec) / (1 << 20));
}

static int evals_time(
    struct trial *t, const char *chip, const struct stream_spec *spec, struct specimen *specimen) {
    const int n = device_is_virtual(t->device) ? EVALS_VIRTUAL : EVALS;
    struct device_error error;
    for (int i = -WARM_UP; i < n; i++) {
        const uint64_t begin_ns = trial_clock_ns(t);
        if (specimen_run(specimen, &error) != DEVICE_OK)
            return trial_break_error(t, &error);
        const uint64_t eval_ns = trial_clock_ns(t) - begin_ns;
        if (i < 0)
            continue;
        factors_put(t, chip, spec);
        trial_u64(t, "n_depth", 0);
        trial_u64(t, "n_tokens", 1);
        trial_u64(t, "read", (uint64_t)i + 1);
        trial_u64(t, "eval_ns", eval_ns);
        trial_row(t, SAMPLE_OK, "");
    }
    return 0;
}

int generate_stream_run(struct trial *t, const char *chip, const struct train_shape *shape) {
    const struct stream_spec spec = spec_of(shape, stream_cores(t));
    struct specimen *specimen;
    struct device_error error;
    bool right;
    int result = 0;
    const enum device_status status = stream_open(t, &spec, &specimen, &right, &error);
    if (status == DEVICE_OK && right) {
        result = evals_time(t, chip, &spec, specimen);
    } else if (status == DEVICE_BROKEN) {
        result = trial_break_error(t, &error);
    } else {
        factors_put(t, chip, &spec);
        if (status == DEVICE_OK)
            trial_row(t, SAMPLE_UNTRUSTED, "the output differs from the reference");
        else
            trial_row_error(t, &error);
    }
    specimen_free(specimen);
    return result;
}
