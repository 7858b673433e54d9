/* SPDX-License-Identifier: MIT */
#include "runner/run/origin.h"

#include "runner/run/machine.h"

/* Runs from before versions existed have none. */
static const char *or_unknown(const char *text) {
    return text[0] != '\0' ? text : "unknown";
}

int run_origin_read(const struct run *run, struct run_origin *origin, struct error *error) {
    char path[RUN_PATH_SIZE];
    *origin = (struct run_origin){.started = ""};
    if (csv_table_read(run_path(run, path, "machine.csv"), &origin->machine, error) != 0 ||
        csv_table_read(run_path(run, path, "settings.csv"), &origin->settings, error) != 0)
        return -1;
    origin->of = (struct table_origin){.device = machine_value(origin->machine, "device"),
        .chip = machine_value(origin->machine, "chip"),
        .os = machine_value(origin->machine, "os"),
        .clock = machine_value(origin->machine, "clock"),
        .suite_version = or_unknown(machine_value(origin->settings, "version")),
        .suite_commit = or_unknown(machine_value(origin->machine, "commit"))};
    origin->started = machine_value(origin->settings, "started_utc");
    return 0;
}

void run_origin_free(struct run_origin *origin) {
    csv_table_free(origin->machine);
    csv_table_free(origin->settings);
}
