/* SPDX-License-Identifier: MIT
 *
 * question: How many programs can one process create before something runs out, and what runs out?
 * hypothesis: The published number of compiles in a process's life, regardless of unloads; only a
 *     new process starts from zero.
 * method: One process creates program after program, each with its own weights, until a call fails,
 *     an output is wrong, or the search limit is reached. Every new program is evaluated into a
 *     poisoned output and compared with the reference; so are a few earlier ones after each new
 *     one, and now and then all of them, since past a limit the calls may still succeed. The
 *     competing explanations differ by arm: compiles run out in all arms, loaded programs only if
 *     they are kept loaded, bytes of weights only if programs are large.
 * arms: keep-tiny (all kept loaded); unload-tiny (each unloaded and freed before the next);
 *     compile-only (compiled and kept, checked one at a time at the end); keep-16mb (kept loaded,
 *     with 16 MB of weights); keep-same-hash (kept loaded, new objects of one text and weights);
 *     wait, purge (as keep-tiny; past the end 15 s pass without a call, or all programs are unloaded and
 *     what the system keeps of their compiles is purged, and up to 3 more are created);
 *     fresh (as keep-tiny, in trials after those of the others in a block).
 * unit of replication: the process: one search.
 * sample size: searched up to 256 programs; on the cpu device, where each costs a run of the system
 *     compiler, up to 136 tiny ones, just past the published number, and 6 of 16 MB, in the quick preset
 *     4 and 2. 1 trial per arm, 2 of fresh and of keep-16mb, so that whatever runs out is tried again
 *     in a later process.
 * margin: counts agree within 2 programs or 5 %, whichever is larger.
 * decision rule: exists holds when any arm that keeps programs loaded reaches an end; if none does,
 *     the report says "none up to N", and the claim is contradicted only when N exceeds the
 *     published number. value holds when the ends all lie in the published range. kind is compiles
 *     when keep-tiny, unload-tiny and compile-only end at the same count; loaded when only
 *     keep-tiny ends; loaded and compiles when the other two end at the same, higher count; bytes
 *     when only keep-16mb ends. Bytes is added to the other kinds when keep-16mb ends at a lower
 *     count than keep-tiny; any other pattern is inconclusive. The claim holds for compiles, with
 *     or without bytes: if fewer programs can be kept loaded than compiled, compiles are not what
 *     runs out. restart-clears holds when every later process gets as far as the first one of its
 *     kind that reached an end. wait-gives-back holds when programs work again after the wait in every process that
 *     reached an end, purge-gives-nothing when none does after the purge.
 * would prove it wrong: more programs kept loaded than the published number; an unload that frees a
 *     place; a new process that fails at once.
 * confounders: programs of 16 MB share all but 128 bytes of their weights (an engine that stored
 *     equal weights once would seem to have no limit on bytes); compiles served from a cache may
 *     not count (labelled; with them nothing is concluded); programs of other processes; a
 *     system-wide limit (why order matters); memory and disk (reported as broken, not as a limit).
 * disturbs: At its limit an engine may also refuse the programs of other processes, at worst until
 *     a reboot (slavko-at-klincov-it/ANE-Training, M3 Pro, after rapid restarts).
 * sources: maderix/ANE#23, maderix and Orion (compiles), libane (compiles, reconnects free), ANEForge
 *     (programs loaded), field guide (tiny programs and bytes loaded), maderix/ANE#26 (programs made).
 */
#include "compile_limit_about.h"
#include "compile_limit_judge.h"
#include "experiment/experiment.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEARCHED = 256 };
/* The search limits on cpu, for tiny and large programs. */
enum { TINY_CPU = 136, TINY_CPU_QUICK = 4, LARGE_CPU = 6, LARGE_CPU_QUICK = 2 };
/* Whether programs can be created again: after so long a wait, so many are tried. */
enum { WAIT_S = 15, AGAIN = 3, BACK_CPU = 2 };
enum { CHANNELS = 64, SPATIAL = 64 };
enum { LARGE_BYTES = 16 << 20, CHECKED_POSITIONS = 4 };
/* Earlier programs checked after each new one, and how often all are checked. */
enum { SPOT_CHECKS = 2, CHECKPOINT = 16, SPOT_CHECKS_LARGE = 1, CHECKPOINT_LARGE = 64 };

static const struct experiment_arm arms[N_ARMS] = {
    [KEEP_TINY] = {"keep-tiny", "tiny programs, all kept loaded", 1, 1, 240},
    [UNLOAD_TINY] = {"unload-tiny", "tiny programs, each unloaded and freed before the next", 1, 1,
        240},
    [COMPILE_ONLY] = {"compile-only", "tiny programs, loaded one at a time at the end", 1, 1, 240},
    [KEEP_LARGE] = {"keep-16mb", "programs with 16 MB of weights, all kept loaded", 2, 2, 300},
    [KEEP_SAME_HASH] = {"keep-same-hash", "objects of the same text and weights, kept loaded", 1, 1,
        240},
    [WAIT] = {"wait", "as keep-tiny; then 15 s without a call, and more programs", 1, 1, 300},
    [PURGE] = {"purge", "as keep-tiny; then all are unloaded and purged, and more programs", 1, 1,
        300},
    [FRESH] = {"fresh", "as keep-tiny, in a process after the others", 2, 2, 240},
};

static const struct experiment_column columns[] = {
    {"searched", EXPERIMENT_FACTOR},   /* programs to create if nothing runs out */
    {"made", EXPERIMENT_FACTOR},       /* programs requested so far, including this one */
    {"program", EXPERIMENT_FACTOR},    /* the one that this row is about, from 1 */
    {"check", EXPERIMENT_FACTOR},      /* new, earlier, late, again */
    {"checked_to", EXPERIMENT_FACTOR}, /* programs created when all were last seen to be right */
    {"loaded", EXPERIMENT_FACTOR},     /* programs loaded at that time */
    {"weight_bytes", EXPERIMENT_FACTOR},
    {"cached", EXPERIMENT_FACTOR}, /* 1 = the compile was served from a cache */
    {"stage", EXPERIMENT_FACTOR},  /* the call that was refused */
    {"code", EXPERIMENT_FACTOR},
    {"domain", EXPERIMENT_FACTOR},
    {"compile_ns", EXPERIMENT_NUMBER},
    {"load_ns", EXPERIMENT_NUMBER},
    {"worst", EXPERIMENT_NUMBER},
};

/* ---- collection ------------------------------------------------------------------------------ */

struct search {
    struct trial *t;
    unsigned searched, made, loaded;
    unsigned checked_to; /* all programs were right when this many existed */
    struct subject_spec spec;
    size_t padding_bytes;
    struct subject_padding *padding;
    bool keep_loaded, load, same_hash;
    uint64_t first_seed;
    struct subject *programs[SEARCHED + AGAIN];
    bool over; /* something ran out */
};

static void search_plan(struct search *s, struct trial *t) {
    const int arm = (int)(t->arm - arms);
    const bool cpu = !strcmp(device_kind(t->device), "cpu");
    *s = (struct search){.t = t,
        .first_seed = trial_random(t),
        .spec = {.kind = SUBJECT_SCALE,
            .channels = CHANNELS,
            .spatial = SPATIAL,
            .depth = 1,
            .check_positions = CHECKED_POSITIONS}};
    s->padding_bytes = arm == KEEP_LARGE ? LARGE_BYTES : 0;
    s->keep_loaded = arm != UNLOAD_TINY && arm != COMPILE_ONLY;
    s->load = arm != COMPILE_ONLY;
    s->same_hash = arm == KEEP_SAME_HASH;
    s->searched = SEARCHED;
    /* On cpu a program costs a run of the system compiler and some 80 MB of disk when large. */
    if (cpu && (arm == WAIT || arm == PURGE))
        s->searched = BACK_CPU; /* no end is known that anything could be given back of */
    else if (cpu && arm == KEEP_LARGE)
        s->searched = t->quick ? LARGE_CPU_QUICK : LARGE_CPU;
    else if (cpu)
        s->searched = t->quick ? TINY_CPU_QUICK : TINY_CPU;
}

static void row_begin(struct search *s, unsigned program, const char *check) {
    trial_u64(s->t, "searched", s->searched);
    trial_u64(s->t, "made", s->made);
    trial_u64(s->t, "program", program);
    trial_text(s->t, "check", check);
    trial_u64(s->t, "checked_to", s->checked_to);
    trial_u64(s->t, "loaded", s->loaded);
    trial_u64(s->t, "weight_bytes", s->padding_bytes + CHANNELS * sizeof(uint16_t));
}

/* Writes the row of a failed call. A refusal ends the search; a broken device is not a limit. */
static int refused_row(
    struct search *s, unsigned program, const char *check, const struct device_error *error) {
    if (error->status == DEVICE_BROKEN)
        return trial_break_error(s->t, error);
    char code[16];
    snprintf(code, sizeof code, "%d", error->code);
    row_begin(s, program, check);
    trial_text(s->t, "stage", error->stage);
    trial_text(s->t, "code", code);
    trial_text(s->t, "domain", error->domain);
    trial_row_error(s->t, error);
    s->over = true;
    return 0;
}

static void wrong_row(struct search *s, unsigned program, const char *check) {
    row_begin(s, program, check);
    trial_text(s->t, "stage", "eval");
    trial_row(
        s->t, SAMPLE_UNTRUSTED, "every call succeeded, but the output differs from the reference");
    s->over = true;
}

/* Creates one more program and writes its row. -1 = the trial is broken. */
static int program_make(struct search *s) {
    struct device *d = s->t->device;
    struct device_error error;
    struct subject **slot = &s->programs[s->made++];
    bool right = true;
    double worst = NAN;
    uint64_t load_ns = 0;
    s->spec.weight_seed = s->first_seed + (s->same_hash ? 0 : s->made);
    if (subject_create(s->t, &s->spec, slot, &error) != DEVICE_OK ||
        subject_compile(*slot, DEVICE_QOS_DEFAULT, &error) != DEVICE_OK)
        return refused_row(s, s->made, "new", &error);
    struct device_compile_info info;
    device_compile_info(d, subject_program(*slot), &info);
    if (s->load) {
        const uint64_t start_ns = trial_clock_ns(s->t);
        if (subject_load(*slot, DEVICE_QOS_DEFAULT, &error) != DEVICE_OK)
            return refused_row(s, s->made, "new", &error);
        load_ns = trial_clock_ns(s->t) - start_ns;
        s->loaded++;
        if (subject_verify(*slot, DEVICE_QOS_DEFAULT, &right, &worst, &error) != DEVICE_OK)
            return refused_row(s, s->made, "new", &error);
    }
    if (!right) {
        wrong_row(s, s->made, "new");
        return 0;
    }
    row_begin(s, s->made, "new");
    trial_u64(s->t, "cached", info.cached);
    trial_u64(s->t, "compile_ns", info.elapsed_ns);
    if (s->load) {
        trial_u64(s->t, "load_ns", load_ns);
        trial_number(s->t, "worst", worst);
    }
    trial_row(s->t, SAMPLE_OK, "");
    if (s->load && !s->keep_loaded) {
        if (subject_unload(*slot, &error) != DEVICE_OK)
            return refused_row(s, s->made, "new", &error);
        s->loaded--;
        subject_free(*slot);
        *slot = NULL;
    }
    return 0;
}

/* Checks an earlier program that is still loaded. Writes a row only when it is wrong. */
static int earlier_check(struct search *s, unsigned index) {
    struct device_error error;
    bool right;
    if (subject_verify(s->programs[index], DEVICE_QOS_DEFAULT, &right, NULL, &error) != DEVICE_OK)
        return refused_row(s, index + 1, "earlier", &error);
    if (!right)
        wrong_row(s, index + 1, "earlier");
    return 0;
}

static int earlier_checks(struct search *s) {
    const bool large = s->padding != NULL;
    const unsigned n_earlier = s->made - 1, spots = large ? SPOT_CHECKS_LARGE : SPOT_CHECKS;
    const bool all =
        s->made % (large ? CHECKPOINT_LARGE : CHECKPOINT) == 0 || s->made == s->searched;
    const unsigned n = all || n_earlier < spots ? n_earlier : spots;
    for (unsigned i = 0; i < n && !s->over; i++) {
        const unsigned index = all ? i : (unsigned)(trial_random(s->t) % n_earlier);
        if (earlier_check(s, index) != 0)
            return -1;
    }
    if (all && !s->over)
        s->checked_to = s->made;
    return 0;
}

/* Checks programs that were only compiled: loads them at the end, one at a time. */
static int late_check(struct search *s, unsigned index) {
    struct device_error error;
    struct subject *program = s->programs[index];
    bool right;
    double worst;
    s->loaded = 1;
    if (subject_load(program, DEVICE_QOS_DEFAULT, &error) != DEVICE_OK ||
        subject_verify(program, DEVICE_QOS_DEFAULT, &right, &worst, &error) != DEVICE_OK ||
        subject_unload(program, &error) != DEVICE_OK)
        return refused_row(s, index + 1, "late", &error);
    if (!right) {
        wrong_row(s, index + 1, "late");
        return 0;
    }
    row_begin(s, index + 1, "late");
    trial_number(s->t, "worst", worst);
    trial_row(s->t, SAMPLE_OK, "");
    return 0;
}

/* All programs are given up, and with them what the system keeps of their compiles. -1 = broken. */
static int all_purge(struct search *s) {
    struct device_error error;
    for (unsigned i = 0; i < s->made; i++) {
        struct subject *program = s->programs[i];
        if (!program)
            continue;
        (void)subject_unload(program, &error); /* one that was never loaded */
        const enum device_status status =
            device_purge(s->t->device, subject_program(program), &error);
        subject_free(program);
        s->programs[i] = NULL;
        if (status != DEVICE_OK)
            return refused_row(s, i + 1, "again", &error);
    }
    s->loaded = 0;
    return 0;
}

/* Past its end: does a wait, or a purge, give places back? One row for each that works, or the first refusal. */
static int again_try(struct search *s, int arm) {
    struct device_error error;
    bool right = true;
    double worst = NAN;
    s->over = false;
    if (arm == WAIT)
        device_host_pause(s->t->device, (uint64_t)WAIT_S * 1000000000);
    else if (all_purge(s) != 0 || s->over)
        return s->over ? 0 : -1;
    for (int i = 0; i < AGAIN; i++) {
        struct subject **slot = &s->programs[s->made++];
        s->spec.weight_seed = s->first_seed + s->made;
        if (subject_create(s->t, &s->spec, slot, &error) != DEVICE_OK ||
            subject_compile(*slot, DEVICE_QOS_DEFAULT, &error) != DEVICE_OK ||
            subject_load(*slot, DEVICE_QOS_DEFAULT, &error) != DEVICE_OK ||
            subject_verify(*slot, DEVICE_QOS_DEFAULT, &right, &worst, &error) != DEVICE_OK)
            return refused_row(s, s->made, "again", &error);
        s->loaded++;
        if (!right) {
            wrong_row(s, s->made, "again");
            return 0;
        }
        row_begin(s, s->made, "again");
        trial_number(s->t, "worst", worst);
        trial_row(s->t, SAMPLE_OK, "");
    }
    return 0;
}

static int run(struct trial *t) {
    const int arm = (int)(t->arm - arms);
    struct search *s = malloc(sizeof *s);
    struct device_error error;
    int result = 0;
    if (!s)
        return trial_break(t, "out of memory; free some and run again");
    search_plan(s, t);
    if (s->padding_bytes > 0 &&
        subject_padding_create(t, &s->spec, s->padding_bytes, &s->padding, &error) != DEVICE_OK)
        result = trial_break_error(t, &error);
    s->spec.padding = s->padding;
    while (result == 0 && !s->over && s->made < s->searched) {
        result = program_make(s);
        if (result == 0 && !s->over && s->keep_loaded)
            result = earlier_checks(s);
    }
    if (!s->load) {
        const unsigned n_compiled = s->over ? s->made - 1 : s->made;
        bool late_over = false;
        for (unsigned i = 0; result == 0 && !late_over && i < n_compiled; i++) {
            s->over = false;
            result = late_check(s, i);
            late_over = s->over;
        }
    }
    if (result == 0 && s->over && (arm == WAIT || arm == PURGE))
        result = again_try(s, arm);
    for (unsigned i = 0; i < s->made; i++)
        subject_free(s->programs[i]);
    subject_padding_free(s->padding);
    free(s);
    return result;
}

EXPERIMENT_MAIN("compile_limit", run, compile_limit_judge)
