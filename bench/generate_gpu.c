/* SPDX-License-Identifier: MIT
 *
 * The arm `step-gpu-busy` of generate: reads beside another process that keeps the GPU busy, by Core ML's way to it.
 */
#include "generate_experiment.h"

#include <string.h>

/* 4.3 GFLOP an eval; in virtual time little, as a clock there moves by less than the work takes here. */
enum { CHANNELS = 512, POSITIONS = 1024, DEPTH = 8, CHECKED_POSITIONS = 2 };
enum { CHANNELS_VIRTUAL = 64, POSITIONS_VIRTUAL = 16 };
/* The other process goes on for this many times as long as the work takes alone, and for its own start. */
enum { LASTS_TIMES = 10, LASTS_MORE_MS = 500 };

/* ---- the process beside ------------------------------------------------------------------------ */

static void note_put(struct trial *t, const char *chip, uint64_t evals, uint64_t clock_ns) {
    trial_text(t, "chip", chip);
    trial_u64(t, "gpu_evals", evals);
    trial_u64(t, "gpu_clock_ns", clock_ns);
    trial_row(t, SAMPLE_OK, "");
}

static int evals_run(
    struct trial *t, struct trial *gpu, struct subject *subject, const char *chip) {
    const uint64_t begin_ns = trial_clock_ns(gpu), until_ns = begin_ns + t->value * 1000000;
    struct device_error error;
    uint64_t n = 0, now_ns = begin_ns;
    double worst;
    note_put(t, chip, 0, begin_ns);
    subject_poison(subject);
    do {
        if (subject_eval(subject, DEVICE_QOS_DEFAULT, &error) != DEVICE_OK)
            return trial_break_error(t, &error);
        now_ns = trial_clock_ns(gpu);
        n++;
    } while (now_ns < until_ns);
    if (!subject_output_is(subject, subject_weight_seed(subject), &worst))
        return trial_break(t, "the output of the GPU's program is not the reference's");
    note_put(t, chip, n, now_ns);
    return 0;
}

int generate_gpu_run(struct trial *t, const char *chip) {
    const struct subject_spec spec = {.kind = SUBJECT_CONV,
        .channels = device_is_virtual(t->device) ? CHANNELS_VIRTUAL : CHANNELS,
        .spatial = device_is_virtual(t->device) ? POSITIONS_VIRTUAL : POSITIONS,
        .depth = DEPTH,
        .weight_seed = trial_random(t),
        .check_positions = CHECKED_POSITIONS};
    struct trial gpu = {.device = NULL};
    struct subject *subject = NULL;
    struct device_error error;
    bool right = true;
    int result;
    enum device_status status = trial_way_open(t, DEVICE_WAY_GPU, &gpu, &error);
    if (status == DEVICE_OK)
        status = subject_open(&gpu, &spec, &subject, &right, &error);
    if (status == DEVICE_UNSUPPORTED || status == DEVICE_FAILED) {
        trial_text(t, "chip", chip);
        trial_row_error(t, &error);
        result = 0;
    } else {
        result = status != DEVICE_OK ? trial_break_error(t, &error)
                 : !right ? trial_break(t, "the output of the GPU's program is not the reference's")
                          : evals_run(t, &gpu, subject, chip);
    }
    subject_free(subject);
    trial_way_close(t, &gpu);
    return result;
}

/* ---- the trial --------------------------------------------------------------------------------- */

int generate_gpu_absent(struct trial *t, const char *chip) {
    struct device_error error;
    struct device *gpu = NULL;
    if (strcmp(device_kind(t->device), "cpu") != 0 ||
        device_way_open(t->device, DEVICE_WAY_GPU, 0, &gpu, &error) == DEVICE_OK)
        return 0;
    trial_text(t, "chip", chip);
    trial_row_error(t, &error);
    return 1;
}

/* A row's cell; -1 without one. */
static double cell(const struct csv_table *rows, size_t row, const char *column) {
    double value;
    struct error ignored;
    return csv_number(rows, row, csv_column(rows, column), &value, &ignored) == 1 ? value : -1;
}

/* The other's first row says when it began, or why it did not; its last, before that of the end, when it ended. In virtual
 * time each process has a clock of its own, and neither takes anything from the other. */
static int evals_count(struct trial *t, const char *chip, const struct csv_table *rows,
    uint64_t begin_ns, uint64_t end_ns, double *evals) {
    const size_t last = csv_rows(rows) > 2 ? csv_rows(rows) - 2 : 0;
    const double from_ns = cell(rows, 0, "gpu_clock_ns"), to_ns = cell(rows, last, "gpu_clock_ns");
    const bool was_busy = from_ns >= 0 && from_ns <= (double)begin_ns && (double)end_ns <= to_ns;
    if (strcmp(csv_text(rows, 0, csv_column(rows, "status")), "ok") != 0) {
        trial_text(t, "chip", chip);
        trial_row(t, SAMPLE_UNSUPPORTED, csv_text(rows, 0, csv_column(rows, "reason")));
        return 1;
    }
    if (!was_busy && !device_is_virtual(t->device)) {
        trial_text(t, "chip", chip);
        trial_row(t, SAMPLE_UNTRUSTED, "the GPU was not busy all the time; run again");
        return 1;
    }
    *evals = cell(rows, last, "gpu_evals") * (double)(end_ns - begin_ns) / (to_ns - from_ns);
    return 0;
}

int generate_gpu_beside(struct trial *t, const char *chip, uint64_t alone_ns,
    int (*work)(void *context), void *context, double *evals) {
    struct trial_beside *beside;
    struct csv_table *rows = NULL;
    if (trial_beside_start(
            t, GENERATE_GPU_ARM, LASTS_TIMES * alone_ns / 1000000 + LASTS_MORE_MS, &beside) != 0)
        return -1;
    trial_beside_ready(beside);
    const uint64_t begin_ns = trial_clock_ns(t);
    int result = work(context);
    const uint64_t end_ns = trial_clock_ns(t);
    if (trial_beside_end(t, beside, &rows) != 0)
        result = -1;
    if (result == 0)
        result = evals_count(t, chip, rows, begin_ns, end_ns, evals);
    csv_table_free(rows);
    return result;
}
