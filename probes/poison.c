/* SPDX-License-Identifier: MIT
 *
 * question: Does one operator, or one failed call, spoil the evals after it?
 * hypothesis: A program with `tile` makes every later eval of the process fail; refusals do not.
 * method: A plain convolution is compiled, loaded and found right. Then one thing is done that is
 *     said to spoil the engine, and its outcome is recorded. After that the convolution is
 *     evaluated ten times into poisoned outputs, compared with the reference each time, and a
 *     second one, with other weights, is compiled, loaded and compared. Effects of several things
 *     in one process could not be separated, so a trial does only one.
 * arms: nothing (control); tile (a program with `tile`, evaluated); refused-text (a program that
 *     engine compilers are known to refuse: a kernel 17 wide); infinity (an eval whose output
 *     overflows to infinity and NaN); unload-midway (its program unloaded and loaded again);
 *     wrong-procedure (a request for a procedure that the program does not have).
 * unit of replication: the process: one thing, ten evals and a new program after it.
 * sample size: 2 trials per arm in the quick preset, 6 in the full one.
 * margin: none: every output must be right (largest difference below 2^-8 of the largest element).
 * decision rule: An arm spoils when in every trial an eval or the new program after it failed or
 *     was wrong; it does not when this happened in none; trials that disagree are inconclusive.
 *     When evals go wrong after nothing, every claim is untrusted.
 * would prove it wrong: right outputs after `tile`; wrong ones after a refusal.
 * confounders: a device that refuses `tile` outright shows nothing about evals of it, and one that
 *     accepts the program meant to be refused shows nothing about refusals: such a claim is then
 *     unsupported; damage outside the process (the control would show it in later blocks).
 * disturbs: An eval of `tile` is said to leave the engine unusable for the process; whether also
 *     for other processes has not been published.
 * sources: skyfallsin field guide (tile: status 0x1d from then on, M3 Max), AmiraniLabs/libane and
 *     slavko-at-klincov-it/ANE-Training (silent failures after a refusal, M3 Pro).
 */
#include "experiment/outcome.h"
#include "experiment/specimen.h"
#include "poison_about.h"

#include <math.h>
#include <string.h>

#define X MIL_F16("1, 64, 1, 512") " x"

enum { EVALS_AFTER = 10 };
enum deed { NOTHING, TILE, REFUSED_TEXT, INFINITE, RELOAD, WRONG_PROCEDURE, N_DEEDS };

static const struct experiment_arm arms[N_DEEDS] = {
    [NOTHING] = {"nothing", "control: evals must stay right", 2, 6, 60},
    [TILE] = {"tile", "a program with tile, evaluated", 2, 6, 60},
    [REFUSED_TEXT] = {"refused-text", "a program that engine compilers refuse", 2, 6, 60},
    [INFINITE] = {"infinity", "an eval whose output is not finite", 2, 6, 60},
    [RELOAD] = {"unload-midway", "its own program unloaded and loaded again", 2, 6, 60},
    [WRONG_PROCEDURE] = {"wrong-procedure", "a request for a procedure that does not exist", 2, 6,
        60},
};
static const struct experiment_column columns[] = {
    OUTCOME_COLUMNS, {"deed", EXPERIMENT_FACTOR}, /* the outcome of the thing itself */
    {"n_wrong", EXPERIMENT_NUMBER},               /* evals after it that failed or were wrong */
};

static const struct outcome_claim claims[] = {
    {"poison.tile", "tile", "spoiled", "nothing"},
    {"poison.refused-text", "refused-text", "right", "nothing"},
    {"poison.infinity", "infinity", "right", "nothing"},
    {"poison.reload", "unload-midway", "right", "nothing"},
    {"poison.wrong-procedure", "wrong-procedure", "right", "nothing"},
};

/* ---- collection ------------------------------------------------------------------------------ */

static const struct specimen_function plain = {"main", X,
    MIL_BODY(MIL_CONV_PLAIN, MIL_WEIGHT(MIL_F16("64, 64, 1, 1"), "w"),
        MIL_OP(MIL_F16("1, 64, 1, 512"), "y",
            "conv(x=x, weight=w, strides=strides, pad_type=pad_type, pad=pad, "
            "dilations=dilations, groups=groups)")),
    "y"};
static const struct specimen_function tile = {"main", X,
    MIL_BODY(MIL_INTS("reps", "4", "1, 1, 2, 1"),
        MIL_OP(MIL_F16("1, 64, 2, 512"), "y", "tile(x=x, reps=reps)")),
    "y"};
/* 40000 + 40000 exceeds fp16, and infinity less infinity is NaN. */
static const struct specimen_function overflow = {"main", X,
    MIL_BODY(MIL_OP(MIL_F16("1, 64, 1, 512"), "sum", "add(x=x, y=x)"),
        MIL_OP(MIL_F16("1, 64, 1, 512"), "y", "sub(x=sum, y=sum)")),
    "y, sum"};
/* Valid MIL, but refused by the engine's compiler (sbryngelson/ANEForge: more than 15). */
static const struct specimen_function wide = {"main", X,
    MIL_BODY(MIL_CONV_PLAIN, MIL_WEIGHT(MIL_F16("16, 64, 1, 17"), "w"),
        MIL_OP(MIL_F16("1, 16, 1, 496"), "y",
            "conv(x=x, weight=w, strides=strides, pad_type=pad_type, pad=pad, "
            "dilations=dilations, groups=groups)")),
    "y"};

static const float forty_thousand = 40000;

static enum device_status plain_make(
    struct trial *t, struct specimen **out, struct device_error *error) {
    const struct specimen_spec spec = {
        .functions = &plain, .n_functions = 1, .weight_seed = trial_random(t)};
    return specimen_start(t, &spec, out, error);
}

/* Does the thing; returns its outcome for the column `deed`. A failed call is a valid outcome, with
 * any status. */
static const char *deed_do(struct trial *t, enum deed deed, struct specimen *specimen,
    enum device_status *status, struct device_error *error) {
    enum specimen_outcome outcome = SPECIMEN_RIGHT;
    const struct specimen_spec tiled = {.functions = &tile, .n_functions = 1};
    const struct specimen_spec refused = {.functions = &wide, .n_functions = 1};
    const struct specimen_spec overflowing = {
        .functions = &overflow, .n_functions = 1, .pattern = &forty_thousand, .n_pattern = 1};
    switch (deed) {
    case TILE:
        *status = specimen_try(t, &tiled, &outcome, error);
        break;
    case REFUSED_TEXT:
        *status = specimen_try(t, &refused, &outcome, error);
        break;
    case INFINITE:
        *status = specimen_try(t, &overflowing, &outcome, error);
        break;
    case RELOAD:
        *status = specimen_unload(specimen, error);
        if (*status == DEVICE_OK)
            *status = specimen_load(specimen, error);
        break;
    case WRONG_PROCEDURE:
        *status = specimen_bind(specimen, 0, 99, NULL, error);
        if (*status == DEVICE_OK)
            *status = specimen_eval(specimen, &outcome, error);
        break;
    default:
        *status = DEVICE_OK;
    }
    return *status == DEVICE_OK ? specimen_outcome_name(outcome) : OUTCOME_REFUSED;
}

/* Evaluates the program that was right before, and a new program. */
static int wrong_after(struct trial *t, struct specimen *before) {
    struct specimen *after = NULL;
    struct device_error error;
    enum specimen_outcome outcome;
    int n_wrong = specimen_bind(before, 0, 0, NULL, &error) == DEVICE_OK ? 0 : EVALS_AFTER;
    for (int i = n_wrong; i < EVALS_AFTER; i++)
        n_wrong +=
            specimen_eval(before, &outcome, &error) != DEVICE_OK || outcome != SPECIMEN_RIGHT;
    n_wrong += plain_make(t, &after, &error) != DEVICE_OK ||
               specimen_eval(after, &outcome, &error) != DEVICE_OK || outcome != SPECIMEN_RIGHT;
    specimen_free(after);
    return n_wrong;
}

static int run(struct trial *t) {
    const enum deed deed = (enum deed)(t->arm - arms);
    struct device_error error;
    struct specimen *specimen = NULL;
    enum specimen_outcome outcome;
    int result;
    enum device_status status = plain_make(t, &specimen, &error);
    if (status == DEVICE_OK)
        status = specimen_eval(specimen, &outcome, &error);
    if (status != DEVICE_OK) {
        result = trial_break_error(t, &error);
    } else if (outcome != SPECIMEN_RIGHT) {
        result = trial_break(t, "a plain convolution was %s before anything was done",
            specimen_outcome_name(outcome));
    } else {
        trial_text(t, "deed", deed_do(t, deed, specimen, &status, &error));
        /* Tile must have run, and the program meant to be refused must have been refused; otherwise
         * nothing was tested. */
        const bool asked = deed == TILE           ? status == DEVICE_OK
                           : deed == REFUSED_TEXT ? status == DEVICE_FAILED
                                                  : true;
        const int n_wrong = wrong_after(t, specimen);
        trial_number(t, "n_wrong", n_wrong);
        if (asked || n_wrong > 0)
            status = DEVICE_OK;
        else if (deed == REFUSED_TEXT)
            status = device_error_set(&error, DEVICE_UNSUPPORTED, "compile",
                "the compiler accepts a kernel 17 wide: nothing was refused");
        else
            error.status = status = DEVICE_UNSUPPORTED;
        result =
            outcome_row(t, arms[deed].name, n_wrong == 0 ? "right" : "spoiled", status, &error);
    }
    specimen_free(specimen);
    return result;
}

static int judge(struct judgement *j) {
    outcome_judge(j, claims, sizeof claims / sizeof *claims);
    return 0;
}

EXPERIMENT_MAIN("poison", run, judge)
