/* SPDX-License-Identifier: MIT
 *
 * Power source, power mode and heat: what pmset prints, and trees of files in place of /sys.
 */
#include "base/conditions.h"
#include "sysfs_tree.h"

static void pmset_is(
    const char *settings, const char *battery, const char *source, const char *mode) {
    struct conditions got;
    conditions_unknown(&got);
    conditions_of_pmset(settings, battery, &got);
    cr_assert_str_eq(got.source, source);
    cr_assert_str_eq(got.mode, mode);
}

Test(conditions, pmset) {
    static const char mains[] = "Now drawing from 'AC Power'\n",
                      battery[] = "Now drawing from 'Battery Power'\n -InternalBattery-0\t63%;\n";
    pmset_is("System-wide power settings:\nCurrently in use:\n standby              1\n"
             " lowpowermode         1\n",
        battery, "battery", "low");
    pmset_is(" lowpowermode         0\n", mains, "mains", "normal");
    pmset_is(" powermode            2\n lowpowermode         0\n", mains, "mains", "high");
    pmset_is(" powermode            1\n", mains, "mains", "low");
    pmset_is(" powermode            0\n", mains, "mains", "normal");
    pmset_is(" standby              1\n lowpowermodes 1\n", "nothing\n", "unknown", "unknown");
    pmset_is(NULL, NULL, "unknown", "unknown");
    pmset_is("lowpowermode", "", "unknown", "unknown");
}

#ifdef __linux__

TestSuite(conditions_files, .init = tree_open, .fini = tree_close);

static void files_are(const char *source, const char *mode, const char *thermal) {
    struct conditions got;
    conditions_read(&got);
    cr_assert_str_eq(got.source, source);
    cr_assert_str_eq(got.mode, mode);
    cr_assert_str_eq(got.thermal, thermal);
}

Test(conditions_files, none) {
    files_are("unknown", "unknown", "unknown");
}

Test(conditions_files, a_laptop) {
    tree_file("class/power_supply/AC/type", "Mains\n");
    tree_file("class/power_supply/AC/online", "0\n");
    tree_file("class/power_supply/BAT0/type", "Battery\n");
    tree_file("class/power_supply/BAT0/status", "Discharging\n");
    tree_file("firmware/acpi/platform_profile", "low-power\n");
    tree_file("class/thermal/thermal_zone0/temp", "41000\n");
    tree_file("class/thermal/thermal_zone1/temp", "63500\n");
    files_are("battery", "low", "hottest_c=63.5");
    tree_file("class/power_supply/AC/online", "1\n");
    tree_file("firmware/acpi/platform_profile", "performance\n");
    files_are("mains", "high", "hottest_c=63.5");
    tree_file("firmware/acpi/platform_profile", "custom\n");
    files_are("mains", "unknown", "hottest_c=63.5");
}

#endif
