/* SPDX-License-Identifier: MIT
 *
 * All sub-commands, in the order in which they are shown.
 */
#include "base/signals.h"
#include "runner/command/command.h"
#include "base/place.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const struct command command_list, command_run, command_judge, command_report,
    command_submit, command_add, command_compare, command_baseline;

/* A command that is a separate program, because it needs what the runner must not link. */
#define PROGRAM(name, brief, program) (&(const struct command){name, brief, NULL, NULL, program})

const struct command *const commands[] = {
    &command_list,
    PROGRAM("devices", "list the devices of this machine, and why others do not open",
        "harness/device/aneprobe-devices"),
    PROGRAM("doctor", "check what works on this machine, and say what to do about the rest",
        "harness/doctor/aneprobe-doctor"),
    &command_run,
    &command_judge,
    &command_report,
    PROGRAM("audit", "list every published claim, and what a run says about it", "plots/audit.sh"),
    &command_compare,
    &command_baseline,
    PROGRAM("import", "print others' results as rows of published figures",
        "harness/import/aneprobe-import"),
    &command_submit,
    &command_add,
    PROGRAM("fleet", "run on several machines over ssh, file their runs and compare them",
        "harness/fleet.sh"),
    PROGRAM("plan", "forecast what training would cost on a simulated chip",
        "bench/train/plan/aneprobe-plan"),
    PROGRAM("train", "train a model on a device, and measure what updating weights costs",
        "bench/train/aneprobe-train"),
    PROGRAM("bench", "compile, check and time programs of your own on devices",
        "harness/bench_file/aneprobe-bench"),
    PROGRAM("generate", "time a language model of your own on a device",
        "bench/generate/aneprobe-generate"),
    PROGRAM("mil", "check, rewrite and write a MIL program", "harness/mil_file/aneprobe-mil"),
    NULL,
};

/* Takes over `path`. */
static int become(char *path, int argc, char **argv, struct error *error) {
    char **words = calloc((size_t)argc + 2, sizeof *words);
    if (!path || !words) {
        error_set(error, EXIT_BROKEN, "out of memory");
    } else {
        words[0] = path;
        memcpy(words + 1, argv, (size_t)argc * sizeof *words);
        signals_restore();
        execv(path, words);
        error_set(error, EXIT_BROKEN, "cannot start %s: %s; build the suite first", path,
            strerror(errno));
    }
    free(words);
    free(path);
    return error->code;
}

int command_become(const char *program, int argc, char **argv, struct error *error) {
    size_t n = strlen(program);
    bool is_script = n > 3 && strcmp(program + n - 3, ".sh") == 0;
    /* For scripts: where a comparison goes, and what to start. */
    char *results = place_results(), *self = place_self(),
         *table = place_program("harness/table/aneprobe-table");
    if (results)
        setenv("ANEPROBE_RESULTS", results, 0);
    if (self)
        setenv("ANEPROBE", self, 0);
    free(results);
    if (table)
        setenv("ANEPROBE_TABLE", table, 0);
    free(self);
    free(table);
    return become(is_script ? place_data(program) : place_program(program), argc, argv, error);
}

static int is_help(const char *word) {
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

int command_help(const struct command *command, struct error *error) {
    char word[] = "--help", *words[] = {word};
    if (command->program)
        return command_become(command->program, 1, words, error);
    options_help(command->line, stdout);
    return EXIT_DONE;
}

int command_start(const struct command *command, int argc, char **argv, struct error *error) {
    if (!command->run)
        return command_become(command->program, argc - 1, argv + 1, error);
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (is_help(argv[i]))
            return command_help(command, error);
    return command->run(argc, argv, error);
}
