/* SPDX-License-Identifier: MIT */
#include "runner/command/command.h"
#include "base/files.h"
#include "runner/run/judge.h"
#include "runner/run/machine.h"
#include "runner/command/options.h"
#include "runner/run/progress.h"
#include "runner/run/report.h"
#include "runner/run/session.h"
#include "base/signals.h"
#include "runner/run/verdicts.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct run_options {
    const char *device, *directory, *seed, *resume;
    bool quick, tap, allow_disruptive;
};

/* Begins or resumes, as the command line says. */
static int session_open(int argc, char **argv, struct run_options *options, struct session *session,
    struct error *error) {
    const struct option_spec specs[] = {{"--device", &options->device, NULL},
        {"--out", &options->directory, NULL}, {"--seed", &options->seed, NULL},
        {"--resume", &options->resume, NULL}, {"--quick", NULL, &options->quick},
        {"--tap", NULL, &options->tap}, {"--allow-disruptive", NULL, &options->allow_disruptive}};
    int n = options_parse(argc, argv, specs, (int)(sizeof specs / sizeof *specs), error);
    if (n < 0)
        return -1;
    if (options->resume != NULL) {
        if (n > 0 || options->device || options->directory || options->seed || options->quick ||
            options->allow_disruptive)
            return error_set(error, EXIT_USAGE,
                "'--resume' goes on with what the run was begun with; only '--tap' goes with it");
        return session_resume(session, options->resume, error);
    }
    struct session_request request = {.names = argv,
        .n_names = n,
        .device = options->device != NULL ? options->device : "auto",
        .directory = options->directory,
        .seed = (uint64_t)time(NULL),
        .quick = options->quick,
        .allow_disruptive = options->allow_disruptive};
    if (options->seed != NULL && options_u64("--seed", options->seed, &request.seed, error) != 0)
        return -1;
    return session_begin(session, &request, error);
}

static int run_jobs(struct session *session, bool *interrupted, struct error *error) {
    int failed = 0;
    *interrupted = false;
    while (!failed && !*interrupted && session->journal.n_done < session->plan.n) {
        progress_show(stderr, &session->plan, &session->journal);
        failed = session_step(session, interrupted, error);
    }
    progress_clear(stderr);
    if (failed)
        error_add(error, "; what is measured is safe, go on with: aneprobe run --resume %s",
            session->run.path);
    return failed;
}

/* How many jobs did not end well? */
static size_t count_bad(const struct journal *journal) {
    size_t n = 0;
    for (size_t i = 0; i < journal->n_done; i++)
        n += journal->entries[i].status != JOB_OK && journal->entries[i].status != JOB_UNSUPPORTED;
    return n;
}

static void put_summary(const struct session *session, bool tap) {
    const struct journal *journal = &session->journal;
    FILE *out = tap ? stderr : stdout;
    size_t of_status[JOB_STATUSES] = {0};
    for (size_t i = 0; i < journal->n_done; i++)
        of_status[journal->entries[i].status]++;
    fprintf(out, "%zu of %zu trials done:", journal->n_done, session->plan.n);
    for (int status = 0; status < JOB_STATUSES; status++)
        if (of_status[status] > 0 || status == JOB_OK)
            fprintf(out, " %zu %s", of_status[status], job_status_name((enum job_status)status));
    fprintf(out, "\nrun: %s\n", session->run.path);
    if (strcmp(machine_value(session->machine, "stand_in"), "yes") == 0)
        fprintf(out, "STAND-IN: none of this is about an engine\n");
    if (session->survey.skipped[0] != '\0')
        fprintf(out,
            "not run: %s, which may disturb the engine for others; name it, or give "
            "--allow-disruptive\n",
            session->survey.skipped);
    for (size_t i = 0, shown = 0; i < journal->n_done && !tap; i++) {
        enum job_status status = journal->entries[i].status;
        if (status == JOB_OK || status == JOB_UNSUPPORTED || ++shown > 10)
            continue;
        char words[512];
        job_last_words(&session->run, session->plan.jobs[i].job, words, sizeof words);
        fprintf(stderr, "job %u %s %s: %s: %s\n", session->plan.jobs[i].job,
            session->plan.jobs[i].program, session->plan.jobs[i].arm, job_status_name(status),
            words);
    }
}

/* Judges and reports whatever there is. One failing does not keep the next from being tried. */
static int finish(struct session *session, bool tap, struct error *error) {
    char path[RUN_PATH_SIZE];
    struct error judging = {EXIT_DONE, ""}, problem;
    int failed = machine_write_after(run_path(&session->run, path, "machine.csv"), error);
    if (judge_run(&session->run, &session->manifest, &session->plan, &judging) != 0)
        failed = error_set(error, judging.code, "%s", judging.text);
    put_summary(session, tap);
    int shown = tap ? verdicts_tap(&session->run, &session->plan, &session->journal, judging.text,
                          stdout, &problem)
                    : verdicts_table(&session->run, stdout, &problem);
    if (shown != 0 && !failed)
        failed = error_set(error, problem.code, "%s", problem.text);
    /* Without verdicts there is none to write, and why is said. */
    if (failed && !file_exists(run_path(&session->run, path, "verdicts.csv")))
        return failed;
    if (report_write(&session->run, &problem) == 0)
        fprintf(tap ? stderr : stdout, "report: %s\n",
            run_path(&session->run, path, "PROBE_RESULTS.md"));
    else if (!failed)
        failed = error_set(error, problem.code == EXIT_INTERRUPTED ? EXIT_INTERRUPTED : EXIT_BROKEN,
            "no report: %s; the results are safe, mend this and run: aneprobe report %s",
            problem.text, session->run.path);
    return failed;
}

static int run(int argc, char **argv, struct error *error) {
    struct run_options options = {0};
    struct session session;
    bool interrupted;
    if (session_open(argc, argv, &options, &session, error) != 0)
        return error->code;
    if (session.notice[0] != '\0')
        fprintf(stderr, "aneprobe: %s\n", session.notice);
    int code = EXIT_DONE;
    if (run_jobs(&session, &interrupted, error) != 0) {
        code = error->code;
    } else {
        if (interrupted)
            signals_clear();
        if (finish(&session, options.tap, error) != 0)
            code = error->code;
        else if (!options.tap && count_bad(&session.journal) > 0)
            code = EXIT_FAILED;
        if (interrupted) {
            code = EXIT_INTERRUPTED;
            fprintf(stderr, "aneprobe: interrupted; go on with: aneprobe run --resume %s\n",
                session.run.path);
        }
    }
    if (options.tap && code == EXIT_BROKEN)
        printf("Bail out! see the messages on stderr\n");
    session_close(&session);
    return code;
}

const struct command command_run = {
    "run",
    "run probes and benchmarks, judge them, write a report",
    run,
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
    NULL,
};
