/* SPDX-License-Identifier: MIT
 *
 * aneprobe-bench: compiles, checks and times the user's programs. Started by `aneprobe bench`.
 */
#include "base/program.h"
#include "base/signals.h"
#include "base/spawn.h"
#include "bench_file/bench.h"
#include "bench_file/trial.h"

#include <stdio.h>

static enum exit_code job(const struct bench_settings *settings) {
    struct report report;
    report_begin(&report, stdout);
    return settings->job == JOB_REFERENCE ? trial_reference(settings, &report)
                                          : trial_time(settings, &report);
}

int main(int argc, char **argv) {
    struct bench_settings settings;
    struct error error;
    char self[4096];
    int read = program_begin(&error) != 0 ? -1 : settings_read(argc, argv, &settings, &error);
    if (read == 0 && settings.job != JOB_ALL)
        error.code = job(&settings);
    else if (read == 0 && spawn_find(argv[0], self, sizeof self) != 0)
        error_set(&error, EXIT_BROKEN, "%s is gone", argv[0]);
    else if (read == 0 && signals_open(&error) == 0)
        error.code = bench_run(&settings, self, &error);
    return program_end("aneprobe bench", &error);
}
