/* SPDX-License-Identifier: MIT
 *
 * The model device: opening, closing, properties, and its table of functions.
 */
#include "device/model/model_internal.h"
#include "mil/eval.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void model_close(struct device *device) {
    struct model_device *model = (struct model_device *)device;
    free(model->seen.slots);
    mil_eval_memo_free(model->memo);
    free(model);
}

static void model_properties(struct device *device, device_property_fn *property, void *context) {
    const struct model_device *model = (const struct model_device *)device;
    property(context, "chip", model->params.chip);
    property(context, "os", model->params.os);
    property(context, "device", device->name);
    property(context, "clock", device->table->clock);
    property(context, "model_numerics", model->numerics ? "on" : "off");
    model_params_list(&model->params, property, context);
    model_basis_list(model->basis, property, context);
}

static uint64_t model_clock_ns(struct device *device) {
    return ((struct model_device *)device)->now_ns;
}

/* In virtual time the host's work takes none. */
static enum device_status model_host_load_start(struct device *device, struct device_error *error) {
    (void)device;
    (void)error;
    return DEVICE_OK;
}

static void model_host_load_stop(struct device *device) {
    (void)device;
}

static void model_host_thread(struct device *device) {
    (void)device;
}

static const struct device_table table = {
    .kind = "model",
    .clock = "virtual",
    .close = model_close,
    .properties = model_properties,
    .clock_ns = model_clock_ns,
    .program_create = model_program_create,
    .program_free = model_program_free,
    .program_hash = model_program_hash,
    .compile = model_compile,
    .compile_start = model_compile_start,
    .compile_poll = model_compile_poll,
    .compile_wait = model_compile_wait,
    .compile_info = model_compile_info,
    .load = model_load,
    .unload = model_unload,
    .layout = model_layout,
    .surface_create = model_surface_create,
    .surface_free = model_surface_free,
    .surface_lock = model_surface_lock,
    .surface_unlock = model_surface_unlock,
    .request_create = model_request_create,
    .request_free = model_request_free,
    .eval = model_eval,
    .stats_ask = model_stats_ask,
    .stats_read = model_stats_read,
    .source_rewrite = model_source_rewrite,
    .compiled_rewrite = model_compiled_rewrite,
    .chain_prepare = model_chain_prepare,
    .chain_ready = model_chain_ready,
    .chain_enqueue = model_chain_enqueue,
    .chain_free = model_chain_free,
    .host_load_start = model_host_load_start,
    .host_load_stop = model_host_load_stop,
    .host_thread = model_host_thread,
};

enum device_status model_error_refuse(
    struct device_error *error, int code, const char *stage, const char *text) {
    device_error_set(error, DEVICE_FAILED, stage, "%s", text);
    error->code = code;
    snprintf(error->domain, sizeof error->domain, "%s", MODEL_DOMAIN);
    return DEVICE_FAILED;
}

bool model_qos_check(
    const struct model_device *model, int qos, const char *stage, struct device_error *error) {
    bool exists = qos >= 0 && qos <= 63;
    if (exists && qos != model->qos_refused)
        return true;
    model_error_refuse(error, MODEL_CODE_ARGUMENT, stage,
        exists ? "this quality of service is refused; give another"
               : "the quality of service is not in 0..63; give one that is");
    return false;
}

double model_qos_factor(const struct model_params *params, int qos) {
    double share = qos == DEVICE_QOS_BACKGROUND ? 1 : qos == DEVICE_QOS_UTILITY ? 0.5 : 0;
    return 1 + share * params->qos_effect_pct / 100;
}

void model_noise_stop(struct device *device) {
    struct model_device *model = (struct model_device *)device;
    struct model_params quiet = model->params;
    quiet.eval_cv_pct = quiet.process_cv_pct = quiet.drift_pct_per_min = quiet.outlier_pct = 0;
    model_noise_open(&model->noise, &quiet, 0);
}

static enum device_status usage_refuse(
    struct device_error *error, const char *what, const char *options) {
    char text[sizeof error->text];
    snprintf(text, sizeof text,
        "%s \"model:%.200s\"; write model:FILE, model:CHIP, or either with "
        ",numerics=off",
        what, options);
    return device_error_usage(error, text);
}

/* FILE or FILE,numerics=off */
static enum device_status options_parse(const char *options, char *path, size_t path_bytes,
    bool *numerics, struct device_error *error) {
    const char *comma = strrchr(options, ',');
    size_t length = strlen(options);

    *numerics = true;
    if (comma && strchr(comma, '=')) {
        if (strcmp(comma, ",numerics=off") == 0)
            *numerics = false;
        else if (strcmp(comma, ",numerics=on") != 0)
            return usage_refuse(error, "unknown option in", options);
        length = (size_t)(comma - options);
    }
    if (length == 0)
        return usage_refuse(error, "no file or chip given in", options);
    if (length >= path_bytes)
        return usage_refuse(error, "path too long in", options);
    memcpy(path, options, length);
    path[length] = '\0';
    return DEVICE_OK;
}

/* CHIP or FILE; *path becomes the chip's name as it is listed. A name without / and . is a chip's
 * when there is one, else a file's when there is one. */
static enum device_status params_read(
    char *path, struct model_device *model, struct device_error *error) {
    struct model_chip chip;
    struct stat st;

    if (strpbrk(path, "/."))
        return model_file_read(path, &model->params, error);
    enum device_status status = model_chip_read(path, &chip, error);
    if (status != DEVICE_OK)
        return stat(path, &st) == 0 ? model_file_read(path, &model->params, error) : status;
    model->params = chip.params;
    memcpy(model->basis, chip.basis, sizeof model->basis);
    strcpy(path, chip.name); /* as long as what was given */
    return DEVICE_OK;
}

enum device_status model_device_open(
    const char *options, uint64_t seed, struct device **out, struct device_error *error) {
    struct model_device *model;
    enum device_status status;
    char path[sizeof model->base.name - sizeof "model:,numerics=off"];

    *out = NULL;
    model = calloc(1, sizeof *model);
    if (model)
        model->memo = mil_eval_memo_new();
    if (!model || !model->memo) {
        free(model);
        return device_error_set(error, DEVICE_BROKEN, "open", "memory is out");
    }
    status = options_parse(options, path, sizeof path, &model->numerics, error);
    if (status == DEVICE_OK)
        status = params_read(path, model, error);
    if (status != DEVICE_OK) {
        model_close(&model->base);
        return status;
    }
    snprintf(model->base.name, sizeof model->base.name, "model:%s%s", path,
        model->numerics ? "" : ",numerics=off");
    model_noise_open(&model->noise, &model->params, seed);
    bool qos_fails = model->params.qos_failure == MODEL_FAILURE_ERROR;
    model->qos_refused = qos_fails ? (int)model->params.qos_refused : -1;
    model->qos_wrong = qos_fails ? -1 : (int)model->params.qos_refused;
    for (int qos = 0; qos < 64; qos++)
        model->qos_factor[qos] = model_qos_factor(&model->params, qos);
    double turns = 2 - model->params.overlap;
    model->eval_stretch = turns * (1 + model->params.eval_slowdown_pct / 100);
    model->compile_stretch = turns * (1 + model->params.compile_slowdown_pct / 100);
    model->base.table = &table;
    *out = &model->base;
    return DEVICE_OK;
}
