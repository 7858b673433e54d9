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
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct command {
    const char *name;
    int (*run)(int argc, char **argv, struct error *error);
    const char *line; /* what it does, in one line */
    const char *help;
    bool own_help; /* the program it becomes answers --help itself */
};

static const struct command commands[] = {
    {"list", command_list, "the probes and benchmarks and what each asks",
        "usage: aneprobe list\n\n"
        "One line a program: name, kind, question. What arms a program has it says itself:\n"
        "'build/probes/NAME --list'.\n",
        false},
    {"devices", command_devices, "the devices of this machine and why others cannot be used",
        "usage: aneprobe devices\n", true},
    {"doctor", command_doctor, "does the Neural Engine's device work on this Mac, and if not, why",
        "usage: aneprobe doctor [--csv | --selectors]\n", true},
    {"run", command_run, "run probes and benchmarks, judge them, write a report",
        "usage: aneprobe run [NAME...] [OPTION...]\n"
        "       aneprobe run --resume DIR [--tap]\n\n"
        "Runs all programs, or those named: each trial in a process of its own, in blocks that "
        "are\n"
        "shuffled by the seed. Ctrl-C stops with a report of what there is.\n\n"
        "  --device D    where programs run ('aneprobe devices'); default auto: the engine where\n"
        "                there is one, else the CPU\n"
        "  --out DIR     the run directory, new or empty; default results/MACHINE/UTC-COMMIT\n"
        "  --seed N      same seed, same order and same data; default: the time\n"
        "  --quick       fewer and smaller trials, under a minute\n"
        "  --allow-disruptive\n"
        "                on an engine, also what may disturb it for others, last: compile_limit,\n"
        "                compile_handoff, poison;\n"
        "                what is named runs anyway\n"
        "  --resume DIR  go on with a run that was stopped; no finished trial is repeated\n"
        "  --tap         verdicts as TAP on stdout; contradicted is TODO, exit code 0\n",
        false},
    {"judge", command_judge, "samples of a run to summary.csv and verdicts.csv; no device",
        "usage: aneprobe judge RUN\n\n"
        "Judges a stored run directory again and prints its verdicts. The same samples give the\n"
        "same bytes.\n",
        false},
    {"report", command_report, "PROBE_RESULTS.md and figures of a judged run",
        "usage: aneprobe report RUN\n\n"
        "Needs sqlite3; figures need gnuplot, PROBE_RESULTS.html cmark-gfm.\n",
        false},
    {"audit", command_audit, "every published claim, what a run says of it, and what adds up",
        "usage: aneprobe audit [RUN] [--markdown | --csv]\n", true},
    {"compare", command_compare, "chips side by side: runs, and what others published",
        "usage: aneprobe compare RUN... [--published] [--out DIR]\n"
        "       aneprobe compare --published [--out DIR]\n",
        true},
    {"submit", command_submit, "one run packed into one file, checked, to be handed on",
        "usage: aneprobe submit RUN [--out FILE]\n\n"
        "Checks that the run is complete, that its samples are what its trials wrote, that its\n"
        "verdicts follow from them, and that no host, user or home directory is named; then packs\n"
        "it, by default into MACHINE-RUN.tar.gz in this directory.\n",
        false},
    {"add", command_add, "a file of 'submit' checked and filed under results/",
        "usage: aneprobe add FILE\n\n"
        "Makes results/MACHINE/RUN of it, judged again from its samples, with a report. A file "
        "that\n"
        "is damaged, or whose verdicts do not follow from its samples, is refused. FILE may also "
        "be\n"
        "what a browser made of it: the .tar, or the unpacked folder.\n",
        false},
    {"plan", command_plan, "what training would cost on a simulated chip",
        "usage: aneprobe plan --chip CHIP [OPTION...]\n"
        "       aneprobe plan --check\n\n"
        "Simulated from published figures; nothing is measured. 'aneprobe plan --help' has more.\n",
        true},
    {"train", command_train, "train a model on a device, and measure what updating weights costs",
        "usage: aneprobe train --out DIR [OPTION...]\n"
        "       aneprobe train --resume DIR\n\n"
        "'aneprobe train --help' has more. The experiment is 'aneprobe run train'.\n",
        true},
    {"mil", command_mil, "check a MIL file",
        "usage: aneprobe mil FILE.mil\n\n"
        "Prints inputs, outputs, ops and complaints, each with line and column.\n",
        true},
};
enum { N_COMMANDS = sizeof commands / sizeof *commands };

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
    for (int i = 0; i < N_COMMANDS; i++)
        fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].line);
    fputs(overview_end, out);
}

static const struct command *find_command(const char *name, struct error *error) {
    const char *names[N_COMMANDS + 1];
    for (int i = 0; i < N_COMMANDS; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
        names[i] = commands[i].name;
    }
    names[N_COMMANDS] = "help";
    const char *nearest = suggest_nearest(name, names, N_COMMANDS + 1);
    error_set(error, EXIT_USAGE, "unknown command '%s'", name);
    if (nearest != NULL)
        error_add(error, "; did you mean '%s'?", nearest);
    error_add(error, " ('aneprobe help' shows all)");
    return NULL;
}

static bool is_help(const char *word) {
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static int help(int argc, char **argv, struct error *error) {
    if (argc == 0) {
        put_overview(stdout);
        return EXIT_DONE;
    }
    const struct command *command = find_command(argv[0], error);
    if (command == NULL)
        return error->code;
    fputs(command->help, stdout);
    return EXIT_DONE;
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
    if (is_help(argv[1]) || strcmp(argv[1], "help") == 0)
        return help(argc - 2, argv + 2, error);
    const struct command *command = find_command(argv[1], error);
    if (command == NULL)
        return error->code;
    for (int i = 2; i < argc && !command->own_help; i++)
        if (is_help(argv[i]))
            return help(1, argv + 1, error);
    return command->run(argc - 2, argv + 2, error);
}

/* A descriptor that is closed would be given to the next file, and what is printed would end up in
 * it. */
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
        fprintf(stderr, "aneprobe: what it prints cannot be written; make room for it\n");
        return code == EXIT_DONE ? EXIT_BROKEN : code;
    }
    return code;
}
