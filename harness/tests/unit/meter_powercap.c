/* SPDX-License-Identifier: MIT
 *
 * Linux powercap on file trees that the tests write.
 */
#include "meter/meter_table.h"
#include "sysfs_tree.h"

#include <math.h>

static void tree_begin(void) {
    tree_open();
    tree_file("class/powercap/intel-rapl/uevent", "");
}
TestSuite(meter_powercap, .init = tree_begin, .fini = tree_close);

static void file_put(const char *zone, const char *file, const char *text) {
    char path[128];
    snprintf(path, sizeof path, "class/powercap/%s/%s", zone, file);
    tree_file(path, text);
}

static void zone_put(const char *zone, const char *name, const char *energy_uj) {
    file_put(zone, "name", name);
    file_put(zone, "max_energy_range_uj", "1000000\n");
    file_put(zone, "energy_uj", energy_uj);
}

static struct meter *meter_opened(void) {
    struct meter *meter = meter_powercap.open(NULL);
    cr_assert(meter);
    return meter;
}

static double joules(struct meter *meter, enum meter_quantity quantity) {
    meter_powercap.read(meter);
    return meter->joules[quantity];
}

#define IS(a, b) cr_assert(fabs((a) - (b)) < 1e-9, "%g is not %g", (a), (b))

Test(meter_powercap, packages_add_up_and_parts_are_apart) {
    zone_put("intel-rapl:0", "package-0\n", "100\n");
    zone_put("intel-rapl:1", "package-1-die-0\n", "200\n");
    zone_put("intel-rapl:0:0", "core\n", "10\n");
    zone_put("intel-rapl:0:1", "dram\n", "5\n");
    zone_put("intel-rapl:0:2", "uncore\n", "1\n");
    zone_put("intel-rapl-mmio:0", "package-0\n", "100\n");
    struct meter *meter = meter_opened();
    cr_assert_str_eq(meter->counters[METER_PACKAGE].channels, "package-0 + package-1-die-0");
    cr_assert_str_eq(meter->counters[METER_PACKAGE].unit, "uJ");
    cr_assert_eq(meter->counters[METER_CPU].verdict.state, METER_UNPROVEN);
    cr_assert(!meter->counters[METER_ENGINE].there && !meter->counters[METER_SYSTEM].there);
    IS(joules(meter, METER_PACKAGE), 0.0);
    const uint64_t mark = meter->mark[METER_PACKAGE];
    file_put("intel-rapl:0", "energy_uj", "1100\n");
    file_put("intel-rapl:1", "energy_uj", "3200\n");
    file_put("intel-rapl:0:0", "energy_uj", "510\n");
    file_put("intel-rapl:0:1", "energy_uj", "25\n");
    IS(joules(meter, METER_PACKAGE), 0.004);
    IS(meter->joules[METER_CPU], 0.0005);
    IS(meter->joules[METER_MEMORY], 0.00002);
    cr_assert(meter->mark[METER_PACKAGE] != mark);
    meter_powercap.close(meter);
}

Test(meter_powercap, wraps) {
    zone_put("intel-rapl:0", "package-0\n", "999000\n");
    struct meter *meter = meter_opened();
    file_put("intel-rapl:0", "energy_uj", "500\n");
    IS(joules(meter, METER_PACKAGE), 0.0015);
    file_put("intel-rapl:0", "energy_uj", "700\n");
    IS(joules(meter, METER_PACKAGE), 0.0017);
    meter_powercap.close(meter);
}

/* Root may read files of any mode, so this test changes to another user. */
Test(meter_powercap, forbidden) {
    char path[256];
    zone_put("intel-rapl:0", "package-0\n", "100\n");
    cr_assert_eq(chmod(tree_root, 0755), 0);
    tree_path("class/powercap/intel-rapl:0/energy_uj", path);
    cr_assert_eq(chmod(path, geteuid() == 0 ? 0400 : 0000), 0);
    const bool is_root = geteuid() == 0;
    cr_assert(!is_root || seteuid(65534) == 0);
    struct meter *meter = meter_opened();
    cr_assert(!is_root || seteuid(0) == 0);
    const struct meter_verdict *verdict = &meter->counters[METER_PACKAGE].verdict;
    cr_assert_eq(verdict->state, METER_FORBIDDEN, "%s", verdict->reason);
    cr_assert(strstr(verdict->reason, "intel-rapl:0/energy_uj is for root only"));
    cr_assert(strstr(verdict->remedy, "udev"));
    meter_powercap.close(meter);
}

Test(meter_powercap, a_file_that_disappears) {
    zone_put("intel-rapl:0", "package-0\n", "100\n");
    zone_put("intel-rapl:0:0", "core\n", "100\n");
    struct meter *meter = meter_opened();
    tree_remove("class/powercap/intel-rapl:0/energy_uj");
    file_put("intel-rapl:0:0", "energy_uj", "200\n");
    IS(joules(meter, METER_CPU), 0.0001);
    cr_assert_eq(meter->counters[METER_PACKAGE].verdict.state, METER_ABSENT);
    cr_assert(strstr(meter->counters[METER_PACKAGE].verdict.reason, "No such file"));
    meter_powercap.close(meter);
}

Test(meter_powercap, values_that_are_not_numbers_are_absent) {
    zone_put("intel-rapl:0", "package-0\n", "many\n");
    struct meter *meter = meter_opened();
    cr_assert_eq(meter->counters[METER_PACKAGE].verdict.state, METER_ABSENT);
    cr_assert(strstr(meter->counters[METER_PACKAGE].verdict.reason, "not a number"));
    meter_powercap.close(meter);
}

Test(meter_powercap, names_that_are_not_known) {
    zone_put("intel-rapl:0", "warp-core\n", "100\n");
    struct meter *meter = meter_opened();
    cr_assert_eq(meter->verdict.state, METER_ABSENT);
    cr_assert(strstr(meter->verdict.reason, "only a zone 'warp-core'"));
    meter_powercap.close(meter);
}

Test(meter_powercap, an_empty_folder) {
    struct meter *meter = meter_opened();
    cr_assert_eq(meter->verdict.state, METER_ABSENT);
    cr_assert(strstr(meter->verdict.reason, "no intel-rapl"));
    meter_powercap.close(meter);
}
