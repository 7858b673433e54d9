/* SPDX-License-Identifier: MIT */
#include "base/conditions.h"

#include "base/disturbance.h"
#include "base/spawn.h"
#include "base/sysfs.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char unknown[] = "unknown";

void conditions_unknown(struct conditions *out) {
    strcpy(out->source, unknown);
    strcpy(out->mode, unknown);
    strcpy(out->thermal, unknown);
}

/* ---- macOS */

/* The number of a line such as " lowpowermode         1"; -1 = there is none. */
static int setting_of(const char *settings, const char *name) {
    const size_t n = strlen(name);
    for (const char *line = settings; line && *line;) {
        line += strspn(line, " \t");
        if (strncmp(line, name, n) == 0 && strchr(" \t", line[n])) {
            int value;
            return sscanf(line + n, "%d", &value) == 1 ? value : -1;
        }
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    return -1;
}

/* powermode is of machines that have a high mode as well: 0 automatic, 1 low, 2 high. */
void conditions_of_pmset(const char *settings, const char *battery, struct conditions *out) {
    const int power = settings ? setting_of(settings, "powermode") : -1;
    const int low = settings ? setting_of(settings, "lowpowermode") : -1;
    if (power == 1 || low == 1)
        strcpy(out->mode, "low");
    else if (power == 2)
        strcpy(out->mode, "high");
    else if (power == 0 || low == 0)
        strcpy(out->mode, "normal");
    if (battery && strstr(battery, "'AC Power'"))
        strcpy(out->source, "mains");
    else if (battery && strstr(battery, "'Battery Power'"))
        strcpy(out->source, "battery");
}

#ifdef __APPLE__

/* What pmset prints, to free(); NULL = nothing. */
static char *pmset_ask(const char *about) {
    enum { LIMIT_MS = 5000, BYTES = 65536 };
    const char *const words[] = {"/usr/bin/pmset", "-g", about, NULL};
    struct spawn_sink out = {.fd = -1, .limit = BYTES, .drops = true}, err = out;
    const struct spawn_program program = {
        .argv = words, .limits = {.time_ms = LIMIT_MS}, .out = &out, .err = &err};
    struct spawn_result result;
    struct error ignored;
    const bool failed = spawn_run(&program, &result, &ignored) != 0 || result.exit_code != 0;
    free(err.text);
    if (failed) {
        free(out.text);
        return NULL;
    }
    return out.text;
}

static void power_read(struct conditions *out) {
    char *settings = pmset_ask(NULL), *battery = pmset_ask("batt");
    conditions_of_pmset(settings, battery, out);
    free(settings);
    free(battery);
}

void conditions_thermal(char out[24]) {
    struct disturbance_reading now;
    disturbance_read(&now);
    if (now.has_thermal_pressure)
        snprintf(out, 24, "pressure=%" PRIu64, now.thermal_pressure);
    else
        strcpy(out, unknown);
}

#else

/* ---- Linux */

static bool file_is(const char *folder, const char *file, const char *word) {
    char path[300], text[32];
    snprintf(path, sizeof path, "class/power_supply/%.200s/%s", folder, file);
    return sysfs_read(path, text, sizeof text) == 0 && strcmp(text, word) == 0;
}

/* Mains that are on, or a battery that is being used. */
static void source_read(char source[12]) {
    char folder[512];
    sysfs_path("class/power_supply", folder, sizeof folder);
    DIR *supplies = opendir(folder);
    for (const struct dirent *entry; supplies && (entry = readdir(supplies));) {
        const char *name = entry->d_name;
        if (file_is(name, "type", "Mains") && file_is(name, "online", "1"))
            strcpy(source, "mains");
        else if (strcmp(source, "mains") != 0 && file_is(name, "type", "Battery") &&
                 file_is(name, "status", "Discharging"))
            strcpy(source, "battery");
    }
    if (supplies)
        closedir(supplies);
}

static void power_read(struct conditions *out) {
    static const char *const profiles[][2] = {{"low-power", "low"}, {"quiet", "low"},
        {"cool", "low"}, {"balanced", "normal"}, {"balanced-performance", "normal"},
        {"performance", "high"}};
    char profile[32];
    source_read(out->source);
    if (sysfs_read("firmware/acpi/platform_profile", profile, sizeof profile) != 0)
        return;
    for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++)
        if (strcmp(profile, profiles[i][0]) == 0)
            strcpy(out->mode, profiles[i][1]);
}

void conditions_thermal(char out[24]) {
    enum { ZONES = 64 };
    long hottest_mc = -1;
    char text[32];
    for (int zone = 0; zone < ZONES; zone++) {
        char path[64];
        snprintf(path, sizeof path, "class/thermal/thermal_zone%d/temp", zone);
        if (sysfs_read(path, text, sizeof text) != 0)
            break;
        const long mc = strtol(text, NULL, 10);
        hottest_mc = mc > hottest_mc ? mc : hottest_mc;
    }
    if (hottest_mc < 0)
        strcpy(out, unknown);
    else
        snprintf(out, 24, "hottest_c=%.1f", (double)hottest_mc / 1000);
}

#endif

void conditions_read(struct conditions *out) {
    conditions_unknown(out);
    conditions_thermal(out->thermal);
    power_read(out);
}
