/* SPDX-License-Identifier: MIT
 *
 * In bus/event_source/devices/power of sysfs: `type`; `cpumask`, a processor of each package; and of each event,
 * such as events/energy-pkg, its number ("event=0x02"), .scale (joules a count) and .unit. Layout: the kernel's
 * Documentation/ABI/testing/sysfs-bus-event_source-devices-events. Counting for a whole processor wants
 * perf_event_paranoid 0 or CAP_PERFMON.
 *
 * Tested on trees of files and calls made up by the tests; no machine that has it was at hand.
 */
#include "meter/meter_perf.h"
#include "base/sysfs.h"

#include "base/number.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *event;
    enum meter_quantity quantity;
} events[] = {{"energy-pkg", METER_PACKAGE}, {"energy-cores", METER_CPU},
    {"energy-ram", METER_MEMORY}, {"energy-psys", METER_SYSTEM}};
enum { N_EVENTS = sizeof events / sizeof *events, COUNTS_MAX = 64 };

struct count {
    int descriptor;
    enum meter_quantity quantity;
    double scale;
    uint64_t first;
};

struct perf {
    struct meter base;
    struct perf_entry entry;
    struct count counts[COUNTS_MAX];
    int n_counts;
};

static int power_read(const char *file, char *out, size_t size) {
    char path[128];
    snprintf(path, sizeof path, "bus/event_source/devices/power/%s", file);
    return sysfs_read(path, out, size);
}

static void count_fail(struct perf *p, int event, int failed) {
    struct meter_verdict *verdict = &p->base.counters[events[event].quantity].verdict;
    if (failed == EACCES || failed == EPERM)
        meter_decide(verdict, METER_FORBIDDEN,
            "run it as root, or set kernel.perf_event_paranoid to 0",
            "counting %s is for root only", events[event].event);
    else
        meter_decide(verdict, METER_ABSENT, METER_TELL, "%s cannot be counted: %s",
            events[event].event, strerror(failed));
}

static void count_add(
    struct perf *p, int event, uint32_t type, uint64_t number, double scale, int processor) {
    if (p->n_counts == COUNTS_MAX)
        return;
    struct count *count = &p->counts[p->n_counts];
    *count = (struct count){.quantity = events[event].quantity, .scale = scale};
    count->descriptor = p->entry.open(type, number, processor);
    if (count->descriptor < 0) {
        count_fail(p, event, errno);
        return;
    }
    p->n_counts++;
    if (p->entry.read(count->descriptor, &count->first) != 0)
        count_fail(p, event, errno);
}

/* An event on a processor of each package. */
static void event_add(struct perf *p, int event, uint32_t type, const char *processors) {
    char file[64], number_text[64], scale_text[64], unit[32];
    double scale;
    snprintf(file, sizeof file, "events/%s", events[event].event);
    if (power_read(file, number_text, sizeof number_text) != 0)
        return;
    (void)meter_counter_add(&p->base, events[event].quantity, events[event].event, "J");
    struct meter_verdict *verdict = &p->base.counters[events[event].quantity].verdict;
    snprintf(file, sizeof file, "events/%s.scale", events[event].event);
    const bool has_scale =
        power_read(file, scale_text, sizeof scale_text) == 0 && number_decimal(scale_text, &scale);
    snprintf(file, sizeof file, "events/%s.unit", events[event].event);
    const bool is_joules = power_read(file, unit, sizeof unit) == 0 && strcmp(unit, "Joules") == 0;
    if (!has_scale || !is_joules || strncmp(number_text, "event=", 6) != 0) {
        meter_decide(verdict, METER_ABSENT, METER_TELL, "%s is not described as joules are",
            events[event].event);
        return;
    }
    const uint64_t number = strtoull(number_text + 6, NULL, 16);
    for (const char *at = processors; *at;) {
        char *end;
        const long first = strtol(at, &end, 10);
        const long last = *end == '-' ? strtol(end + 1, &end, 10) : first;
        for (long processor = first; processor <= last; processor++)
            count_add(p, event, type, number, scale, (int)processor);
        if (end == at || (*end && *end != ','))
            break;
        at = *end ? end + 1 : end;
    }
}

static void perf_read(struct meter *meter) {
    struct perf *p = (struct perf *)meter;
    for (int q = 0; q < METER_QUANTITIES; q++) {
        meter->joules[q] = 0;
        meter->mark[q] = 0;
    }
    for (int i = 0; i < p->n_counts; i++) {
        const struct count *count = &p->counts[i];
        struct meter_verdict *verdict = &meter->counters[count->quantity].verdict;
        uint64_t now;
        if (verdict->state > METER_FROZEN)
            continue;
        if (p->entry.read(count->descriptor, &now) != 0) {
            meter_decide(
                verdict, METER_ABSENT, METER_AGAIN, "a count cannot be read: %s", strerror(errno));
            continue;
        }
        meter->joules[count->quantity] += (double)(now - count->first) * count->scale;
        meter->mark[count->quantity] += now;
    }
}

static void perf_close(struct meter *meter) {
    struct perf *p = (struct perf *)meter;
    for (int i = 0; i < p->n_counts; i++)
        p->entry.close(p->counts[i].descriptor);
    free(p);
}

struct meter *perf_open_with(struct device *device, const struct perf_entry *entry) {
    struct perf *p = calloc(1, sizeof *p);
    char type_text[32], processors[256];
    uint64_t type;
    (void)device;
    if (!p)
        return NULL;
    p->entry = *entry;
    meter_decide(&p->base.verdict, METER_UNPROVEN, METER_PROVE, "was not tried yet");
    if (power_read("type", type_text, sizeof type_text) != 0 ||
        !number_whole(type_text, 0, UINT32_MAX, &type) ||
        power_read("cpumask", processors, sizeof processors) != 0) {
        meter_decide(&p->base.verdict, METER_ABSENT, METER_BARE,
            "no PMU power, as in virtual machines and containers");
        return &p->base;
    }
    for (int event = 0; event < N_EVENTS; event++)
        event_add(p, event, (uint32_t)type, processors);
    for (int q = 0; q < METER_QUANTITIES; q++)
        if (p->base.counters[q].there)
            return &p->base;
    meter_decide(
        &p->base.verdict, METER_ABSENT, METER_TELL, "perf's PMU power has no event of energy");
    return &p->base;
}

#ifdef __linux__
#include <linux/perf_event.h>
#include <sys/syscall.h>

static int system_open(uint32_t type, uint64_t event, int processor) {
    struct perf_event_attr attributes = {.type = type, .size = sizeof attributes, .config = event};
    return (int)syscall(SYS_perf_event_open, &attributes, -1, processor, -1, PERF_FLAG_FD_CLOEXEC);
}

static int system_read(int descriptor, uint64_t *count) {
    return read(descriptor, count, sizeof *count) == (ssize_t)sizeof *count ? 0 : -1;
}

static void system_close(int descriptor) {
    close(descriptor);
}

static struct meter *perf_open(struct device *device) {
    static const struct perf_entry entry = {system_open, system_read, system_close};
    return perf_open_with(device, &entry);
}

const struct meter_table meter_perf = {
    .name = "perf", .open = perf_open, .read = perf_read, .close = perf_close, .wakes = METER_BARE};
#else
const struct meter_table meter_perf = {
    .name = "perf", .read = perf_read, .close = perf_close, .wakes = METER_BARE};
#endif
