/* SPDX-License-Identifier: MIT
 *
 * question: Are weights streamed slowly when a core's share is a whole number of MiB?
 * hypothesis: Yes, at 17 instead of 45 GB/s on an M3, in a window of 16 KiB on either side, but not
 *     when the same weights are divided into two matrices of other sizes. An M5 Pro has no such
 *     window.
 * method: A constant matrix times a vector, as a 1x1 convolution at one position, takes the time of
 *     streaming the weights. A core's share is ceil(outputs / cores) * inputs * bytes per element.
 *     With 256 rows per core, only the number of inputs changes it, in steps of 4 KiB. The time of
 *     an eval per byte of weights is compared between programs that differ only in size, by a few
 *     percent. Outputs are compared with the reference before anything is timed; then evals of all
 *     programs of a place alternate in random order.
 * arms: fp16 (around 1 MiB per core: 0, 4, 8, 12, 16, 24, 32 and 48 KiB to either side, and the 1
 *     MiB as two convolutions of half the size); multiples (2, 3 and 4 MiB, each also with 32 KiB
 *     less and more); int8 (1 MiB per core as stored, and 0.5 MiB, which is 1 MiB as fp16, each
 *     also with 32 KiB less and more).
 * unit of replication: the process: its median evals, as ratios.
 * sample size: 3 trials per arm in the quick preset, 6 in the full one; 20 evals of a program, but
 *     at most 0.1 s of them, and at least 3; 3 in virtual time. On a cpu device the quick preset
 *     has only 1 MiB in fp16: whole, in two parts, and with 32 KiB less and more. The number of
 *     cores is reported by the device; 16 if it is not.
 * margin: in results/findings.csv, in percent: by how much a whole number of MiB must be slower
 *     than the slower of its neighbours, or the whole than its parts; for the half width, in
 *     percent of the published one.
 * decision rule: By the 95 % t interval of the mean log ratio over processes: reproduced above 1
 *     plus the margin, contradicted below. Multiples: reproduced when 2, 3 and 4 MiB are,
 *     contradicted when one is. As stored: reproduced when int8 is slow at 1 MiB but not at 0.5
 *     MiB, contradicted when one is otherwise. Half width: the area of the slow-down over its peak,
 *     which for a triangle is the half width; reproduced when its interval lies within the margin
 *     of the published one, contradicted outside. Claims about the slow window are unsupported if
 *     there is none.
 * would prove it wrong: one straight line of time in bytes through 1, 2, 3 and 4 MiB.
 * confounders: the part of an eval that is not streaming makes ratios smaller; a compiler may split
 *     or pad a matrix; int8 weights may become fp16 when the program is compiled; cores may be
 *     counted differently.
 * sources: eiln.github.io/posts/ane-dma (M3: window, width, split, cause: a counter of lines of 64 bytes),
 *     sbryngelson/ANEForge (M5 Pro: 4096 x 4096 at 113 GB/s, no window).
 */
#include "experiment/experiment.h"
#include "experiment/stream.h"
#include "stream_notch_about.h"
#include "stream_notch_judge.h"

#include <stdio.h>
#include <string.h>

enum { ROWS_A_CORE = 256, EVALS = 20, MIN_EVALS = 3, VIRTUAL_EVALS = 3, WARM_UP = 2 };
enum { POINTS_MAX = 24, NEAR_KB = STREAM_NOTCH_NEAR_KB };
static const double segment_ns = 1e8;

enum { FP16, MULTIPLES, INT8, N_ARMS };
static const struct experiment_arm arms[N_ARMS] = {
    [FP16] = {"fp16", "around 1 MiB per core, and in two parts", 3, 6, 300},
    [MULTIPLES] = {"multiples", "2, 3 and 4 MiB per core and their neighbours", 3, 6, 600},
    [INT8] = {"int8", "1 and 0.5 MiB per core in int8 and their neighbours", 3, 6, 300},
};

static const struct experiment_column columns[] = {
    {"chip", EXPERIMENT_FACTOR},
    {"cores", EXPERIMENT_FACTOR},
    {"format", EXPERIMENT_FACTOR},    /* fp16, int8 */
    {"place_kb", EXPERIMENT_FACTOR},  /* bytes per core at the place, in KiB, as stored */
    {"offset_kb", EXPERIMENT_FACTOR}, /* this matrix's distance from there */
    {"parts", EXPERIMENT_FACTOR},     /* 2: as two convolutions */
    {"outputs", EXPERIMENT_FACTOR},
    {"inputs", EXPERIMENT_FACTOR},
    {"weight_kb", EXPERIMENT_FACTOR}, /* of the whole matrix */
    {"eval", EXPERIMENT_FACTOR},
    {"eval_ns", EXPERIMENT_NUMBER},
};

/* One matrix near a place. */
struct point {
    struct stream_spec spec;
    int offset_kb;
    struct specimen *specimen; /* NULL: the device does not accept it */
};

/* The programs timed in turn. */
struct place {
    int kb, cores;
    enum stream_format format;
    char chip[TRIAL_CHIP_SIZE];
    struct point points[POINTS_MAX];
    int n;
};

/* ---- collection ------------------------------------------------------------------------------ */

static void point_add(struct place *place, int offset_kb, bool in_two) {
    const int element = place->format == STREAM_INT8 ? 1 : 2;
    struct point *p = &place->points[place->n++];
    *p = (struct point){.offset_kb = offset_kb,
        .spec = {.outputs = ROWS_A_CORE * place->cores,
            .inputs = (place->kb + offset_kb) * 1024 / ROWS_A_CORE / element,
            .format = place->format}};
    if (in_two)
        p->spec.first_rows = p->spec.outputs / 2;
}

static void neighbours_add(struct place *place) {
    point_add(place, 0, false);
    point_add(place, -NEAR_KB, false);
    point_add(place, NEAR_KB, false);
}

static void point_row(struct trial *t, const struct place *place, const struct point *p) {
    trial_text(t, "chip", place->chip);
    trial_u64(t, "cores", (uint64_t)place->cores);
    trial_text(t, "format", stream_format_name(place->format));
    trial_u64(t, "place_kb", (uint64_t)place->kb);
    trial_number(t, "offset_kb", p->offset_kb);
    trial_u64(t, "parts", p->spec.first_rows > 0 ? 2 : 1);
    trial_u64(t, "outputs", (uint64_t)p->spec.outputs);
    trial_u64(t, "inputs", (uint64_t)p->spec.inputs);
    trial_number(t, "weight_kb", stream_bytes(&p->spec) / 1024);
}

/* Programs that the device refuses or gets wrong are left out, with a row. */
static int point_open(struct trial *t, const struct place *place, struct point *p) {
    struct device_error error;
    bool right;
    const enum device_status status = stream_open(t, &p->spec, &p->specimen, &right, &error);
    if (status == DEVICE_OK && right)
        return 0;
    if (status == DEVICE_BROKEN)
        return trial_break_error(t, &error);
    point_row(t, place, p);
    if (status != DEVICE_OK)
        trial_row_error(t, &error);
    else
        trial_row(t, SAMPLE_UNTRUSTED, "the output differs from the reference");
    specimen_free(p->specimen);
    p->specimen = NULL;
    return 0;
}

static int point_eval(struct trial *t, const struct place *place, const struct point *p, int turn) {
    struct device_error error;
    const uint64_t start_ns = trial_clock_ns(t);
    if (specimen_run(p->specimen, &error) != DEVICE_OK)
        return trial_break_error(t, &error);
    const uint64_t eval_ns = trial_clock_ns(t) - start_ns;
    if (turn < 0)
        return 0;
    point_row(t, place, p);
    trial_u64(t, "eval", (uint64_t)turn + 1);
    trial_u64(t, "eval_ns", eval_ns);
    trial_row(t, SAMPLE_OK, "");
    return 0;
}

static int evals_run(struct trial *t, const struct place *place) {
    const bool virtual = device_is_virtual(t->device);
    const int turns = virtual ? VIRTUAL_EVALS : EVALS;
    uint64_t begin_ns = 0;
    int result = 0;
    for (int turn = -WARM_UP; turn < turns && result == 0; turn++) {
        unsigned order[POINTS_MAX];
        if (turn == 0)
            begin_ns = trial_clock_ns(t);
        if (turn >= MIN_EVALS && !virtual &&
            (double)(trial_clock_ns(t) - begin_ns) > segment_ns * place->n)
            break;
        trial_shuffle(t, order, (unsigned)place->n);
        for (int i = 0; i < place->n && result == 0; i++)
            if (place->points[order[i]].specimen)
                result = point_eval(t, place, &place->points[order[i]], turn);
    }
    return result;
}

static int place_run(struct trial *t, struct place *place) {
    int result = 0;
    for (int i = 0; i < place->n && result == 0; i++)
        result = point_open(t, place, &place->points[i]);
    if (result == 0)
        result = evals_run(t, place);
    for (int i = 0; i < place->n; i++)
        specimen_free(place->points[i].specimen);
    return result;
}

static int run(struct trial *t) {
    static const int places_kb[N_ARMS][4] = {
        [FP16] = {1024}, [MULTIPLES] = {2048, 3072, 4096}, [INT8] = {1024, 512}};
    static const int to_either_side[] = {4, 8, 12, 16, 24, STREAM_NOTCH_FAR_KB};
    const int arm = (int)(t->arm - arms);
    /* each program costs a run of the system's compiler there */
    const bool few = t->quick && !strcmp(device_kind(t->device), "cpu");
    int result = 0;
    if (few && arm != FP16) {
        trial_row(
            t, SAMPLE_UNSUPPORTED, "the quick preset omits it on a cpu device; run the full one");
        return 0;
    }
    for (int i = 0; places_kb[arm][i] > 0 && result == 0; i++) {
        struct place place = {.kb = places_kb[arm][i],
            .cores = stream_cores(t),
            .format = arm == INT8 ? STREAM_INT8 : STREAM_FP16};
        trial_chip(t, place.chip);
        neighbours_add(&place);
        if (arm == FP16)
            point_add(&place, 0, true);
        for (size_t k = 0; arm == FP16 && !few && k < sizeof to_either_side / sizeof(int); k++) {
            point_add(&place, -to_either_side[k], false);
            point_add(&place, to_either_side[k], false);
        }
        result = place_run(t, &place);
    }
    return result;
}

EXPERIMENT_MAIN("stream_notch", run, stream_notch_judge)
