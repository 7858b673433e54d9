/* SPDX-License-Identifier: MIT
 *
 * The aneprobe command: starts a sub-command and prints what went wrong.
 */
#include "runner/command/command.h"
#include "runner/commit.h"
#include "runner/config.h"
#include "base/signals.h"
#include "measure/suggest.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char overview_end[] =
    "  help [COMMAND]\n"
    "  --version\n\n"
    "Exit codes: 0 done, 1 failed, 2 usage, 77 unsupported here, 99 broken environment or data,\n"
    "130 interrupted.\n\n"
    "Environment, where the suite has been moved or is tested:\n"
    "  ANEPROBE_SOURCE    the directory that holds results/ and plots/\n"
    "  ANEPROBE_PROGRAMS  the list of programs, CSV with program,kind,path\n"
    "  ANEPROBE_TOOLS     the directory that holds aneprobe-devices, -doctor, -mil, -plan\n"
    "                     and -train\n";

static void put_overview(FILE *out) {
    fputs("usage: aneprobe COMMAND [ARGUMENT...]\n\n", out);
    for (size_t i = 0; commands[i] != NULL; i++)
        fprintf(out, "  %-9s %s\n", commands[i]->name, commands[i]->brief);
    fputs(overview_end, out);
}

static const struct command *find_command(const char *name, struct error *error) {
    enum { MOST_COMMANDS = 32 };
    const char *names[MOST_COMMANDS] = {"help"};
    size_t n = 1;
    for (size_t i = 0; commands[i] != NULL && n < MOST_COMMANDS; i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
        names[n++] = commands[i]->name;
    }
    const char *nearest = suggest_nearest(name, names, n);
    error_set(error, EXIT_USAGE, "unknown command '%s'", name);
    if (nearest != NULL)
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
    return command != NULL ? command_help(command, error) : (int)error->code;
}

static int dispatch(int argc, char **argv, struct error *error) {
    if (argc < 2) {
        put_overview(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("aneprobe %s (%s)\n", CONFIG_VERSION, COMMIT);
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0)
        return help(argc - 2, argv + 2, error);
    const struct command *command = find_command(argv[1], error);
    return command != NULL ? command_start(command, argc - 2, argv + 2, error) : (int)error->code;
}

/* A standard descriptor that is closed would be given to the next file opened, and output would end up
 * in that file. */
static int open_standard(struct error *error) {
    int fd;
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd < 0)
        return error_set(error, EXIT_BROKEN, "cannot open /dev/null");
    close(fd);
    return 0;
}

int main(int argc, char **argv) {
    struct error error = {EXIT_DONE, ""};
    int code;
    if (open_standard(&error) != 0 || signals_open(&error) != 0)
        code = error.code;
    else
        code = dispatch(argc, argv, &error);
    if (error.text[0] != '\0')
        fprintf(stderr, "aneprobe: %s\n", error.text);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "aneprobe: cannot write to standard output; make room for it\n");
        return code == EXIT_DONE ? EXIT_BROKEN : code;
    }
    return code;
}
