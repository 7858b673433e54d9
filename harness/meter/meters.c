/* SPDX-License-Identifier: MIT */
#include "meter/meter_ioreport.h"
#include "meter/meter_perf.h"
#include "meter/meter_smc.h"
#include "meter/meters.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The first that has a live counter of a quantity gives it. */
static const struct meter_table *const tables[] = {
    &meter_sim,
#ifdef __APPLE__
    &meter_ioreport,
    &meter_smc,
#elif defined __linux__
    &meter_powercap,
    &meter_perf,
#endif
};
_Static_assert(sizeof tables / sizeof *tables <= METERS_MAX, "room for all meters");

const char *meter_quantity_name(enum meter_quantity quantity) {
    static const char *const names[METER_QUANTITIES] = {
        "engine", "package", "cpu", "memory", "system"};
    return names[quantity];
}

const char *meter_state_name(enum meter_state state) {
    static const char *const names[METER_STATES] = {
        "live", "unproven", "frozen", "forbidden", "absent"};
    return names[state];
}

void meter_decide(struct meter_verdict *verdict, enum meter_state state, const char *remedy,
    const char *format, ...) {
    va_list arguments;
    verdict->state = state;
    snprintf(verdict->remedy, sizeof verdict->remedy, "%s", remedy);
    va_start(arguments, format);
    vsnprintf(verdict->reason, sizeof verdict->reason, format, arguments);
    va_end(arguments);
}

struct meter_counter *meter_counter_add(
    struct meter *meter, enum meter_quantity quantity, const char *channel, const char *unit) {
    struct meter_counter *counter = &meter->counters[quantity];
    const size_t used = strlen(counter->channels);
    snprintf(counter->channels + used, sizeof counter->channels - used, "%s%s",
        counter->there ? " + " : "", channel);
    snprintf(counter->unit, sizeof counter->unit, "%s", unit);
    if (!counter->there)
        meter_decide(&counter->verdict, METER_UNPROVEN, METER_PROVE, "was not tried yet");
    counter->there = true;
    return counter;
}

struct meters *meters_open(struct device *device) {
    struct meters *meters = calloc(1, sizeof *meters);
    if (!meters)
        return NULL;
    const bool simulated = !strcmp(device_kind(device), "sim");
    meters->device = device;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        /* In virtual time the system's meters would count something else. */
        if (tables[i]->simulated != simulated || (!simulated && device_is_virtual(device)))
            continue;
        struct meter *meter = tables[i]->open(device);
        if (!meter) {
            meters_close(meters);
            return NULL;
        }
        meter->table = tables[i];
        meter->device = device;
        meters->list[meters->n++] = meter;
    }
    if (meters->n > 0)
        meters->activity = activity_open(device);
    return meters;
}

void meters_close(struct meters *meters) {
    for (int i = 0; meters && i < meters->n; i++)
        meters->list[i]->table->close(meters->list[i]);
    if (meters)
        activity_close(meters->activity);
    free(meters);
}

int meters_count(const struct meters *meters) {
    return meters->n;
}

const char *meters_name(const struct meters *meters, int meter) {
    return meters->list[meter]->table->name;
}

const struct meter_verdict *meters_verdict(const struct meters *meters, int meter) {
    return &meters->list[meter]->verdict;
}

const struct meter_counter *meters_counter(
    const struct meters *meters, int meter, enum meter_quantity quantity) {
    return &meters->list[meter]->counters[quantity];
}

void meters_controls(const struct meters *meters, char *out, size_t size) {
    out[0] = '\0';
    if (meters->activity)
        activity_names(meters->activity, out, size);
}

struct meter *meters_source(const struct meters *meters, enum meter_quantity quantity) {
    struct meter *best = NULL;
    for (int i = 0; i < meters->n; i++) {
        const struct meter_counter *counter = &meters->list[i]->counters[quantity];
        if (counter->there &&
            (!best || counter->verdict.state < best->counters[quantity].verdict.state))
            best = meters->list[i];
    }
    return best;
}

const struct meter_counter *meters_best(
    const struct meters *meters, enum meter_quantity quantity, const char **name) {
    const struct meter *meter = meters_source(meters, quantity);
    *name = meter ? meter->table->name : "";
    return meter ? &meter->counters[quantity] : NULL;
}

/* The verdict that says most of a meter: its best counter's, or its own. */
static const struct meter_verdict *meter_best(const struct meter *meter) {
    const struct meter_verdict *best = NULL;
    for (int q = 0; q < METER_QUANTITIES; q++)
        if (meter->counters[q].there && (!best || meter->counters[q].verdict.state < best->state))
            best = &meter->counters[q].verdict;
    return best ? best : &meter->verdict;
}

bool meters_any(const struct meters *meters, char *reason, size_t size) {
    size_t used = (size_t)snprintf(reason, size, "no energy can be read:%s",
        meters->n ? "" : " this device has no meter in virtual time");
    for (int i = 0; i < meters->n; i++) {
        const struct meter_verdict *best = meter_best(meters->list[i]);
        if (best->state <= METER_UNPROVEN)
            return true;
        if (used < size)
            used += (size_t)snprintf(reason + used, size - used, "%s %s: %s; %s", i ? ";" : "",
                meters->list[i]->table->name, best->reason, best->remedy);
    }
    return false;
}

void meters_read(struct meters *meters, uint64_t *at_ns) {
    for (int i = 0; i < meters->n; i++)
        if (meters->list[i]->verdict.state <= METER_UNPROVEN)
            meters->list[i]->table->read(meters->list[i]);
    *at_ns = device_clock_ns(meters->device);
}

void meter_rest(struct device *device, uint64_t rest_ns) {
    const struct timespec rest = {
        .tv_sec = (time_t)(rest_ns / 1000000000), .tv_nsec = (long)(rest_ns % 1000000000)};
    if (device_is_virtual(device))
        device_host_pause(device, rest_ns);
    else
        (void)nanosleep(&rest, NULL);
}
