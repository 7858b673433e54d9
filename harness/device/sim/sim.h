/* SPDX-License-Identifier: MIT
 *
 * An engine with known properties, in virtual time: ground truth for the probes, and a
 * plan for a chip that is not here. Nothing in it is measured, and nothing in it waits.
 *
 * A sim file is lines of `key,value`; a line that starts with # is a comment. Each device_open is
 * a new process of the simulated engine: limits start from zero, nothing is cached, and the process
 * has a speed of its own.
 *
 * MB is 2^20 bytes, GB/s 10^9 bytes/s. Every default is a plain engine of round numbers; none is a
 * claim about any chip.
 */
#ifndef ANEPROBE_DEVICE_SIM_SIM_H
#define ANEPROBE_DEVICE_SIM_SIM_H

#include "device/device.h"

/* What runs out in a process. */
enum sim_limit_kind {
    SIM_LIMIT_NONE,
    SIM_LIMIT_COMPILES, /* cold compiles in the process's life; cache hits are free */
    SIM_LIMIT_LOADED,   /* programs loaded at once */
    SIM_LIMIT_BYTES     /* weight bytes loaded at once, in MB */
};

/* What the call past the limit does, and one at a refused QoS. */
enum sim_failure {
    SIM_FAILURE_ERROR, /* it fails */
    SIM_FAILURE_SILENT /* it says yes; see limit_failure and qos_failure */
};

/* How far a chained request gets. */
enum sim_chain {
    SIM_CHAIN_NONE,          /* not there: unsupported */
    SIM_CHAIN_PREPARE_FAILS, /* prepare fails with code 15 */
    SIM_CHAIN_ACCEPTED_ONLY, /* every call says yes, nothing runs */
    SIM_CHAIN_WORKS
};

/* What a program reads from a surface that another program's eval wrote. */
enum sim_sharing {
    SIM_SHARING_COHERENT, /* what that eval wrote */
    SIM_SHARING_STALE,    /* what the host last wrote there */
    SIM_SHARING_REFUSED   /* the eval fails */
};

/* The engine's own statistics of an eval, where they were asked for. */
enum sim_stats {
    SIM_STATS_NONE,   /* not there: unsupported */
    SIM_STATS_NIL,    /* can be asked for, and never come */
    SIM_STATS_ZERO,   /* come, and say 0 */
    SIM_STATS_DIRECT, /* come on the path DEVICE_PATH_DIRECT, which a stand-in has, alone */
    SIM_STATS_WORKS   /* the time of the eval less dispatch_us */
};

/* Which calls a disturbance slows down. */
enum sim_side {
    SIM_SIDE_BOTH,
    SIM_SIDE_ENGINE, /* evals and chains */
    SIM_SIDE_HOST    /* compiles, loads and all other calls */
};

/* One field a key. Times of one call are nominal: see "noise". */
struct sim_params {
    char chip[64], os[64]; /* label only; default "sim" and "none" */

    /* A compile of text or weights that this process has not compiled yet is cold and takes
     * compile_ms + compile_per_mb_ms * MB of weights; any other takes cached_compile_ms. */
    double compile_ms;        /* 20 */
    double compile_per_mb_ms; /* 2 */
    double cached_compile_ms; /* 1 */
    double load_ms;           /* 2 */
    double unload_ms;         /* 0.5 */
    double first_use_ms;      /* 10; added to the first compile, and to the first load */

    /* eval = dispatch_us + max(work / tflops, bytes / bandwidth_gbs) * S; S = spill_slowdown when
     * the program's weights are more than sram_mb, else 1. `work` is two for each multiply-add of
     * conv, matmul, linear and attention, as published throughputs count; `bytes` are the
     * function's weights, inputs and outputs, once each, but see notch_mb. */
    double dispatch_us;    /* 150 */
    double tflops;         /* 10 */
    double bandwidth_gbs;  /* 100 */
    double sram_mb;        /* 32 */
    double spill_slowdown; /* 2 */

    /* Weights of which a core gets a whole multiple of notch_mb count notch_slowdown times their bytes;
     * so many by a straight line down to once at notch_kb from the multiple. A core gets
     * ceil(rows / engine_cores) rows, along the first axis longer than 1, in the blob's own type. */
    double engine_cores;   /* 1 */
    double notch_mb;       /* 0: there is none */
    double notch_kb;       /* 16 */
    double notch_slowdown; /* 2 */

    /* limit_value things work and the next does not. A second thing, of another kind, may run out
     * as well. Past a limit silently: the program takes no room and its evals write zeros. */
    enum sim_limit_kind limit_kind;  /* none */
    double limit_value;              /* no default: needed unless limit_kind is none */
    enum sim_limit_kind limit2_kind; /* none */
    double limit2_value;             /* as limit_value */
    enum sim_failure limit_failure;  /* error */

    /* Does rewriting the source blob, or the compiled data, change what the next load brings in?
     * Is a weights buffer in the request used? Where not, the call says yes all the same. */
    bool reload_source;           /* 0 */
    bool reload_compiled;         /* 0 */
    bool weights_buffer;          /* 0 */
    double qos_effect_pct;        /* 0; see sim_qos_factor */
    double qos_refused;           /* a QoS in 0..63 that does not work; left out: all work */
    enum sim_failure qos_failure; /* error; silent: evals and chains at that QoS write zeros */

    enum sim_chain chain; /* none */
    double chain_step_us; /* 50; a chain of k steps takes k times this, instead of k evals */

    /* While evals and a compile are both under way: `overlap` is the share of the compile that can
     * go on beside evals; in the rest of it the two take turns in slices as short as you like. So
     * an eval takes (2 - overlap) * (1 + eval_slowdown_pct / 100) times as long as alone, a compile
     * beside which evals never cease (2 - overlap) * (1 + compile_slowdown_pct / 100) times. With
     * overlap 0 and no slow-downs both together take the sum of both alone; with 1, the longer. */
    double overlap;              /* 1 */
    double eval_slowdown_pct;    /* 0 */
    double compile_slowdown_pct; /* 0 */

    /* A surface that the eval of one program wrote, read by an eval of another. Nothing is known of a
     * surface that several programs read: it is like any input. */
    enum sim_sharing shared_surface; /* coherent */
    double shared_surface_pct;       /* 0; by so much longer does the eval take that reads it */

    enum sim_stats eval_stats; /* none */

    /* Noise: the time of every call is multiplied by a log-normal factor of median 1 drawn for the
     * process, one drawn for the call, (1 + drift)^minutes of virtual time since open, and 10 for
     * the share outlier_pct of the calls. No call takes longer than a day. */
    double eval_cv_pct;       /* 0; within a process */
    double process_cv_pct;    /* 0; between processes */
    double drift_pct_per_min; /* 0 */
    double outlier_pct;       /* 0 */

    /* Disturbances that last, each of exponential length, in one sequence a process. For
     * busy_share_pct of the time others use the machine: calls that begin then take
     * busy_slowdown_pct longer, those of busy_side. Pauses are such periods, short and on one side.
     * For low_clock_share_pct of the time the clock is lower and every call takes
     * low_clock_slowdown_pct longer; of that nothing is told (sim_busy_ns). */
    double busy_share_pct;         /* 0 */
    double busy_ms;                /* 2000; the mean length of a period */
    double busy_slowdown_pct;      /* 100 */
    enum sim_side busy_side;       /* both */
    double low_clock_share_pct;    /* 0 */
    double low_clock_ms;           /* 20000; the mean length of a period */
    double low_clock_slowdown_pct; /* 30 */
};

enum { SIM_KEYS = 47 };
void sim_params_default(struct sim_params *params);

/* Reads a sim file over the defaults. Unknown or repeated key, value that is missing or out of
 * range: DEVICE_BROKEN and "FILE:LINE: what is wrong; what to do". A file that cannot be opened is
 * bad usage, see device_error_usage. */
enum device_status sim_file_read(
    const char *path, struct sim_params *out, struct device_error *error);

/* The parameters of a known chip: results/chips.csv over the defaults, found below the source
 * directory, or below $ANEPROBE_SOURCE. `name` is the chip's in small or large letters with a
 * hyphen or a space: m4, M4-Max. Keys that are unknown there keep their defaults. Unknown chip:
 * bad usage, with the chips there are; a file that is missing or wrong: DEVICE_BROKEN. */
struct sim_chip {
    char name[32]; /* as sim:NAME has it: m4-max */
    struct sim_params params;
    /* for each key of sim_params_list, in its order: "fitted", "published" or "default" */
    const char *basis[SIM_KEYS];
};
enum device_status sim_chip_read(
    const char *name, struct sim_chip *out, struct device_error *error);

/* For sim_chip_read: one key's value as a sim file would say it. `place` is "FILE:LINE". */
enum device_status sim_params_set(struct sim_params *params, const char *key, const char *value,
    const char *place, struct device_error *error);
/* The number of a key in sim_params_list, or -1. */
int sim_params_key(const char *key);

/* Calls `property` with "sim_KEY" and the value as a sim file would say it, for every key. */
void sim_params_list(const struct sim_params *params, device_property_fn *property, void *context);

/* Latency at a QoS in 0..63, relative to 21. The engine knows six classes and takes any other
 * number for 21 (dev-erik/ANE, slavko-at-klincov-it/ANE-Training): 9 has the whole of
 * qos_effect_pct, 17, the class between it and 21, half of it, all others none. */
double sim_qos_factor(const struct sim_params *params, int qos);

/* How much there is of what may run out; INFINITY where that does not. */
double sim_limit(const struct sim_params *params, enum sim_limit_kind kind);

/* From now on every call takes its nominal time, as a plan wants it: no noise, drift or outliers. */
void sim_noise_stop(struct device *device);
/* From now on cold compiles take these times, for a plan that knows better than a default. */
void sim_compile_times(struct device *device, double compile_ms, double compile_per_mb_ms);

/* Whether a background compile is over; unlike compile_poll, asking takes no time. */
bool sim_compile_is_over(const struct device_program *program);

/* For how much of the time since it was opened others used the machine, in virtual ns. */
double sim_busy_ns(struct device *device);

/* For a stand-in, which has surfaces of its own and copies: what it has put into this one, under a
 * lock that reads, another program's eval wrote. */
void sim_surface_hand_over(struct device_surface *surface);
/* And what SIM_STATS_WORKS would say of the request's last eval. */
uint64_t sim_request_hardware_ns(const struct device_request *request);

/* The host works for so long by itself, beside any compile. */
void sim_host_work(struct device *device, double elapsed_ns);

/* One compile_poll costs this much virtual time, so that polling loops come to an end. Also passing
 * time: compile, load, unload, eval, chain_prepare and chain_ready (dispatch_us each),
 * chain_enqueue. All other calls are free. host_load_* loads nothing in virtual time. */
enum { SIM_POLL_NS = 100 };

/* `options` is FILE or CHIP, then perhaps ,numerics=off. A name without / and . that is a known
 * chip's is that chip. Without numerics evals pass their time but write no outputs, for timing
 * alone; programs may then come without their weight files: what they cost follows from types. */
enum device_status sim_device_open(
    const char *options, uint64_t seed, struct device **out, struct device_error *error);

#endif
