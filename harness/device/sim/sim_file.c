/* SPDX-License-Identifier: MIT
 *
 * Sim files. One table defines the values of each key; defaults, reading and listing follow from
 * it.
 */
#include "device/sim/sim_internal.h"

#include "base/number.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum key_kind { KEY_TEXT, KEY_NUMBER, KEY_FLAG, KEY_CHOICE };

struct key {
    const char *name;
    size_t offset;
    enum key_kind kind;
    double min, max, initial;
    const char *const *words; /* of a choice, in the order of its enum; NULL ends them */
    const char *initial_text;
};

static const char *const limit_kinds[] = {"none", "compiles", "loaded", "bytes", NULL};
static const char *const failures[] = {"error", "silent", NULL};
static const char *const backs[] = {"nothing", "wait", "purge", NULL};
static const char *const pasts[] = {"error", "crash", "hang", "silent", NULL};
static const char *const sharings[] = {"coherent", "stale", "refused", NULL};
static const char *const stats[] = {"none", "nil", "zero", "direct", "works", NULL};
static const char *const counters[] = {"none", "nil", "zero", "constant", "free", "works", NULL};
static const char *const traffics[] = {"none", "works", "frozen", "free_running", NULL};
static const char *const hints[] = {"none", "ignored", "pins", NULL};
static const char *const mutables[] = {
    "none", "unentitled", "refused", "inert", "sync", "direct", NULL};
static const char *const meters[] = {
    "none", "works", "frozen", "engine_frozen", "engine_absent", "free_running", "forbidden", NULL};
static const char *const sides[] = {"both", "engine", "host", NULL};
static const char *const chains[] = {"none", "prepare_fails", "accepted_only", "works", NULL};

#define FIELD(name) #name, offsetof(struct sim_params, name)
#define TEXT(name, text)                                                                           \
    { FIELD(name), KEY_TEXT, 0, 0, 0, NULL, text }
#define NUMBER(name, min, max, initial)                                                            \
    { FIELD(name), KEY_NUMBER, min, max, initial, NULL, NULL }
#define FLAG(name)                                                                                 \
    { FIELD(name), KEY_FLAG, 0, 1, 0, NULL, NULL }
#define CHOICE(name, words)                                                                        \
    { FIELD(name), KEY_CHOICE, 0, 0, 0, words, NULL }

/* No call of any engine lasts a day. */
#define DAY_MS 86.4e6
#define DAY_US 86.4e9

static const struct key keys[] = {
    TEXT(chip, "sim"),
    TEXT(os, "none"),
    NUMBER(compile_ms, 0, DAY_MS, 20),
    NUMBER(compile_per_mb_ms, 0, DAY_MS, 2),
    NUMBER(cached_compile_ms, 0, DAY_MS, 1),
    NUMBER(load_ms, 0, DAY_MS, 2),
    NUMBER(unload_ms, 0, DAY_MS, 0.5),
    NUMBER(first_use_ms, 0, DAY_MS, 10),
    NUMBER(dispatch_us, 0, DAY_US, 150),
    NUMBER(tflops, 1e-6, 1e6, 10),
    NUMBER(bandwidth_gbs, 1e-6, 1e6, 100),
    NUMBER(sram_mb, 0, 1e9, 32),
    NUMBER(spill_slowdown, 1, 1e6, 2),
    NUMBER(zeros_time_pct, 0, 1e4, 100),
    FLAG(formats_expand),
    NUMBER(engine_cores, 1, 1024, 1),
    NUMBER(notch_mb, 0, 1e9, 0),
    NUMBER(notch_kb, 1e-3, 1e9, 16),
    NUMBER(notch_slowdown, 1, 1e6, 2),
    CHOICE(limit_kind, limit_kinds),
    NUMBER(limit_value, 1e-6, 1e9, 0), /* the initial value is out of range: not given */
    CHOICE(limit2_kind, limit_kinds),
    NUMBER(limit2_value, 1e-6, 1e9, 0),
    CHOICE(limit_failure, failures),
    CHOICE(limit_back, backs),
    NUMBER(files_limit, 0, 1e9, 0),
    CHOICE(files_failure, pasts),
    NUMBER(layers_limit, 0, 1e9, 0),
    CHOICE(layers_failure, pasts),
    NUMBER(axis_limit, 0, 1e9, 0),
    CHOICE(axis_failure, pasts),
    NUMBER(surfaces_limit, 0, 1e9, 0),
    CHOICE(surfaces_failure, pasts),
    FLAG(reload_source),
    FLAG(reload_compiled),
    FLAG(weights_buffer),
    CHOICE(mutable_weights, mutables),
    FLAG(mutable_stays),
    NUMBER(mutable_map_ms, 0, DAY_MS, 0.5),
    NUMBER(mutable_sync_per_mb_ms, 0, DAY_MS, 0.5),
    NUMBER(qos_effect_pct, -99, 1e4, 0),
    NUMBER(qos_refused, 0, 63, -1),
    CHOICE(qos_failure, failures),
    NUMBER(in_flight, 1, 1024, 1),
    NUMBER(lane_lag, 1, 1024, 1),
    NUMBER(engines, 1, 1024, 1),
    CHOICE(engine_hint, hints),
    NUMBER(nap_after_ms, 0, DAY_MS, 0),
    NUMBER(nap_wake_ms, 0, DAY_MS, 4),
    NUMBER(sleep_after_ms, 0, DAY_MS, 0),
    NUMBER(sleep_wake_ms, 0, DAY_MS, 50),
    NUMBER(slow_after_us, 0, DAY_US, 0),
    NUMBER(slow_pct, 0, 1e4, 150),
    CHOICE(chain, chains),
    NUMBER(chain_step_us, 0, DAY_US, 50),
    CHOICE(shared_surface, sharings),
    NUMBER(shared_surface_pct, -99, 1e4, 0),
    CHOICE(eval_stats, stats),
    CHOICE(counters, counters),
    FLAG(counters_add_up),
    FLAG(plan),
    NUMBER(plan_ops_min, 0, 1e9, 0),
    NUMBER(plan_ops_max, 0, 1e9, 0),
    NUMBER(plan_width_max, 0, 1e9, 0),
    FLAG(plan_few_bits),
    FLAG(plan_declined),
    CHOICE(traffic, traffics),
    NUMBER(public_us, 0, DAY_US, 0),
    NUMBER(public_compile_ms, 0, DAY_MS, 0),
    NUMBER(copy_gbs, 0, 1e6, 0),
    NUMBER(gpu_dispatch_us, 0, DAY_US, 200),
    NUMBER(gpu_tflops, 1e-6, 1e6, 5),
    NUMBER(gpu_bandwidth_gbs, 1e-6, 1e6, 100),
    NUMBER(gpu_w, 0, 1e3, 10),
    NUMBER(cpu_dispatch_us, 0, DAY_US, 10),
    NUMBER(cpu_tflops, 1e-6, 1e6, 0.5),
    NUMBER(cpu_bandwidth_gbs, 1e-6, 1e6, 50),
    NUMBER(overlap, 0, 1, 1),
    NUMBER(eval_slowdown_pct, 0, 1e4, 0),
    NUMBER(compile_slowdown_pct, 0, 1e4, 0),
    NUMBER(eval_cv_pct, 0, 100, 0),
    NUMBER(process_cv_pct, 0, 100, 0),
    NUMBER(drift_pct_per_min, -99, 1e3, 0),
    NUMBER(outlier_pct, 0, 100, 0),
    NUMBER(busy_share_pct, 0, 100, 0),
    NUMBER(busy_ms, 1e-3, DAY_MS, 2000),
    NUMBER(busy_slowdown_pct, 0, 1e6, 100),
    CHOICE(busy_side, sides),
    NUMBER(low_clock_share_pct, 0, 100, 0),
    NUMBER(low_clock_ms, 1e-3, DAY_MS, 20000),
    NUMBER(low_clock_slowdown_pct, 0, 1e4, 30),
    CHOICE(meter, meters),
    NUMBER(meter_period_ms, 1e-3, DAY_MS, 1),
    NUMBER(meter_step_uj, 1e-3, 1e9, 1),
    NUMBER(engine_idle_w, 0, 1e3, 0),
    NUMBER(engine_dispatch_w, 0, 1e3, 0.5),
    NUMBER(engine_compute_w, 0, 1e3, 5),
    NUMBER(engine_int8_w, 0, 1e3, 6),
    NUMBER(engine_stream_w, 0, 1e3, 2),
    NUMBER(zeros_power_pct, 0, 1e3, 50),
    NUMBER(slow_power_pct, 0, 1e3, 20),
    NUMBER(cpu_idle_w, 0, 1e3, 0.3),
    NUMBER(cpu_busy_w, 0, 1e3, 5),
    NUMBER(package_rest_w, 0, 1e3, 2),
};

enum {
    N_KEYS = SIM_KEYS,
    TEXT_BYTES = sizeof((struct sim_params *)0)->chip,
    LINE_BYTES = 256,
    PLACE_BYTES = 320,
    /* about thirty lines are expected; anything longer is something else */
    FILE_BYTES_MAX = 1 << 16
};

_Static_assert(sizeof keys / sizeof keys[0] == SIM_KEYS, "SIM_KEYS counts the keys");

/* Choices are set through an int of the same size. */
_Static_assert(sizeof(enum sim_limit_kind) == sizeof(int), "enums are ints");
_Static_assert(sizeof(enum sim_failure) == sizeof(int), "enums are ints");
_Static_assert(sizeof(enum sim_past) == sizeof(int), "enums are ints");
_Static_assert(sizeof(enum sim_back) == sizeof(int), "enums are ints");
_Static_assert(sizeof(enum sim_chain) == sizeof(int), "enums are ints");
_Static_assert(sizeof(enum sim_sharing) == sizeof(int), "enums are ints");
_Static_assert(sizeof(enum sim_stats) == sizeof(int), "enums are ints");
_Static_assert(sizeof(enum sim_counters) == sizeof(int), "enums are ints");
_Static_assert(sizeof(enum sim_hint) == sizeof(int), "enums are ints");
_Static_assert(sizeof(enum sim_mutable) == sizeof(int), "enums are ints");
_Static_assert(sizeof(enum sim_side) == sizeof(int), "enums are ints");
_Static_assert(sizeof(enum sim_meter) == sizeof(int), "enums are ints");

void sim_params_default(struct sim_params *params) {
    memset(params, 0, sizeof *params);
    for (int i = 0; i < N_KEYS; i++) {
        void *field = (char *)params + keys[i].offset;
        if (keys[i].kind == KEY_TEXT)
            memcpy(field, keys[i].initial_text, strlen(keys[i].initial_text) + 1);
        else if (keys[i].kind == KEY_NUMBER)
            *(double *)field = keys[i].initial;
        /* flags are off, choices are their first word */
    }
}

/* The line being read, for messages. */
struct reader {
    const char *path;
    int line;
    struct device_error *error;
    int seen_line[N_KEYS]; /* 0: not yet */
};

static enum device_status value_refuse(const char *place, const struct key *key, const char *value,
    const char *expected, struct device_error *error) {
    return device_error_set(error, DEVICE_BROKEN, "open", "%s: %s cannot be \"%.40s\"; give %s",
        place, key->name, value, expected);
}

static bool text_is_plain(const char *value) {
    for (; *value; value++)
        if ((unsigned char)*value < ' ' || *value == 127)
            return false;
    return true;
}

static enum device_status value_set(const struct key *key, const char *value, const char *place,
    struct sim_params *params, struct device_error *error) {
    void *field = (char *)params + key->offset;
    char expected[160];

    if (value[0] == '\0')
        return device_error_set(error, DEVICE_BROKEN, "open",
            "%s: %s has no value; write \"%s,VALUE\" or leave the line out for its default", place,
            key->name, key->name);
    switch (key->kind) {
    case KEY_TEXT:
        if (strlen(value) >= TEXT_BYTES || !text_is_plain(value))
            return value_refuse(place, key, value, "up to 63 printable characters", error);
        memcpy(field, value, strlen(value) + 1);
        return DEVICE_OK;
    case KEY_FLAG:
        if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
            return value_refuse(place, key, value, "0 or 1", error);
        *(bool *)field = value[0] == '1';
        return DEVICE_OK;
    case KEY_NUMBER: {
        double number;
        snprintf(expected, sizeof expected, "a number from %g to %g", key->min, key->max);
        if (!number_decimal(value, &number) || !(number >= key->min && number <= key->max))
            return value_refuse(place, key, value, expected, error);
        *(double *)field = number;
        return DEVICE_OK;
    }
    case KEY_CHOICE: {
        size_t used = 0;
        for (int i = 0; key->words[i]; i++) {
            if (strcmp(key->words[i], value) == 0) {
                memcpy(field, &i, sizeof i);
                return DEVICE_OK;
            }
            used += (size_t)snprintf(expected + used, sizeof expected - used, "%s%s",
                i ? ", " : "one of ", key->words[i]);
        }
        return value_refuse(place, key, value, expected, error);
    }
    }
    return DEVICE_OK;
}

int sim_params_key(const char *key) {
    for (int i = 0; i < N_KEYS; i++)
        if (strcmp(keys[i].name, key) == 0)
            return i;
    return -1;
}

enum device_status sim_params_set(struct sim_params *params, const char *key, const char *value,
    const char *place, struct device_error *error) {
    int i = sim_params_key(key);
    if (i < 0)
        return device_error_set(
            error, DEVICE_BROKEN, "open", "%s: unknown key \"%.40s\"", place, key);
    return value_set(&keys[i], value, place, params, error);
}

/* Trims blanks at both ends, in place. */
static char *text_trim(char *text) {
    while (*text == ' ' || *text == '\t')
        text++;
    char *end = text + strlen(text);
    while (end > text && strchr(" \t\n", end[-1]))
        end--;
    *end = '\0';
    return text;
}

static enum device_status line_read(struct reader *r, char *line, struct sim_params *params) {
    char *text = text_trim(line);
    if (text[0] == '\0' || text[0] == '#')
        return DEVICE_OK;
    char *comma = strchr(text, ',');
    if (!comma)
        return device_error_set(r->error, DEVICE_BROKEN, "open",
            "%s:%d: \"%.40s\" is not key,value; separate them by a comma, or start a comment with "
            "#",
            r->path, r->line, text);
    *comma = '\0';
    const char *name = text_trim(text), *value = text_trim(comma + 1);
    for (int i = 0; i < N_KEYS; i++) {
        if (strcmp(keys[i].name, name) != 0)
            continue;
        if (r->seen_line[i])
            return device_error_set(r->error, DEVICE_BROKEN, "open",
                "%s:%d: %s was already given in line %d; keep only one", r->path, r->line, name,
                r->seen_line[i]);
        r->seen_line[i] = r->line;
        char place[PLACE_BYTES];
        snprintf(place, sizeof place, "%.300s:%d", r->path, r->line);
        return value_set(&keys[i], value, place, params, r->error);
    }
    return device_error_set(r->error, DEVICE_BROKEN, "open",
        "%s:%d: unknown key \"%.40s\"; the keys are listed in harness/device/sim/sim.h", r->path,
        r->line, name);
}

static int key_line(const struct reader *r, const char *name) {
    for (int i = 0; i < N_KEYS; i++)
        if (strcmp(keys[i].name, name) == 0)
            return r->seen_line[i];
    return 0;
}

/* A limit's two keys. */
static enum device_status limit_check(const struct reader *r, const char *kind_name,
    enum sim_limit_kind kind, const char *value_name, double value) {
    int kind_line = key_line(r, kind_name), value_line = key_line(r, value_name);

    if (kind == SIM_LIMIT_NONE && value_line)
        return device_error_set(r->error, DEVICE_BROKEN, "open",
            "%s:%d: %s without a limit; give %s, or omit %s", r->path, value_line, value_name,
            kind_name, value_name);
    if (kind == SIM_LIMIT_NONE)
        return DEVICE_OK;
    if (!value_line)
        return device_error_set(r->error, DEVICE_BROKEN, "open",
            "%s:%d: %s,%s needs a %s; add \"%s,NUMBER\"", r->path, kind_line, kind_name,
            limit_kinds[kind], value_name, value_name);
    if (kind != SIM_LIMIT_BYTES && value != floor(value))
        return device_error_set(r->error, DEVICE_BROKEN, "open",
            "%s:%d: %s counts %s; give a whole number", r->path, value_line, value_name,
            kind == SIM_LIMIT_COMPILES ? "compiles" : "loaded programs");
    return DEVICE_OK;
}

/* Checks across several keys. */
static enum device_status params_check(const struct reader *r, const struct sim_params *params) {
    enum device_status status =
        limit_check(r, "limit_kind", params->limit_kind, "limit_value", params->limit_value);
    if (status == DEVICE_OK)
        status = limit_check(
            r, "limit2_kind", params->limit2_kind, "limit2_value", params->limit2_value);
    if (status != DEVICE_OK)
        return status;
    if (params->limit2_kind != SIM_LIMIT_NONE &&
        (params->limit_kind == SIM_LIMIT_NONE || params->limit_kind == params->limit2_kind))
        return device_error_set(r->error, DEVICE_BROKEN, "open",
            "%s:%d: limit2_kind is a second limit; give limit_kind a kind other than %s", r->path,
            key_line(r, "limit2_kind"), limit_kinds[params->limit2_kind]);
    if (params->qos_refused != floor(params->qos_refused))
        return device_error_set(r->error, DEVICE_BROKEN, "open",
            "%s:%d: qos_refused is a level; give a whole number", r->path,
            key_line(r, "qos_refused"));
    return DEVICE_OK;
}

double sim_limit(const struct sim_params *params, enum sim_limit_kind kind) {
    return params->limit_kind == kind    ? params->limit_value
           : params->limit2_kind == kind ? params->limit2_value
                                         : (double)INFINITY;
}

/* The next character; the line ends LF, CR and CRLF all become one LF. */
static int character_read(FILE *file) {
    int c = getc(file);
    if (c != '\r')
        return c;
    c = getc(file);
    if (c != '\n' && c != EOF)
        ungetc(c, file);
    return '\n';
}

/* Skips the byte order mark that some editors write. */
static void byte_order_mark_skip(FILE *file) {
    if (getc(file) != 0xef || getc(file) != 0xbb || getc(file) != 0xbf)
        rewind(file);
}

static enum device_status file_read_lines(struct reader *r, FILE *file, struct sim_params *params) {
    char line[LINE_BYTES + 2];
    size_t n = 0, total = 0;
    int c;

    r->line = 1;
    byte_order_mark_skip(file);
    do {
        c = character_read(file);
        if (c != EOF && ++total > FILE_BYTES_MAX)
            return device_error_set(r->error, DEVICE_BROKEN, "open",
                "%s:%d: more than %d bytes; is this a sim file?", r->path, r->line, FILE_BYTES_MAX);
        if (c == '\0')
            return device_error_set(r->error, DEVICE_BROKEN, "open",
                "%s:%d: a zero byte; is this a sim file?", r->path, r->line);
        if (c != '\n' && c != EOF) {
            if (n == LINE_BYTES)
                return device_error_set(r->error, DEVICE_BROKEN, "open",
                    "%s:%d: more than %d bytes in a line; break the comment, or see whether this "
                    "is a sim file",
                    r->path, r->line, LINE_BYTES);
            line[n++] = (char)c;
            continue;
        }
        line[n] = '\0';
        enum device_status status = line_read(r, line, params);
        if (status != DEVICE_OK)
            return status;
        n = 0;
        r->line += c == '\n';
    } while (c != EOF);
    if (ferror(file))
        return device_error_set(r->error, DEVICE_BROKEN, "open", "%s:%d: cannot read: %s", r->path,
            r->line, strerror(errno));
    return params_check(r, params);
}

static enum device_status file_refuse(
    const char *path, const char *reason, struct device_error *error) {
    char text[sizeof error->text];
    snprintf(
        text, sizeof text, "cannot read sim:%.300s: %s; give the path of a sim file", path, reason);
    return device_error_usage(error, text);
}

enum device_status sim_file_read(
    const char *path, struct sim_params *out, struct device_error *error) {
    struct reader r = {.path = path, .error = error};
    struct stat st;

    /* Check before opening: opening a pipe would wait for its writer. */
    if (stat(path, &st) != 0)
        return file_refuse(path, strerror(errno), error);
    if (!S_ISREG(st.st_mode))
        return file_refuse(path, "not a regular file", error);
    FILE *file = fopen(path, "r");
    if (!file)
        return file_refuse(path, strerror(errno), error);
    sim_params_default(out);
    enum device_status status = file_read_lines(&r, file, out);
    fclose(file);
    return status;
}

void sim_basis_list(
    const char *const basis[SIM_KEYS], device_property_fn *property, void *context) {
    for (int i = 0; i < N_KEYS && basis[0]; i++) {
        char name[64];
        snprintf(name, sizeof name, "sim_%s_basis", keys[i].name);
        property(context, name, basis[i]);
    }
}

void sim_params_list(const struct sim_params *params, device_property_fn *property, void *context) {
    for (int i = 0; i < N_KEYS; i++) {
        const void *field = (const char *)params + keys[i].offset;
        char name[64], value[TEXT_BYTES];
        int choice;
        snprintf(name, sizeof name, "sim_%s", keys[i].name);
        switch (keys[i].kind) {
        case KEY_TEXT:
            snprintf(value, sizeof value, "%s", (const char *)field);
            break;
        case KEY_FLAG:
            snprintf(value, sizeof value, "%d", *(const bool *)field);
            break;
        case KEY_NUMBER:
            /* the fewest digits that give the same number */
            snprintf(value, sizeof value, "%.15g", *(const double *)field);
            if (strtod(value, NULL) != *(const double *)field)
                snprintf(value, sizeof value, "%.17g", *(const double *)field);
            if (*(const double *)field < keys[i].min)
                value[0] = '\0';
            break;
        case KEY_CHOICE:
            memcpy(&choice, field, sizeof choice);
            snprintf(value, sizeof value, "%s", keys[i].words[choice]);
            break;
        }
        property(context, name, value);
    }
}
