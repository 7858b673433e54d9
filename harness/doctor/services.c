/* SPDX-License-Identifier: MIT
 *
 * What this system's version means for the suite, and the state of the engine's services: the disk that the
 * compiler's keeps, and a compile that failed shortly before.
 */
#include "base/spawn.h"
#include "device/host/directory.h"
#include "device/host/machine.h"
#include "doctor/doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A failed compile is said to spoil what is compiled within some 15 s (sbryngelson/ane-guide). */
enum { SPOILED_S = 15 };
/* Deleted files that the service keeps open; 178 GB were seen (cadamcat/llms-on-apple-neural-engine). */
#define MUCH_GB 10.0

static void version_row(const char *os) {
    int major;
    if (sscanf(os, "macOS %d", &major) != 1)
        return;
    if (major == 27)
        doctor_row("machine", "macOS 27", "ok", "",
            "known: weights that can be written exist (probe mutable_weights), errors say more");
    else if (major == 26)
        doctor_row("machine", "macOS 26", "ok", "",
            "known: most of what is published about the engine is from here");
    else if (major > 27)
        doctor_row("machine", "version", "unsupported", "send this account: nobody has tried it",
            "newer than macOS 27: what the suite knows of the framework may have changed");
    else
        doctor_row("machine", "version", "ok", "",
            "older than macOS 26: weights that can be written do not exist");
}

/* Sizes of the files in lsof's output by fields, one a line behind an s. */
static double sizes_sum(const char *text) {
    double bytes = 0;
    for (const char *line = text; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (*line == 's')
            bytes += strtod(line + 1, NULL);
    }
    return bytes;
}

static void disk_row(void) {
    static const char item[] = "compiler service";
    static const char how[] = "sudo lsof -a +L1 -c ANECompiler tells";
    char path[4096];
    if (spawn_find("lsof", path, sizeof path) != 0) {
        doctor_row("machine", item, "unsupported", how, "what it keeps on disk: no lsof here");
        return;
    }
    struct spawn_sink out = {.fd = -1, .limit = 1 << 20, .drops = true},
                      err = {.fd = -1, .limit = 4096, .drops = true};
    const struct spawn_program lsof = {
        .argv = (const char *const[]){path, "-a", "+L1", "-c", "ANECompiler", "-F", "s", NULL},
        .limits = {.time_ms = 2000},
        .out = &out,
        .err = &err};
    struct spawn_result result;
    struct error error;
    const bool ran = spawn_run(&lsof, &result, &error) == 0 && result.end == SPAWN_ENDED;
    const double gb = out.text ? sizes_sum(out.text) / 1e9 : 0;
    if (ran && gb > 0)
        doctor_row("machine", item, gb > MUCH_GB ? "low" : "ok",
            gb > MUCH_GB ? "it gives them back when it ends: sudo killall ANECompilerService" : "",
            "keeps %.1f GB of deleted files", gb);
    else if (ran && geteuid() == 0)
        doctor_row("machine", item, "ok", "", "keeps no deleted files");
    else
        doctor_row("machine", item, "unsupported", how,
            "what it keeps on disk: other users' processes are not shown");
    free(out.text);
    free(err.text);
}

static void failure_row(void) {
    const double age_s = run_directory_failure_age_s();
    if (age_s >= 0 && age_s < SPOILED_S)
        doctor_row("machine", "failed compile", "busy",
            "wait 15 s: what is compiled before may fail as well",
            "a program of this suite failed to compile %.0f s ago", age_s);
}

int doctor_services(const char *os) {
    char own[256];
    machine_os(own, sizeof own);
    version_row(strcmp(os, "-") == 0 ? own : os);
    if (strncmp(strcmp(os, "-") == 0 ? own : os, "macOS", 5) == 0)
        disk_row();
    failure_row();
    return 0;
}
