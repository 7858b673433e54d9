/* SPDX-License-Identifier: MIT
 *
 * Sub-commands that are programs of their own, because they need what the runner must not link.
 */
#include "runner/command/command.h"
#include "runner/command/places.h"
#include "base/signals.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Takes over `path`. */
static int become(char *path, int argc, char **argv, struct error *error) {
    const char **words = calloc((size_t)argc + 2, sizeof *words);
    if (path == NULL || words == NULL) {
        error_set(error, EXIT_BROKEN, "out of memory");
    } else {
        words[0] = path;
        for (int i = 0; i < argc; i++)
            words[i + 1] = argv[i];
        signals_restore();
        execv(path, (char *const *)words);
        error_set(error, EXIT_BROKEN, "cannot start %s: %s; build the suite first", path,
            strerror(errno));
    }
    free(words);
    free(path);
    return error->code;
}

int command_devices(int argc, char **argv, struct error *error) {
    return become(place_devices_tool(), argc, argv, error);
}

int command_doctor(int argc, char **argv, struct error *error) {
    return become(place_doctor_tool(), argc, argv, error);
}

int command_plan(int argc, char **argv, struct error *error) {
    return become(place_plan_tool(), argc, argv, error);
}

int command_audit(int argc, char **argv, struct error *error) {
    return become(place_in_source("plots/audit.sh"), argc, argv, error);
}

int command_train(int argc, char **argv, struct error *error) {
    return become(place_train_tool(), argc, argv, error);
}

int command_compare(int argc, char **argv, struct error *error) {
    return become(place_in_source("plots/compare.sh"), argc, argv, error);
}

int command_mil(int argc, char **argv, struct error *error) {
    return become(place_mil_tool(), argc, argv, error);
}
