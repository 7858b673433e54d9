/* SPDX-License-Identifier: MIT
 *
 * An engine with known properties, in virtual time: ground truth for the probes, and the basis of
 * plans for chips that are not at hand. Nothing in it is measured, and nothing waits.
 *
 * A sim file consists of lines `key,value`; a line that starts with # is a comment. Each
 * device_open is a new process of the simulated engine: limits start from zero, nothing is cached,
 * and the process has its own speed.
 *
 * MB is 2^20 bytes, GB/s 10^9 bytes/s. The defaults are a plain engine with round numbers; they
 * claim nothing about any chip.
 */
#ifndef ANEPROBE_DEVICE_SIM_SIM_H
#define ANEPROBE_DEVICE_SIM_SIM_H

#include "device/device.h"

/* The resources that can run out in a process. */
enum sim_limit_kind {
    SIM_LIMIT_NONE,
    SIM_LIMIT_COMPILES, /* cold compiles during the process; cache hits are free */
    SIM_LIMIT_LOADED,   /* programs loaded at once */
    SIM_LIMIT_BYTES     /* weight bytes loaded at once, in MB */
};

/* What a call past the limit, or at a refused QoS, does. */
enum sim_failure {
    SIM_FAILURE_ERROR, /* it fails */
    SIM_FAILURE_SILENT /* it reports success; see limit_failure and qos_failure */
};

/* What gives compiles back that a limit has counted. */
enum sim_back {
    SIM_BACK_NOTHING,
    SIM_BACK_WAIT, /* SIM_BACK_WAIT_S without a call: all of them */
    SIM_BACK_PURGE /* the purge of a program: its own */
};
enum { SIM_BACK_WAIT_S = 15 };

/* How far a chained request gets. */
enum sim_chain {
    SIM_CHAIN_NONE,          /* not there: unsupported */
    SIM_CHAIN_PREPARE_FAILS, /* prepare fails with code 15 */
    SIM_CHAIN_ACCEPTED_ONLY, /* every call succeeds, nothing runs */
    SIM_CHAIN_WORKS
};

/* What a program reads from a surface that another program's eval wrote. */
enum sim_sharing {
    SIM_SHARING_COHERENT, /* what that eval wrote */
    SIM_SHARING_STALE,    /* what the host last wrote there */
    SIM_SHARING_REFUSED   /* the eval fails */
};

/* The engine's own statistics of an eval, if requested. */
enum sim_stats {
    SIM_STATS_NONE,   /* not there: unsupported */
    SIM_STATS_NIL,    /* can be requested, but never come */
    SIM_STATS_ZERO,   /* come, but are 0 */
    SIM_STATS_DIRECT, /* come only on DEVICE_PATH_DIRECT, which a stand-in has */
    SIM_STATS_WORKS   /* the time of the eval less dispatch_us */
};

/* The engine's hardware counters, if requested. */
enum sim_counters {
    SIM_COUNTERS_NONE,     /* not there: unsupported */
    SIM_COUNTERS_NIL,      /* can be requested, but never come */
    SIM_COUNTERS_ZERO,     /* come, but are 0 */
    SIM_COUNTERS_CONSTANT, /* the same numbers, whatever is done */
    SIM_COUNTERS_FREE,     /* count the time, whatever is done */
    SIM_COUNTERS_WORKS /* those in enum device_counter, but the two of cycles, count the eval; others are 0 */
};

/* What counts the bytes that the engine moves, for the whole machine. */
enum sim_traffic {
    SIM_TRAFFIC_NONE,        /* not there */
    SIM_TRAFFIC_WORKS,       /* the bytes of every eval on the engine */
    SIM_TRAFFIC_FROZEN,      /* a number that stands still */
    SIM_TRAFFIC_FREE_RUNNING /* counts the time, whatever is done */
};

/* What becomes of a wish for one of several engines. */
enum sim_hint {
    SIM_HINT_NONE,    /* unsupported */
    SIM_HINT_IGNORED, /* accepted, without effect */
    SIM_HINT_PINS     /* a program runs on that engine, and on the first without a wish */
};

/* What comes of asking for a loaded program's weights as memory. */
enum sim_mutable {
    SIM_MUTABLE_NONE,       /* not there: unsupported */
    SIM_MUTABLE_UNENTITLED, /* refused for want of an entitlement, code 1 */
    SIM_MUTABLE_REFUSED,    /* refused as a bad argument, code 26 */
    SIM_MUTABLE_INERT,      /* every call succeeds, evals do not follow */
    SIM_MUTABLE_SYNC,       /* evals follow what was synchronised */
    SIM_MUTABLE_DIRECT      /* evals follow what was written, synchronised or not */
};

/* What reads the energy of a simulated machine. */
enum sim_meter {
    SIM_METER_NONE,          /* not there */
    SIM_METER_WORKS,         /* counters that follow the energy */
    SIM_METER_FROZEN,        /* counters that stand still */
    SIM_METER_ENGINE_FROZEN, /* only the engine's does */
    SIM_METER_ENGINE_ABSENT, /* the engine has none, as is reported of M6 */
    SIM_METER_FREE_RUNNING,  /* the engine's counts at one rate, whatever is done */
    SIM_METER_FORBIDDEN      /* there, but not for this user */
};

/* What has a counter of its own. */
enum sim_rail { SIM_RAIL_ENGINE, SIM_RAIL_CPU, SIM_RAIL_PACKAGE, SIM_RAILS };

/* What becomes of a program past a limit on programs themselves. */
enum sim_past {
    SIM_PAST_ERROR, /* the call fails */
    SIM_PAST_CRASH, /* it takes the process along, by SIGBUS */
    SIM_PAST_HANG,  /* it never returns: at once the process ends by SIGALRM, its time being over */
    SIM_PAST_SILENT /* it succeeds, and evals are right but take SIM_PAST_SLOWDOWN times as long, as on a processor */
};
enum { SIM_PAST_SLOWDOWN = 100 };

/* Which calls a disturbance slows down. */
enum sim_side {
    SIM_SIDE_BOTH,
    SIM_SIDE_ENGINE, /* evals and chains */
    SIM_SIDE_HOST    /* compiles, loads and all other calls */
};

/* One field per key. The times of calls are nominal: see "noise". */
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
     * the program's weights are more than sram_mb, else 1; when all inputs are zeros,
     * zeros_time_pct percent of that. `work` is two per multiply-add of conv,
     * matmul, linear and attention, as in published throughputs; `bytes` are the function's
     * weights, inputs and outputs, once each, but see notch_mb. A state is an input. */
    double dispatch_us;    /* 150 */
    double tflops;         /* 10 */
    double bandwidth_gbs;  /* 100 */
    double sram_mb;        /* 32 */
    double spill_slowdown; /* 2 */
    double zeros_time_pct; /* 100; a chain takes the same time for zeros */
    bool formats_expand;   /* 0; weights of fewer than 16 bits are streamed as fp16 */

    /* If a core's share of the weights is a multiple of notch_mb, they count notch_slowdown times
     * their bytes; this falls linearly to once at notch_kb from the multiple. A core gets ceil(rows
     * / engine_cores) rows, along the first axis longer than 1, in the blob's own type. */
    double engine_cores;   /* 1 */
    double notch_mb;       /* 0: none */
    double notch_kb;       /* 16 */
    double notch_slowdown; /* 2 */

    /* limit_value things work and the next does not. A second resource, of another kind, may run
     * out as well. Silently past a limit, the program takes no room and its evals write zeros. */
    enum sim_limit_kind limit_kind;  /* none */
    double limit_value;              /* no default: needed unless limit_kind is none */
    enum sim_limit_kind limit2_kind; /* none */
    double limit2_value;             /* as limit_value */
    enum sim_failure limit_failure;  /* error */
    enum sim_back limit_back;        /* nothing */

    /* Limits on a program itself, 0: none. Weight files, statements that are not constants, and
     * elements along an axis of any value act at compile; inputs and outputs of a request together
     * act at eval. */
    double files_limit;             /* 0 */
    enum sim_past files_failure;    /* error */
    double layers_limit;            /* 0 */
    enum sim_past layers_failure;   /* error */
    double axis_limit;              /* 0 */
    enum sim_past axis_failure;     /* error */
    double surfaces_limit;          /* 0 */
    enum sim_past surfaces_failure; /* error */

    /* Whether rewriting the source blob, or the compiled data, changes what the next load brings
     * in, and whether a weights buffer in the request is used. If not, the call still reports
     * success. */
    bool reload_source;   /* 0 */
    bool reload_compiled; /* 0 */
    bool weights_buffer;  /* 0 */
    /* The weights of a loaded procedure as memory: its blobs in the order in which it names them,
     * without gaps, each in its own type. `mutable_stays`: the next load brings in what was
     * changed. */
    enum sim_mutable mutable_weights; /* none */
    bool mutable_stays;               /* 0 */
    double mutable_map_ms;            /* 0.5; unmapping takes as long */
    double mutable_sync_per_mb_ms;    /* 0.5 */
    double qos_effect_pct;            /* 0; see sim_qos_factor */
    double qos_refused;               /* a QoS in 0..63 that does not work; omitted: all work */
    enum sim_failure qos_failure;     /* error; silent: evals and chains at that QoS write zeros */

    /* An engine that had nothing to do, counted from the end of the last eval or chain: for nap_after_ms
     * or longer, the next one takes nap_wake_ms more; for sleep_after_ms or longer, sleep_wake_ms
     * instead; 0: never. For slow_after_us or longer its clock has fallen, and that one takes
     * slow_pct more. */
    double nap_after_ms;   /* 0 */
    double nap_wake_ms;    /* 4 */
    double sleep_after_ms; /* 0 */
    double sleep_wake_ms;  /* 50 */
    double slow_after_us;  /* 0 */
    double slow_pct;       /* 150 */

    /* Evals side by side: as many as in_flight are accepted at a time, so that the dispatch of one
     * overlaps with the work of others; as many programs as there are engines work at a time, and no
     * program on two of them. A round, one eval of each of n lanes, takes the largest of: all evals
     * / min(n, in_flight); all work / min(programs, engines); the longest eval. The last of the lanes
     * ends its evals lane_lag times as late as the first, and those between evenly between. */
    double in_flight;          /* 1 */
    double lane_lag;           /* 1 */
    double engines;            /* 1 */
    enum sim_hint engine_hint; /* none */

    enum sim_chain chain; /* none */
    double chain_step_us; /* 50; a chain of k steps takes k times this instead of k evals */

    /* While evals and a compile are both running: `overlap` is the share of the compile that can
     * run beside evals; for the rest the two alternate in arbitrarily short slices. So an eval
     * takes (2 - overlap) * (1 + eval_slowdown_pct / 100) times as long as alone, and a compile
     * with continuous evals (2 - overlap) * (1 + compile_slowdown_pct / 100) times. With overlap 0
     * and no slow-downs, both together take the sum of both alone; with 1, the longer of the two.
     */
    double overlap;              /* 1 */
    double eval_slowdown_pct;    /* 0 */
    double compile_slowdown_pct; /* 0 */

    /* A surface written by one program's eval and read by another's. A surface that several
     * programs only read is like any input. */
    enum sim_sharing shared_surface; /* coherent */
    double shared_surface_pct;       /* 0; the extra time of the eval that reads it */

    enum sim_stats eval_stats;  /* none */
    enum sim_counters counters; /* none */
    bool counters_add_up;       /* 0; over the evals of a request */

    /* Whether it says where programs are planned to run, which has no effect but on what the engine moves: by
     * Core ML's way to the engine an eval moves the share of its bytes that its planned operations are of all,
     * or none where the engine declines the programs without a word. All operations are planned for the engine but:
     * those of programs with fewer than plan_ops_min or more than plan_ops_max operations, constants
     * not counted; those whose result's last axis is longer than plan_width_max; with plan_few_bits
     * those with weights of fewer than 16 bits. 0: no such limit. */
    bool plan;                /* 0 */
    double plan_ops_min;      /* 0 */
    double plan_ops_max;      /* 0 */
    double plan_width_max;    /* 0 */
    bool plan_few_bits;       /* 0 */
    bool plan_declined;       /* 0 */
    enum sim_traffic traffic; /* none */

    /* By any way but the direct one, as Core ML's, an eval takes public_us more and a compile that is cold
     * public_compile_ms. Copied inputs and outputs pass at copy_gbs; 0: in no time. On the GPU and on the processor
     * an eval takes what its keys say in place of dispatch_us, tflops and bandwidth_gbs, and nothing spills; the
     * GPU takes gpu_w then, which the package has. */
    double public_us;         /* 0 */
    double public_compile_ms; /* 0 */
    double copy_gbs;          /* 0 */
    double gpu_dispatch_us;   /* 200 */
    double gpu_tflops;        /* 5 */
    double gpu_bandwidth_gbs; /* 100 */
    double gpu_w;             /* 10 */
    double cpu_dispatch_us;   /* 10 */
    double cpu_tflops;        /* 0.5 */
    double cpu_bandwidth_gbs; /* 50 */

    /* Noise: the time of every call is multiplied by a log-normal factor of median 1 drawn per
     * process, one drawn per call, (1 + drift)^(minutes of virtual time since open), and by 10 for
     * a share outlier_pct of the calls. No call takes longer than a day. */
    double eval_cv_pct;       /* 0; within a process */
    double process_cv_pct;    /* 0; between processes */
    double drift_pct_per_min; /* 0 */
    double outlier_pct;       /* 0 */

    /* Lasting disturbances, of exponential length, one sequence per process. For busy_share_pct of
     * the time others use the machine: calls of busy_side that begin then take busy_slowdown_pct
     * longer. Pauses are short periods of this kind, on one side. For low_clock_share_pct of the
     * time the clock is lower and every call takes low_clock_slowdown_pct longer; sim_busy_ns does
     * not count that. */
    double busy_share_pct;         /* 0 */
    double busy_ms;                /* 2000; mean length of a period */
    double busy_slowdown_pct;      /* 100 */
    enum sim_side busy_side;       /* both */
    double low_clock_share_pct;    /* 0 */
    double low_clock_ms;           /* 20000; mean length of a period */
    double low_clock_slowdown_pct; /* 30 */

    /* Power. The engine takes engine_idle_w when it has nothing to do; during an eval that, and for as
     * long as the eval's dispatch takes engine_dispatch_w more, for its work engine_compute_w (of W8A8
     * engine_int8_w) or, where moving bytes takes longer than computing, engine_stream_w more. What is
     * more is zeros_power_pct percent of that when all inputs are zeros, and slow_power_pct percent for an
     * eval whose clock has fallen (slow_after_us). The CPU takes cpu_idle_w, and cpu_busy_w more during
     * dispatches, compiles and all calls but pauses. The package takes both and package_rest_w. A counter
     * is updated every meter_period_ms, in steps of meter_step_uj. */
    enum sim_meter meter;     /* none */
    double meter_period_ms;   /* 1 */
    double meter_step_uj;     /* 1 */
    double engine_idle_w;     /* 0 */
    double engine_dispatch_w; /* 0.5 */
    double engine_compute_w;  /* 5 */
    double engine_int8_w;     /* 6 */
    double engine_stream_w;   /* 2 */
    double zeros_power_pct;   /* 50 */
    double slow_power_pct;    /* 20 */
    double cpu_idle_w;        /* 0.3 */
    double cpu_busy_w;        /* 5 */
    double package_rest_w;    /* 2 */
};

enum { SIM_KEYS = 104 };
void sim_params_default(struct sim_params *params);

/* Reads a sim file over the defaults. An unknown or repeated key or a missing or out-of-range value
 * gives DEVICE_BROKEN and "FILE:LINE: what is wrong; what to do". A file that cannot be opened is
 * bad usage, see device_error_usage. */
enum device_status sim_file_read(
    const char *path, struct sim_params *out, struct device_error *error);

/* The parameters of a known chip: results/chips.csv over the defaults, found below the source
 * directory, or below $ANEPROBE_SOURCE. `name` is the chip's, in any case, with a hyphen or a
 * space: m4, M4-Max. Keys without a value there keep their defaults. An unknown chip is bad usage,
 * and the error lists the chips; a missing or wrong file gives DEVICE_BROKEN. */
struct sim_chip {
    char name[32]; /* as in sim:NAME: m4-max */
    struct sim_params params;
    /* for each key of sim_params_list, in its order: "fitted", "published" or "default" */
    const char *basis[SIM_KEYS];
};
enum device_status sim_chip_read(
    const char *name, struct sim_chip *out, struct device_error *error);

/* For sim_chip_read: sets one key to a value as written in a sim file. `place` is "FILE:LINE". */
enum device_status sim_params_set(struct sim_params *params, const char *key, const char *value,
    const char *place, struct device_error *error);
/* The number of a key in sim_params_list, or -1. */
int sim_params_key(const char *key);

/* Calls `property` for every key, with "sim_KEY" and the value as written in a sim file. */
void sim_params_list(const struct sim_params *params, device_property_fn *property, void *context);

/* Latency at a QoS in 0..63, relative to 21. The engine knows six classes and treats any other
 * number as 21 (dev-erik/ANE, slavko-at-klincov-it/ANE-Training): 9 has all of qos_effect_pct, 17,
 * between it and 21, half of it, all others none. */
double sim_qos_factor(const struct sim_params *params, int qos);

/* The limit on that resource; INFINITY if there is none. */
double sim_limit(const struct sim_params *params, enum sim_limit_kind kind);

/* From now on every call takes its nominal time, for plans: no noise, drift or outliers. */
void sim_noise_stop(struct device *device);
/* From now on cold compiles take these times, for plans with better figures than the defaults. */
void sim_compile_times(struct device *device, double compile_ms, double compile_per_mb_ms);

/* Whether a background compile has finished; unlike compile_poll, this takes no time. */
bool sim_compile_is_over(const struct device_program *program);

/* The time since it was opened during which others used the machine, in virtual ns. */
double sim_busy_ns(struct device *device);

/* The energy since it was opened, in joules of virtual time: as a counter shows it, 0 where there is none,
 * and as it is. Reading takes no time. */
double sim_meter_joules(const struct device *device, enum sim_rail rail);
double sim_true_joules(const struct device *device, enum sim_rail rail);
enum sim_meter sim_meter_kind(const struct device *device);

/* The bytes that the engine has moved since it was opened, as its counter says; false where there is none. */
bool sim_traffic_bytes(const struct device *device, uint64_t *bytes);

/* For a stand-in, which copies from its own surfaces: marks that what it put into this one, under a
 * read lock, was written by another program's eval. */
void sim_surface_hand_over(struct device_surface *surface);
/* And by which way a program is evaluated from now on, with copied inputs and outputs or not. */
void sim_program_way(struct device_program *program, enum device_way way, bool copies);
/* And what SIM_STATS_WORKS would report for the request's last eval. */
uint64_t sim_request_hardware_ns(const struct device_request *request);
/* What stands in its room for counters. */
struct device_counters sim_request_counters(const struct device_request *request);

/* The host works for that long, beside any compile. */
void sim_host_work(struct device *device, double elapsed_ns);

/* One compile_poll takes this much virtual time, so that polling loops end. Other calls that take
 * time: compile, load, unload, eval, weights_*, chain_prepare and chain_ready (dispatch_us each),
 * chain_enqueue. All others take none. host_load_* takes no virtual time,
 * and the CPU's power meanwhile. */
enum { SIM_POLL_NS = 100 };

/* `options` is FILE or CHIP, optionally followed by ,way=WAY (device_way_name) and by ,numerics=off. A known chip's name without /
 * and . means that chip. Without numerics evals take their time but write no outputs, for timing
 * only; programs then need no weight files, since their cost follows from types. */
enum device_status sim_device_open(
    const char *options, uint64_t seed, struct device **out, struct device_error *error);

#endif
