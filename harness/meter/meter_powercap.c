/* SPDX-License-Identifier: MIT
 *
 * Linux powercap (RAPL): a folder intel-rapl:N a package and intel-rapl:N:M below it, on Intel and AMD. Each
 * has `name`, `energy_uj`, which counts up and begins anew at `max_energy_range_uj`, and is root's to read
 * since CVE-2020-8694 (Linux 5.10). Layout: Documentation/power/powercap of the kernel. intel-rapl-mmio:N
 * are the same packages once more, and are left out.
 *
 * Tested on trees of files made up by the tests; no machine that has it was at hand.
 */
#include "meter/meter_table.h"
#include "base/sysfs.h"

#include "base/number.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Packages and what is below them: more than any machine of today has. */
enum { ZONES_MAX = 64 };

struct zone {
    char folder[64]; /* below class/powercap */
    enum meter_quantity quantity;
    uint64_t range_uj, last_uj;
    double joules;
};

struct powercap {
    struct meter base;
    struct zone zones[ZONES_MAX];
    int n_zones;
};

static const char remedy_forbidden[] =
    "run it as root, or let a group read energy_uj by a udev rule";

/* METER_QUANTITIES = none of ours. */
static enum meter_quantity quantity_of(const char *name) {
    if (strncmp(name, "package-", 8) == 0)
        return METER_PACKAGE;
    return !strcmp(name, "core")   ? METER_CPU
           : !strcmp(name, "dram") ? METER_MEMORY
           : !strcmp(name, "psys") ? METER_SYSTEM
                                   : METER_QUANTITIES;
}

/* Reads a number of the zone; 0, or errno. */
static int zone_number(const struct zone *zone, const char *file, uint64_t *out) {
    char path[128], text[64];
    snprintf(path, sizeof path, "class/powercap/%s/%s", zone->folder, file);
    const int failed = sysfs_read(path, text, sizeof text);
    if (failed)
        return failed;
    return number_whole(text, 0, UINT64_MAX, out) ? 0 : EINVAL;
}

static void counter_fail(struct powercap *p, const struct zone *zone, int failed) {
    struct meter_verdict *verdict = &p->base.counters[zone->quantity].verdict;
    if (failed == EACCES || failed == EPERM)
        meter_decide(verdict, METER_FORBIDDEN, remedy_forbidden, "%s/energy_uj is for root only",
            zone->folder);
    else
        meter_decide(verdict, METER_ABSENT, METER_AGAIN, "%s/energy_uj cannot be read: %s",
            zone->folder, failed == EINVAL ? "it is not a number" : strerror(failed));
}

static void zone_add(struct powercap *p, const char *folder, char *unknown, size_t size) {
    char path[128], name[48];
    struct zone *zone = &p->zones[p->n_zones];
    *zone = (struct zone){.range_uj = 0};
    snprintf(zone->folder, sizeof zone->folder, "%.63s", folder);
    snprintf(path, sizeof path, "class/powercap/%.63s/name", folder);
    if (sysfs_read(path, name, sizeof name) != 0)
        snprintf(name, sizeof name, "without a name");
    zone->quantity = quantity_of(name);
    if (zone->quantity == METER_QUANTITIES) {
        snprintf(unknown, size, "%s", name);
        return;
    }
    p->n_zones++;
    (void)meter_counter_add(&p->base, zone->quantity, name, "uJ");
    int failed = zone_number(zone, "energy_uj", &zone->last_uj);
    if (!failed)
        failed = zone_number(zone, "max_energy_range_uj", &zone->range_uj);
    if (failed)
        counter_fail(p, zone, failed);
}

static int is_zone(const struct dirent *entry) {
    return strncmp(entry->d_name, "intel-rapl:", 11) == 0;
}

static void powercap_read(struct meter *meter) {
    struct powercap *p = (struct powercap *)meter;
    for (int q = 0; q < METER_QUANTITIES; q++)
        meter->joules[q] = 0;
    for (int i = 0; i < p->n_zones; i++) {
        struct zone *zone = &p->zones[i];
        uint64_t now_uj;
        if (meter->counters[zone->quantity].verdict.state > METER_FROZEN)
            continue;
        const int failed = zone_number(zone, "energy_uj", &now_uj);
        if (failed) {
            counter_fail(p, zone, failed);
            continue;
        }
        const uint64_t delta_uj = now_uj >= zone->last_uj
                                      ? now_uj - zone->last_uj
                                      : now_uj + (zone->range_uj - zone->last_uj);
        zone->last_uj = now_uj;
        zone->joules += (double)delta_uj * 1e-6;
        meter->joules[zone->quantity] += zone->joules;
        meter->mark[zone->quantity] += delta_uj; /* a sum that changes with each */
    }
}

static void powercap_close(struct meter *meter) {
    free(meter);
}

static struct meter *powercap_open(struct device *device) {
    struct powercap *p = calloc(1, sizeof *p);
    char folder[256], unknown[48] = "";
    struct dirent **entries = NULL;
    (void)device;
    if (!p)
        return NULL;
    meter_decide(&p->base.verdict, METER_UNPROVEN, METER_PROVE, "was not tried yet");
    sysfs_path("class/powercap", folder, sizeof folder);
    const int n = scandir(folder, &entries, is_zone, alphasort);
    for (int i = 0; i < n; i++) {
        if (p->n_zones < ZONES_MAX)
            zone_add(p, entries[i]->d_name, unknown, sizeof unknown);
        free(entries[i]);
    }
    free(entries);
    if (p->n_zones == 0 && unknown[0])
        meter_decide(&p->base.verdict, METER_ABSENT, METER_TELL,
            "class/powercap has only a zone '%s', which is not known here", unknown);
    else if (p->n_zones == 0)
        meter_decide(&p->base.verdict, METER_ABSENT, METER_BARE,
            "no intel-rapl in class/powercap, as in virtual machines and containers");
    return &p->base;
}

const struct meter_table meter_powercap = {.name = "powercap",
    .open = powercap_open,
    .read = powercap_read,
    .close = powercap_close,
    .wakes = METER_BARE};
