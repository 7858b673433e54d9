/* SPDX-License-Identifier: MIT
 *
 * Fields and their places: bench/roofline_suite.py and bench/aggregate_rooflines.py of
 * sbryngelson/ANEForge, and the files under bench/results/rooflines there.
 */
#include "import/rows.h"

#include <json-c/json.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { SCHEMA_VERSION = 2, DEPTH = 64 };

/* What all rows of a file have in common. */
struct aneforge_report {
    struct import_rows *rows;
    const char *path;
    char source[160], date[11], os[80], note[256];
    const char *chip;
    struct error *error;
};

static json_object *member(json_object *object, const char *key) {
    json_object *value = NULL;
    if (json_object_is_type(object, json_type_object))
        json_object_object_get_ex(object, key, &value);
    return value;
}

/* "machine/hardware/chip"; NULL where there is none. */
static json_object *at(json_object *object, const char *place) {
    char path[128], *rest = path;
    snprintf(path, sizeof path, "%s", place);
    for (char *key = strtok_r(rest, "/", &rest); object && key; key = strtok_r(NULL, "/", &rest))
        object = member(object, key);
    return object;
}

static const char *text_at(json_object *object, const char *place) {
    json_object *found = at(object, place);
    return json_object_is_type(found, json_type_string) ? json_object_get_string(found) : "";
}

static int number_bad(const struct aneforge_report *r, const char *config, const char *key) {
    return error_set(r->error, EXIT_BROKEN,
        "%s: %s, %s: not a finite number; the file was written by a run that went wrong, or was "
        "changed",
        r->path, config, key);
}

/* A row, unless the figure is null or not there. */
static int figure_add(const struct aneforge_report *r, json_object *object, const char *key,
    double factor, const char *experiment, const char *config, const char *metric,
    const char *unit) {
    json_object *found = at(object, key);
    if (!found)
        return 0;
    if (!json_object_is_type(found, json_type_double) && !json_object_is_type(found, json_type_int))
        return number_bad(r, config, key);
    const double value = json_object_get_double(found) * factor;
    if (!isfinite(value))
        return number_bad(r, config, key);
    return import_add(r->rows, r->path,
        &(const struct import_row){.source = r->source,
            .date = r->date,
            .chip = r->chip,
            .os = r->os,
            .experiment = experiment,
            .config = config,
            .metric = metric,
            .unit = unit,
            .note = r->note,
            .value = value},
        r->error);
}

/* A figure of power, which is NaN where the system's meter gave none, as on an M6 with macOS 27. */
static int power_add(const struct aneforge_report *r, json_object *object, const char *key,
    const char *config, const char *metric, const char *unit) {
    json_object *found = at(object, key);
    if (json_object_is_type(found, json_type_double) && isnan(json_object_get_double(found)))
        return 0;
    return figure_add(r, object, key, 1, "power", config, metric, unit);
}

/* The summary that a script left, if it ended well. */
static json_object *summary_of(json_object *root, const char *script) {
    json_object *runs = member(root, "perf_rooflines");
    const size_t n =
        json_object_is_type(runs, json_type_array) ? json_object_array_length(runs) : 0;
    for (size_t i = 0; i < n; i++) {
        json_object *run = json_object_array_get_idx(runs, i), *code = member(run, "returncode");
        if (strcmp(text_at(run, "script"), script) == 0 && code && json_object_get_int(code) == 0)
            return member(run, "summary");
    }
    return NULL;
}

static int kernel_add(const struct aneforge_report *r, json_object *kernel, const char *config) {
    json_object *engine = at(kernel, "devices/ANE");
    if (figure_add(r, engine, "lat_ms", 1, "roofline", config, "eval_latency", "ms") != 0 ||
        figure_add(r, engine, "gflops", 1e-3, "roofline", config, "throughput", "TFLOPS") != 0 ||
        power_add(r, engine, "power/ane_active_mW", config, "ane_power", "mW") != 0)
        return -1;
    return power_add(r, engine, "power/perf_per_W", config, "efficiency", "GFLOPS/W");
}

static int kernels_add(const struct aneforge_report *r, json_object *summary, const char *kind) {
    json_object *list = member(summary, kind);
    const size_t n =
        json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    int failed = 0;
    for (size_t i = 0; !failed && i < n; i++) {
        char config[128];
        json_object *kernel = json_object_array_get_idx(list, i);
        const char *dtype = text_at(kernel, "devices/ANE/dtype");
        if (strcmp(kind, "gemm") == 0)
            snprintf(config, sizeof config, "GEMM N=%d %s",
                json_object_get_int(member(kernel, "N")), dtype);
        else
            snprintf(config, sizeof config, "3x3 conv %dch %.40s batch %d %s",
                json_object_get_int(member(kernel, "C")), text_at(kernel, "HxW"),
                json_object_get_int(member(kernel, "B")), dtype);
        failed = kernel_add(r, kernel, config);
    }
    return failed;
}

/* relu over arrays of several sizes, the best of them. Its key holds a slash. */
static int streaming_add(const struct aneforge_report *r, json_object *summary) {
    json_object *streaming = member(at(summary, "results/roofline"), "streaming (relu / x*2)");
    return figure_add(r, at(streaming, "peak/ane"), "gbps", 1, "roofline", "relu, best size",
        "bandwidth", "GB/s");
}

static int decode_add(const struct aneforge_report *r, json_object *summary) {
    json_object *list = member(summary, "rows");
    const size_t n =
        json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    int failed = 0;
    for (size_t i = 0; !failed && i < n; i++) {
        char config[64];
        json_object *row = json_object_array_get_idx(list, i);
        if (strcmp(text_at(row, "device"), "ANE") != 0)
            continue;
        snprintf(config, sizeof config, "batch %d", json_object_get_int(member(row, "batch")));
        failed = figure_add(r, row, "tokens_per_s", 1, "decode", config, "decode_rate", "tok/s");
    }
    return failed;
}

static int head_check(const char *path, json_object *root, struct error *error) {
    json_object *version = member(root, "schema_version");
    if (strcmp(text_at(root, "suite"), "roofline") != 0)
        return error_set(error, EXIT_BROKEN,
            "%s: not a result of ANEForge's roofline suite: no \"suite\": \"roofline\"", path);
    if (!json_object_is_type(version, json_type_int) ||
        json_object_get_int(version) != SCHEMA_VERSION)
        return error_set(error, EXIT_BROKEN,
            "%s: schema_version %.20s; this build reads version %d of ANEForge's results", path,
            version ? json_object_get_string(version) : "is missing", SCHEMA_VERSION);
    if (text_at(root, "machine/hardware/chip")[0] == '\0')
        return error_set(error, EXIT_BROKEN, "%s: machine/hardware/chip is missing", path);
    return 0;
}

static int report_take(struct aneforge_report *r, json_object *root, const char *source) {
    static const char environment[] = "machine/environment/";
    json_object *of = at(root, environment);
    const char *who = text_at(root, "contributor");
    r->chip = import_chip(text_at(root, "machine/hardware/chip"));
    if (source)
        snprintf(r->source, sizeof r->source, "%s", source);
    else
        snprintf(r->source, sizeof r->source, "ANEForge roofline %.40s%s%.40s",
            text_at(root, "machine/run_id"), who[0] != '\0' ? " by " : "", who);
    snprintf(r->date, sizeof r->date, "%.10s", text_at(of, "timestamp_utc"));
    snprintf(r->os, sizeof r->os, "macOS %.40s", text_at(of, "macos_version"));
    snprintf(r->note, sizeof r->note, "%.40s; aneforge %.40s; power %.20s; thermal %.20s",
        text_at(root, "machine/hardware/model_identifier"), text_at(of, "aneforge_version"),
        text_at(of, "power/source"), text_at(of, "thermal_state"));
    json_object *sweep = summary_of(root, "device_saturation_sweep.py");
    if (kernels_add(r, sweep, "gemm") != 0 || kernels_add(r, sweep, "conv") != 0 ||
        streaming_add(r, summary_of(root, "device_bandwidth_roofline.py")) != 0)
        return -1;
    return decode_add(r, summary_of(root, "decode_measurement.py"));
}

int import_aneforge(struct import_rows *rows, const char *path, const char *source,
    const char *bytes, size_t n_bytes, struct error *error) {
    struct json_tokener *tokener = n_bytes < INT_MAX ? json_tokener_new_ex(DEPTH) : NULL;
    if (!tokener)
        return error_set(error, EXIT_BROKEN, "%s: out of memory", path);
    const size_t n_before = rows->n;
    json_object *root = json_tokener_parse_ex(tokener, bytes, (int)n_bytes);
    const enum json_tokener_error state = json_tokener_get_error(tokener);
    int failed = 0;
    if (state == json_tokener_continue)
        failed = error_set(error, EXIT_BROKEN, "%s: cut off: the JSON document does not end", path);
    else if (state != json_tokener_success)
        failed = error_set(error, EXIT_BROKEN, "%s: not JSON, at byte %zu: %s", path,
            json_tokener_get_parse_end(tokener), json_tokener_error_desc(state));
    if (!failed)
        failed = head_check(path, root, error);
    struct aneforge_report report = {.rows = rows, .path = path, .error = error};
    if (!failed)
        failed = report_take(&report, root, source);
    if (!failed && rows->n == n_before)
        failed = error_set(error, EXIT_BROKEN,
            "%s: holds no figure of the engine; it was made without --perf", path);
    json_object_put(root);
    json_tokener_free(tokener);
    return failed;
}
