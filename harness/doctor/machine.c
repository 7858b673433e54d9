/* SPDX-License-Identifier: MIT */
#include "base/disturbance.h"
#include "base/place.h"
#include "base/suite.h"
#include "device/host/machine.h"
#include "doctor/doctor.h"
#include "record/disturbed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>

/* A full run's directory has about 50 MB; the programs of a trial, about 300 MB at most. */
enum { ENOUGH_MB = 1024 };

/* The nearest existing ancestor of `path`. */
static bool room_ask(char *path, struct statvfs *room) {
    while (statvfs(path, room) != 0) {
        char *slash = strrchr(path, '/');
        if (errno != ENOENT || slash == NULL || slash == path)
            return false;
        *slash = '\0';
    }
    return true;
}

/* `what` replaces the path, which may name a user. */
static void room_row(const char *what, char *path, const char *remedy) {
    struct statvfs room;
    if (!path || !room_ask(path, &room)) {
        doctor_row("disk", what, "failed", remedy, "cannot be determined: %s", strerror(errno));
        return;
    }
    const double free_mb = (double)room.f_bavail * (double)room.f_frsize / 1e6;
    doctor_row("disk", what, free_mb < ENOUGH_MB ? "low" : "ok", free_mb < ENOUGH_MB ? remedy : "",
        "%.0f MB free", free_mb);
}

static void disturbance_rows(void) {
    const struct timespec second = {.tv_sec = 1};
    struct disturbance_reading begin, end;
    struct disturbance between;
    disturbance_read(&begin);
    nanosleep(&second, NULL);
    disturbance_read(&end);
    disturbance_between(&begin, &end, &between);
    if (!between.has_others)
        doctor_row("machine", "busy", "unsupported", "check it yourself (top)",
            "the load from others cannot be read here");
    else if (disturbed_is(&between) == DISTURBED_YES)
        doctor_row("machine", "busy", "busy",
            "close other programs and wait for indexing and updates before measuring",
            "others kept %.2f processors busy for a second", between.others_cpus);
    else
        doctor_row("machine", "busy", "ok", "", "others kept %.2f processors busy for a second",
            between.others_cpus);
}

int doctor_machine(void) {
    char text[256];
    doctor_row("machine", "suite", "ok", "", "aneprobe %s (%s)", suite_version(), suite_commit());
    machine_os(text, sizeof text);
    doctor_row("machine", "system", "ok", "", "%s", text);
    machine_chip(text, sizeof text);
    doctor_row("machine", "chip", "ok", "", "%s", text);
    const char *temporary = getenv("TMPDIR");
    char *results = place_results(),
         *scratch = strdup(temporary && temporary[0] != '\0' ? temporary : "/tmp");
    room_row("results", results, "make room, or name another directory with run --out");
    room_row("temporary files", scratch, "make room, or set TMPDIR elsewhere");
    free(scratch);
    free(results);
    disturbance_rows();
    return 0;
}
