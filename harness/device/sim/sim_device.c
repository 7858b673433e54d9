/* SPDX-License-Identifier: MIT
 *
 * The sim device: opening, closing, properties, and its table of functions.
 */
#include "device/sim/sim_internal.h"
#include "mil/eval/eval.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Experiments ask for tens of megabytes of weights, again and again. Where each would be fresh pages of the system's,
 * clearing them is up to half of all the time that a trial takes here, so freed memory is kept. */
static void memory_keep(void) {
#ifdef __GLIBC__
    enum { TRIM_FROM_BYTES = 1 << 30 };
    (void)mallopt(M_MMAP_MAX, 0);
    (void)mallopt(M_TRIM_THRESHOLD, TRIM_FROM_BYTES);
#endif
}

static void sim_close(struct device *device) {
    struct sim_device *sim = (struct sim_device *)device;
    free(sim->seen.slots);
    mil_eval_memo_free(sim->base.memo);
    free(sim);
}

static void sim_properties(struct device *device, device_property_fn *property, void *context) {
    const struct sim_device *sim = (const struct sim_device *)device;
    property(context, "chip", sim->params.chip);
    property(context, "os", sim->params.os);
    property(context, "device", device->name);
    property(context, "clock", device_clock(device));
    char cores[32];
    snprintf(cores, sizeof cores, "%.0f", sim->params.engine_cores);
    property(context, "eval_cores", cores);
    property(context, "sim_numerics", sim->numerics ? "on" : "off");
    sim_params_list(&sim->params, property, context);
    sim_basis_list(sim->basis, property, context);
}

static uint64_t sim_clock_ns(struct device *device) {
    return ((struct sim_device *)device)->now_ns;
}

static void sim_host_pause(struct device *device, uint64_t pause_ns) {
    struct sim_device *sim = (struct sim_device *)device;
    sim_idle(sim, pause_ns);
    if (sim->params.limit_back == SIM_BACK_WAIT && pause_ns >= SIM_BACK_WAIT_S * 1000000000ull)
        sim->cold_compiles = 0;
}

static enum device_status sim_host_load_start(struct device *device, struct device_error *error) {
    (void)error;
    ((struct sim_device *)device)->host_loaded = true;
    return DEVICE_OK;
}

static void sim_host_load_stop(struct device *device) {
    ((struct sim_device *)device)->host_loaded = false;
}

/* One processor, which others have for themselves while they use the machine. */
static void sim_disturbance_read(struct device *device, struct disturbance_reading *reading) {
    *reading = (struct disturbance_reading){.at_ns = sim_clock_ns(device),
        .busy_ns = (uint64_t)sim_busy_ns(device),
        .n_processors = 1,
        .has_busy = true};
}

static const struct device_table table = {
    .kind = "sim",
    .clock = "virtual",
    .keeps_states = true,
    .close = sim_close,
    .properties = sim_properties,
    .clock_ns = sim_clock_ns,
    .disturbance_read = sim_disturbance_read,
    .program_create = sim_program_create,
    .program_destroy = sim_program_destroy,
    .compile = sim_compile,
    .compile_start = sim_compile_start,
    .compile_poll = sim_compile_poll,
    .compile_wait = sim_compile_wait,
    .load = sim_load,
    .unload = sim_unload,
    .purge = sim_purge,
    .surface_create = sim_surface_create,
    .surface_destroy = sim_surface_destroy,
    .surface_lock = sim_surface_lock,
    .surface_unlock = sim_surface_unlock,
    .request_create = sim_request_create,
    .request_destroy = sim_request_destroy,
    .eval = sim_eval,
    .eval_lanes = sim_eval_lanes,
    .placement = sim_placement,
    .stats_ask = sim_stats_ask,
    .stats_read = sim_stats_read,
    .counters_ask = sim_counters_ask,
    .counters_read = sim_counters_read,
    .program_pin = sim_program_pin,
    .source_rewrite = sim_source_rewrite,
    .compiled_rewrite = sim_compiled_rewrite,
    .weights_map = sim_weights_map,
    .weights_sync = sim_weights_sync,
    .weights_unmap = sim_weights_unmap,
    .chain_prepare = sim_chain_prepare,
    .chain_ready = sim_chain_ready,
    .chain_enqueue = sim_chain_enqueue,
    .chain_destroy = sim_chain_destroy,
    .host_load_start = sim_host_load_start,
    .host_load_stop = sim_host_load_stop,
    .host_pause = sim_host_pause,
};

double sim_qos_factor(const struct sim_params *params, int qos) {
    double share = qos == DEVICE_QOS_BACKGROUND ? 1 : qos == DEVICE_QOS_UTILITY ? 0.5 : 0;
    return 1 + share * params->qos_effect_pct / 100;
}

void sim_noise_stop(struct device *device) {
    struct sim_device *sim = (struct sim_device *)device;
    struct sim_params quiet = sim->params;
    quiet.eval_cv_pct = quiet.process_cv_pct = quiet.drift_pct_per_min = quiet.outlier_pct = 0;
    sim_noise_open(&sim->noise, &quiet, 0);
}

void sim_compile_times(struct device *device, double compile_ms, double compile_per_mb_ms) {
    struct sim_device *sim = (struct sim_device *)device;
    sim->params.compile_ms = compile_ms;
    sim->params.compile_per_mb_ms = compile_per_mb_ms;
}

static enum device_status usage_refuse(
    struct device_error *error, const char *what, const char *options) {
    char text[sizeof error->text];
    snprintf(text, sizeof text,
        "%s \"sim:%.200s\"; write sim:FILE, sim:CHIP, or either with "
        ",way=direct|ne|ne-copy|gpu|cpu and ,numerics=off",
        what, options);
    return device_error_usage(error, text);
}

/* One option behind the file, from its comma on; false when there is none of that name and value. */
static bool option_take(struct sim_device *sim, const char *option, size_t length) {
    for (int way = 0; way < DEVICE_WAYS; way++) {
        char text[16];
        const int n = snprintf(text, sizeof text, ",way=%s", device_way_name((enum device_way)way));
        if ((size_t)n == length && memcmp(option, text, length) == 0) {
            sim->way = (enum device_way)way;
            return true;
        }
    }
    sim->numerics = length == strlen(",numerics=on") && memcmp(option, ",numerics=on", length) == 0;
    return sim->numerics ||
           (length == strlen(",numerics=off") && memcmp(option, ",numerics=off", length) == 0);
}

/* FILE, and options of the kind ,KEY=VALUE: from the last one on, since a file's name may have a comma. */
static enum device_status options_parse(struct sim_device *sim, const char *options, char *path,
    size_t path_bytes, struct device_error *error) {
    size_t length = strlen(options);

    sim->numerics = true;
    for (size_t at = length; at-- > 0;) {
        if (options[at] != ',')
            continue;
        if (!memchr(options + at, '=', length - at))
            break;
        if (!option_take(sim, options + at, length - at))
            return usage_refuse(error, "unknown option in", options);
        length = at;
    }
    if (length == 0)
        return usage_refuse(error, "no file or chip given in", options);
    if (length >= path_bytes)
        return usage_refuse(error, "path too long in", options);
    memcpy(path, options, length);
    path[length] = '\0';
    return DEVICE_OK;
}

/* CHIP or FILE; for a chip, *path becomes its listed name. A name without / and . is a chip if one
 * is known, else a file if it exists. */
static enum device_status params_read(
    char *path, struct sim_device *sim, struct device_error *error) {
    struct sim_chip chip;
    struct stat st;

    if (strpbrk(path, "/."))
        return sim_file_read(path, &sim->params, error);
    enum device_status status = sim_chip_read(path, &chip, error);
    if (status != DEVICE_OK)
        return stat(path, &st) == 0 ? sim_file_read(path, &sim->params, error) : status;
    sim->params = chip.params;
    memcpy(sim->basis, chip.basis, sizeof sim->basis);
    strcpy(path, chip.name); /* as long as the given name */
    return DEVICE_OK;
}

enum device_status sim_device_open(
    const char *options, uint64_t seed, struct device **out, struct device_error *error) {
    struct sim_device *sim;
    enum device_status status;
    char path[sizeof sim->base.name - sizeof "sim:,way=ne-copy,numerics=off"];

    *out = NULL;
    memory_keep();
    sim = calloc(1, sizeof *sim);
    if (sim)
        sim->base.memo = mil_eval_memo_new();
    if (!sim || !sim->base.memo) {
        free(sim);
        return device_memory_out(error, "open");
    }
    status = options_parse(sim, options, path, sizeof path, error);
    if (status == DEVICE_OK)
        status = params_read(path, sim, error);
    if (status != DEVICE_OK) {
        sim_close(&sim->base);
        return status;
    }
    const bool direct = sim->way == DEVICE_WAY_DIRECT;
    snprintf(sim->base.name, sizeof sim->base.name, "sim:%s%s%s%s", path,
        direct ? "" : ",way=", direct ? "" : device_way_name(sim->way),
        sim->numerics ? "" : ",numerics=off");
    sim_noise_open(&sim->noise, &sim->params, seed);
    bool qos_fails = sim->params.qos_failure == SIM_FAILURE_ERROR;
    sim->qos_refused = qos_fails ? (int)sim->params.qos_refused : -1;
    sim->qos_wrong = qos_fails ? -1 : (int)sim->params.qos_refused;
    for (int qos = 0; qos < 64; qos++)
        sim->qos_factor[qos] = sim_qos_factor(&sim->params, qos);
    double turns = 2 - sim->params.overlap;
    sim->eval_stretch = turns * (1 + sim->params.eval_slowdown_pct / 100);
    sim->compile_stretch = turns * (1 + sim->params.compile_slowdown_pct / 100);
    sim->base.table = &table;
    *out = &sim->base;
    return DEVICE_OK;
}
