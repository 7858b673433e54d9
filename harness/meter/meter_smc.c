/* SPDX-License-Identifier: MIT
 *
 * Sensors of power, in watts, updated about once a second; their sum over time is the energy. PSTR is the whole
 * system; on A18 PZC0 is the CPU (kennss/SiliconScope); on M4 and M6 PP2b and PP4b are memory (751K's M6 study).
 * PP0b of those, CPU and engine together, is not taken for the engine: the share of the CPU would have to be
 * guessed. Readings lag by some seconds.
 *
 * Not verified on a Mac. The tests run it against a stand-in of the controller.
 */
#include "meter/meter_smc.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct sensor_row {
    const char *key, *chips; /* of chips that begin so, NULL = all */
    enum meter_quantity quantity;
} sensor_rows[] = {{"PSTR", NULL, METER_SYSTEM}, {"PZC0", "A18", METER_CPU},
    {"PP2b", "M4", METER_MEMORY}, {"PP4b", "M4", METER_MEMORY}, {"PP2b", "M6", METER_MEMORY},
    {"PP4b", "M6", METER_MEMORY}};
enum { N_ROWS = sizeof sensor_rows / sizeof *sensor_rows };
static const uint64_t settle_ns = UINT64_C(4000000000);

struct smc {
    struct meter base;
    struct device *device;
    struct smc_entry entry;
    const struct sensor_row *sensors[N_ROWS];
    int n_sensors;
    double watts[METER_QUANTITIES]; /* of the last read */
    uint64_t at_ns;
};

static uint32_t key_of(const char *text) {
    return (uint32_t)(unsigned char)text[0] << 24 | (uint32_t)(unsigned char)text[1] << 16 |
           (uint32_t)(unsigned char)text[2] << 8 | (uint32_t)(unsigned char)text[3];
}

/* Watts of a sensor. 0, or -1 when it is not there or no number. */
static int sensor_read(const struct smc *s, const char *key, float *watts) {
    struct smc_message in = {.key = key_of(key), .data8 = SMC_ASK_INFO}, out = {0};
    if (s->entry.call(s->entry.context, &in, &out) != 0 || out.result != 0 ||
        out.info.type != SMC_TYPE_FLOAT || out.info.size != sizeof *watts)
        return -1;
    in.info.size = out.info.size;
    in.data8 = SMC_ASK_BYTES;
    if (s->entry.call(s->entry.context, &in, &out) != 0 || out.result != 0)
        return -1;
    memcpy(watts, out.bytes, sizeof *watts); /* little-endian, as all these machines */
    return *watts >= 0 && *watts < 1e4F ? 0 : -1;
}

static void all_read(struct smc *s, double watts[METER_QUANTITIES]) {
    for (int q = 0; q < METER_QUANTITIES; q++)
        watts[q] = 0;
    for (int i = 0; i < s->n_sensors; i++) {
        const struct sensor_row *row = s->sensors[i];
        float one;
        if (sensor_read(s, row->key, &one) == 0)
            watts[row->quantity] += (double)one;
        else
            meter_decide(&s->base.counters[row->quantity].verdict, METER_ABSENT, METER_AGAIN,
                "the sensor %s gave no number", row->key);
    }
}

static void smc_read(struct meter *meter) {
    struct smc *s = (struct smc *)meter;
    double watts[METER_QUANTITIES];
    all_read(s, watts);
    const uint64_t now_ns = device_clock_ns(s->device);
    const double seconds = (double)(now_ns - s->at_ns) / 1e9;
    for (int q = 0; q < METER_QUANTITIES; q++) {
        meter->joules[q] += (s->watts[q] + watts[q]) / 2 * seconds;
        meter->mark[q] += s->watts[q] != watts[q];
        s->watts[q] = watts[q];
    }
    s->at_ns = now_ns;
}

static void smc_close(struct meter *meter) {
    struct smc *s = (struct smc *)meter;
    if (s->entry.close)
        s->entry.close(s->entry.context);
    free(s);
}

static bool is_of(const struct sensor_row *row, const char *chip) {
    if (strncmp(chip, "Apple ", 6) == 0)
        chip += 6;
    return !row->chips || strncmp(chip, row->chips, strlen(row->chips)) == 0;
}

struct meter *smc_open_with(
    struct device *device, const struct smc_entry *entry, const char *chip) {
    struct smc *s = calloc(1, sizeof *s);
    if (!s) {
        if (entry->close)
            entry->close(entry->context);
        return NULL;
    }
    s->entry = *entry;
    s->device = device;
    meter_decide(&s->base.verdict, METER_UNPROVEN, METER_PROVE, "was not tried yet");
    for (int i = 0; i < N_ROWS && entry->call; i++) {
        float watts;
        if (!is_of(&sensor_rows[i], chip) || sensor_read(s, sensor_rows[i].key, &watts) != 0)
            continue;
        s->sensors[s->n_sensors++] = &sensor_rows[i];
        meter_counter_add(&s->base, sensor_rows[i].quantity, sensor_rows[i].key, "W")->settle_ns =
            settle_ns;
    }
    if (!entry->call)
        meter_decide(
            &s->base.verdict, METER_ABSENT, METER_TELL, "the controller AppleSMC cannot be opened");
    else if (s->n_sensors == 0)
        meter_decide(
            &s->base.verdict, METER_ABSENT, METER_TELL, "no sensor of power that is known here");
    else
        all_read(s, s->watts);
    if (s->n_sensors > 0)
        s->at_ns = device_clock_ns(device);
    return &s->base;
}

/* ---- IOKit: prototypes of Apple's public headers in plain C */

static const char iokit[] = "/System/Library/Frameworks/IOKit.framework/IOKit";
enum { SMC_SELECTOR = 2 };

struct connection {
    int (*call)(uint32_t connection, uint32_t selector, const void *in, size_t in_bytes, void *out,
        size_t *out_bytes);
    int (*close)(uint32_t connection);
    uint32_t port;
};

static int connection_call(void *context, const struct smc_message *in, struct smc_message *out) {
    const struct connection *c = context;
    size_t bytes = sizeof *out;
    return c->call(c->port, SMC_SELECTOR, in, sizeof *in, out, &bytes);
}

static void connection_close(void *context) {
    struct connection *c = context;
    (void)c->close(c->port);
    free(c);
}

/* An entry without `call` when it cannot be opened. */
static struct smc_entry connection_open(void) {
    void *(*matching)(const char *name) = NULL;
    uint32_t (*service_get)(uint32_t port, void *matching) = NULL; /* releases `matching` */
    int (*service_open)(uint32_t service, uint32_t task, uint32_t type, uint32_t * connection) =
        NULL;
    int (*object_release)(uint32_t object) = NULL;
    void *library = dlopen(iokit, RTLD_NOW);
    struct connection *c = library ? calloc(1, sizeof *c) : NULL;
    const uint32_t *task = c ? dlsym(RTLD_DEFAULT, "mach_task_self_") : NULL;
    if (!c || !task) {
        free(c);
        return (struct smc_entry){0};
    }
    *(void **)(void *)&matching = dlsym(library, "IOServiceMatching");
    *(void **)(void *)&service_get = dlsym(library, "IOServiceGetMatchingService");
    *(void **)(void *)&service_open = dlsym(library, "IOServiceOpen");
    *(void **)(void *)&object_release = dlsym(library, "IOObjectRelease");
    *(void **)(void *)&c->call = dlsym(library, "IOConnectCallStructMethod");
    *(void **)(void *)&c->close = dlsym(library, "IOServiceClose");
    const bool all =
        matching && service_get && service_open && object_release && c->call && c->close;
    const uint32_t service = all ? service_get(0, matching("AppleSMC")) : 0;
    const bool is_open = service && service_open(service, *task, 0, &c->port) == 0;
    if (service)
        (void)object_release(service);
    if (is_open)
        return (struct smc_entry){connection_call, connection_close, c};
    free(c);
    return (struct smc_entry){0};
}

static void chip_take(void *context, const char *key, const char *value) {
    if (strcmp(key, "chip") == 0)
        snprintf(context, 64, "%s", value);
}

static struct meter *smc_open(struct device *device) {
    char chip[64] = "";
    const struct smc_entry entry = connection_open();
    device_properties(device, chip_take, chip);
    return smc_open_with(device, &entry, chip);
}

const struct meter_table meter_smc = {
    .name = "smc", .open = smc_open, .read = smc_read, .close = smc_close, .wakes = METER_TELL};
