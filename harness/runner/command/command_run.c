/* SPDX-License-Identifier: MIT */
#include "runner/command/command.h"
#include "base/clock.h"
#include "base/files.h"
#include "runner/run/again.h"
#include "runner/run/head.h"
#include "runner/run/idle.h"
#include "runner/run/judge.h"
#include "runner/run/machine.h"
#include "runner/run/machine_lock.h"
#include "runner/run/page.h"
#include "runner/run/progress.h"
#include "runner/run/report.h"
#include "runner/run/samples.h"
#include "runner/run/session.h"
#include "runner/run/totals.h"
#include "base/signals.h"
#include "runner/run/verdicts.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct run_request {
    const char *device, *directory, *resume;
    uint64_t seed;
    unsigned wait_idle_s;
    bool quick, tap, fixed, allow_disruptive, share, open;
};

#define FIELD(field) OPTION_FIELD(struct run_request, field)
static const struct option run_options[] = {
    {"--device", "D", "auto: the engine if there is one, else the CPU",
        "the device to run on ('aneprobe devices')", OPTION_WORD, FIELD(device)},
    {"--out", "DIR", "results/MACHINE/UTC-COMMIT", "the run directory, new or empty", OPTION_WORD,
        FIELD(directory)},
    {"--seed", "N", "the time", "the same seed gives the same order and the same data",
        OPTION_WHOLE, FIELD(seed)},
    {"--quick", NULL, NULL, "fewer and smaller trials", OPTION_SWITCH, FIELD(quick)},
    {"--fixed", NULL, NULL,
        "run all trials, even if all claims of an experiment are already decided", OPTION_SWITCH,
        FIELD(fixed)},
    {"--allow-disruptive", NULL, NULL,
        "on an engine, also run, as the last, experiments that may disturb other programs: "
        "compile_limit, program_limits, compile_handoff, poison; named experiments always run",
        OPTION_SWITCH, FIELD(allow_disruptive)},
    {"--wait-idle", "SECONDS", "0",
        "first wait, at most this long, until other processes leave the processors idle",
        OPTION_WHOLE, FIELD(wait_idle_s), .most = 86400},
    {"--resume", "DIR", NULL, "continue a stopped run; finished trials are not repeated",
        OPTION_WORD, FIELD(resume)},
    {"--tap", NULL, NULL,
        "print verdicts as TAP on standard output; contradicted ones are TODO, with exit code 0",
        OPTION_SWITCH, FIELD(tap)},
    {"--open", NULL, NULL, "open the report in a browser at the end", OPTION_SWITCH, FIELD(open)},
    {"--share", NULL, NULL,
        "run although another run is under way on this machine and both disturb each other",
        OPTION_SWITCH, FIELD(share)},
};
#undef FIELD
enum { N_RUN_OPTIONS = sizeof run_options / sizeof *run_options };

static const struct command_line run_line = {.name = "aneprobe run",
    .usage = "[NAME...] [OPTION...]\n--resume DIR [--tap] [--open] [--share] [--wait-idle SECONDS]",
    .text = "Runs all experiments, or those named: each trial in a separate process, in blocks "
            "shuffled by the seed. Ctrl-C stops with a report of the results so far.",
    .options = run_options,
    .n_options = N_RUN_OPTIONS,
    .most_operands = -1};

static bool goes_with_resume(const char *name) {
    static const char *const names[] = {"--resume", "--tap", "--open", "--share", "--wait-idle"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* Operands go to argv[1] and on, *n of them. */
static int request_read(
    int argc, char **argv, struct run_request *options, int *n, struct error *error) {
    bool given[N_RUN_OPTIONS] = {false};
    *options = (struct run_request){.device = "auto", .seed = (uint64_t)time(NULL)};
    if (options_read(&run_line, argc, argv, options, given, n, error) != OPTIONS_READ)
        return -1;
    for (int i = 0; options->resume && i < N_RUN_OPTIONS; i++)
        if (*n > 0 || (given[i] && !goes_with_resume(run_options[i].name)))
            return error_set(error, EXIT_USAGE,
                "'--resume' takes all settings from the run; only '--tap', '--open', '--share' and "
                "'--wait-idle' can be combined with it");
    return options->open ? page_check(error) : 0;
}

/* Starts or resumes. Takes the machine first; *lock is -1 if it is shared. */
static int session_open(const struct run_request *options, char *const *names, int n_names,
    int *lock, struct session *session, struct error *error) {
    *lock = options->share ? -1 : machine_lock_take(error);
    if (*lock < 0 && !options->share)
        return -1;
    const struct session_request request = {.names = names,
        .n_names = n_names,
        .device = options->device,
        .directory = options->directory,
        .seed = options->seed,
        .quick = options->quick,
        .fixed = options->fixed,
        .allow_disruptive = options->allow_disruptive};
    if ((options->resume ? session_resume(session, options->resume, error)
                         : session_begin(session, &request, error)) != 0) {
        machine_lock_release(*lock);
        return -1;
    }
    machine_lock_tell(*lock, session->run.path);
    return 0;
}

/* Prints what it is about to do, and for how long. */
static void put_head(const struct session *session, struct expectation *expectation) {
    char *results = session_results(session->machine);
    if (session->notice[0] != '\0')
        fprintf(stderr, "aneprobe: %s\n", session->notice);
    expect_make(session, results, expectation);
    head_put(stderr, session, expectation);
    free(results);
}

/* In virtual time nobody disturbs. */
static void see_idle(const struct session *session, unsigned wait_s) {
    char words[IDLE_WORDS_SIZE];
    struct disturbance now;
    if (session_is_virtual(session->machine))
        return;
    if (wait_s > 0)
        idle_wait(wait_s, stderr);
    else {
        idle_watch(&now);
        if (idle_words(&now, words)[0] != '\0')
            fprintf(stderr, "  %s\n", words);
    }
}

static int run_jobs(struct session *session, const struct expectation *expectation,
    bool *interrupted, struct error *error) {
    int failed = 0;
    struct progress progress = {.schedule = &session->schedule,
        .journal = &session->journal,
        .priors = expectation->priors,
        .n_priors = expectation->n,
        .n_before = session->journal.n_done,
        .begun_ns = clock_monotonic_ns()};
    *interrupted = false;
    bool more = true;
    while (!failed && !*interrupted && more) {
        more = session->journal.n_done < session->schedule.n;
        if (!more) {
            failed = session_ask_again(session, &more, error);
            continue;
        }
        progress.dropped = session->fixed ? NULL : session->dropped;
        session_claims(session, &progress.n_claims, &progress.n_decided);
        progress_show(stderr, &progress);
        failed = session_step(session, interrupted, error);
    }
    progress_clear(stderr);
    /* The trials' rows are merged only here, before judging. */
    if (!failed)
        failed = samples_write(&session->run, &session->schedule, &session->journal, error);
    if (failed)
        error_add(error,
            "; the measurements so far are safe, continue with: aneprobe run --resume %s",
            session->run.path);
    return failed;
}

/* The number of jobs that failed. */
static size_t count_bad(const struct journal *journal) {
    size_t n = 0;
    for (size_t i = 0; i < journal->n_done; i++)
        n += job_status_is_bad(journal->entries[i].status);
    return n;
}

/* Says nothing where no trial could tell. */
static void put_disturbed(const struct session *session, FILE *out) {
    const struct again_count count = again_count(&session->schedule, &session->journal);
    bool known = false;
    for (size_t i = 0; i < session->journal.n_done; i++)
        known |= session->journal.entries[i].disturbed != DISTURBED_UNKNOWN;
    if (!known)
        return;
    fprintf(out, "%zu of %zu trials disturbed", count.n_disturbed, session->schedule.n_planned);
    if (count.n_disturbed > 0)
        fprintf(
            out, ", %zu repeated, %zu of them disturbed each time", count.n_again, count.n_left);
    fputc('\n', out);
}

static void put_summary(const struct session *session, bool tap) {
    const struct journal *journal = &session->journal;
    FILE *out = tap ? stderr : stdout;
    size_t of_status[JOB_STATUSES] = {0};
    for (size_t i = 0; i < journal->n_done; i++)
        of_status[journal->entries[i].status]++;
    fprintf(out, "%zu of %zu trials done:", journal->n_done - of_status[JOB_DROPPED],
        session->schedule.n);
    for (int status = 0; status < JOB_STATUSES; status++)
        if (status != JOB_DROPPED && (of_status[status] > 0 || status == JOB_OK))
            fprintf(out, " %zu %s", of_status[status], job_status_name((enum job_status)status));
    if (of_status[JOB_DROPPED] > 0)
        fprintf(out, "\n%zu dropped, since their claims were decided; --fixed runs all",
            of_status[JOB_DROPPED]);
    fputc('\n', out);
    put_disturbed(session, out);
    fprintf(out, "run: %s\n", session->run.path);
    if (strcmp(machine_value(session->machine, "stand_in"), "yes") == 0)
        fprintf(out, "STAND-IN: none of this is about an engine\n");
    if (session->survey.skipped[0] != '\0')
        fprintf(out,
            "not run: %s, which may disturb the engine for others; name it, or give "
            "--allow-disruptive\n",
            session->survey.skipped);
    for (size_t i = 0, shown = 0; i < journal->n_done && !tap; i++) {
        enum job_status status = journal->entries[i].status;
        if (!job_status_is_bad(status) || ++shown > 10)
            continue;
        char words[512];
        job_last_words(&session->run, session->schedule.jobs[i].job, words, sizeof words);
        fprintf(stderr, "job %u %s %s: %s: %s\n", session->schedule.jobs[i].job,
            session->schedule.jobs[i].experiment, session->schedule.jobs[i].arm,
            job_status_name(status), words);
    }
}

/* Judges and reports the results so far. A failure of one step does not prevent the next. */
static int finish(struct session *session, bool tap, struct error *error) {
    char path[RUN_PATH_SIZE];
    struct error judging = {EXIT_DONE, ""}, problem;
    int failed = machine_write_after(run_path(&session->run, path, "machine.csv"), error);
    if (judge_run(&session->run, &session->manifest, &session->schedule, &judging) != 0)
        failed = error_set(error, judging.code, "%s", judging.text);
    put_summary(session, tap);
    int shown = tap ? verdicts_tap(&session->run, &session->schedule, &session->journal,
                          judging.text, stdout, &problem)
                    : verdicts_table(&session->run, TABLE_AS_TEXT, stdout, &problem);
    if (shown != 0 && !failed)
        failed = error_set(error, problem.code, "%s", problem.text);
    /* Without verdicts there is no report, and the reason is printed. */
    if (failed && !file_exists(run_path(&session->run, path, "verdicts.csv")))
        return failed;
    if (!tap && shown == 0 && totals_put(stdout, session, &problem) != 0 && !failed)
        failed = error_set(error, problem.code, "%s", problem.text);
    if (report_write(&session->run, &problem) == 0) {
        fprintf(tap ? stderr : stdout, "report: %s\n",
            run_path(&session->run, path, "PROBE_RESULTS.md"));
        if (file_exists(run_path(&session->run, path, "PROBE_RESULTS.html")))
            fprintf(tap ? stderr : stdout, "page: %s\n", path);
    } else if (!failed)
        failed = error_set(error, problem.code == EXIT_INTERRUPTED ? EXIT_INTERRUPTED : EXIT_BROKEN,
            "no report: %s; the results are safe, fix this and run: aneprobe report %s",
            problem.text, session->run.path);
    return failed;
}

/* Shows the page if there is one, else the report. Failing to show it prints a message but does not
 * affect the run. */
static void show_page(const struct session *session) {
    char path[RUN_PATH_SIZE];
    struct error error;
    if (!file_exists(run_path(&session->run, path, "PROBE_RESULTS.html")))
        run_path(&session->run, path, "PROBE_RESULTS.md");
    if (page_open(path, &error) != 0)
        fprintf(stderr, "aneprobe: %s\n", error.text);
}

static int run(int argc, char **argv, struct error *error) {
    struct run_request options;
    struct session session;
    bool interrupted;
    int n_names, lock;
    if (request_read(argc, argv, &options, &n_names, error) != 0 ||
        session_open(&options, argv + 1, n_names, &lock, &session, error) != 0)
        return error->code;
    struct expectation expectation;
    put_head(&session, &expectation);
    see_idle(&session, options.wait_idle_s);
    int code = EXIT_DONE;
    if (run_jobs(&session, &expectation, &interrupted, error) != 0) {
        code = error->code;
    } else {
        if (interrupted)
            signals_clear();
        if (finish(&session, options.tap, error) != 0)
            code = error->code;
        else if (options.open)
            show_page(&session);
        if (code == EXIT_DONE && !options.tap && count_bad(&session.journal) > 0)
            code = EXIT_FAILED;
        if (interrupted) {
            code = EXIT_INTERRUPTED;
            fprintf(stderr, "aneprobe: interrupted; continue with: aneprobe run --resume %s\n",
                session.run.path);
        }
    }
    if (options.tap && code == EXIT_BROKEN)
        printf("Bail out! see the messages on stderr\n");
    expect_free(&expectation);
    session_close(&session);
    machine_lock_release(lock);
    return code;
}

const struct command command_run = {
    "run",
    "run probes and benchmarks, judge them, write a report",
    run,
    &run_line,
    NULL,
};
