/* SPDX-License-Identifier: MIT
 *
 * The aneprobe command: starts a sub-command and prints what went wrong.
 */
#include "runner/command/command.h"
#include "base/suite.h"
#include "base/program.h"
#include "base/signals.h"
#include "base/suggest.h"

#include <stdio.h>
#include <string.h>

static const char overview_end[] =
    "  help [COMMAND]\n"
    "  --version\n\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 77 unsupported here, 99 broken\n"
    "environment or data, 130 interrupted.\n\n"
    "Environment, for tests:\n"
    "  ANEPROBE_SOURCE       the directory that holds results/ and plots/\n"
    "  ANEPROBE_EXPERIMENTS  the list of experiments, CSV with experiment,kind,path\n"
    "  ANEPROBE_TOOLS        the directory that holds the commands' programs\n"
    "  ANEPROBE_LOCKS        the directory for the lock that allows one run at a time\n";

static void put_overview(FILE *out) {
    fputs("usage: aneprobe COMMAND [ARGUMENT...]\n\n", out);
    for (size_t i = 0; commands[i]; i++)
        fprintf(out, "  %-9s %s\n", commands[i]->name, commands[i]->brief);
    fputs(overview_end, out);
}

static const struct command *find_command(const char *name, struct error *error) {
    enum { MOST_COMMANDS = 32 };
    const char *names[MOST_COMMANDS] = {"help"};
    size_t n = 1;
    for (size_t i = 0; commands[i] && n < MOST_COMMANDS; i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
        names[n++] = commands[i]->name;
    }
    const char *nearest = suggest_nearest(name, names, n);
    error_set(error, EXIT_USAGE, "unknown command '%s'", name);
    if (nearest)
        error_add(error, "; did you mean '%s'?", nearest);
    error_add(error, " ('aneprobe help' shows all)");
    return NULL;
}

static int help(int argc, char **argv, struct error *error) {
    if (argc == 0) {
        put_overview(stdout);
        return EXIT_DONE;
    }
    const struct command *command = find_command(argv[0], error);
    return command ? command_help(command, error) : (int)error->code;
}

static int dispatch(int argc, char **argv, struct error *error) {
    if (argc < 2) {
        put_overview(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("aneprobe %s (%s)\n", suite_version(), suite_commit());
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0)
        return help(argc - 2, argv + 2, error);
    const struct command *command = find_command(argv[1], error);
    return command ? command_start(command, argc - 1, argv + 1, error) : (int)error->code;
}

int main(int argc, char **argv) {
    struct error error;
    if (program_begin(&error) == 0 && signals_open(&error) == 0)
        error.code = (enum exit_code)dispatch(argc, argv, &error);
    return program_end("aneprobe", &error);
}
