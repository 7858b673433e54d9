/* SPDX-License-Identifier: MIT */
#include "runner/run/session.h"
#include "base/suite.h"
#include "base/files.h"
#include "runner/run/again.h"
#include "runner/run/machine.h"
#include "base/place.h"
#include "base/signals.h"
#include "runner/run/judge.h"
#include "runner/run/samples.h"
#include "runner/run/stopping.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

static int check_names(
    const struct session *s, const struct session_request *request, struct error *error) {
    for (int i = 0; i < request->n_names; i++)
        if (manifest_find(&s->manifest, request->names[i]) == NULL)
            return manifest_unknown(&s->manifest, request->names[i], error);
    return 0;
}

bool session_has_engine(const struct csv_table *machine) {
    return strcmp(machine_value(machine, "kind"), "ane") == 0;
}

bool session_is_virtual(const struct csv_table *machine) {
    return strcmp(machine_value(machine, "clock"), "virtual") == 0;
}

/* The chosen experiments in the manifest's order, and their survey. */
static int survey_experiments(
    struct session *s, const struct session_request *request, struct error *error) {
    const struct manifest_experiment **chosen = calloc(s->manifest.n, sizeof *chosen);
    if (chosen == NULL)
        return error_set(error, EXIT_BROKEN, "out of memory");
    size_t n = 0;
    for (size_t i = 0; i < s->manifest.n; i++) {
        bool wanted = request->n_names == 0;
        for (int j = 0; j < request->n_names; j++)
            wanted |= strcmp(request->names[j], s->manifest.experiments[i].name) == 0;
        if (wanted)
            chosen[n++] = &s->manifest.experiments[i];
    }
    enum survey_disruptive disruptive = !session_has_engine(s->machine) ? SURVEY_AS_OTHERS
                                        : request->allow_disruptive || request->n_names > 0
                                            ? SURVEY_LAST
                                            : SURVEY_SKIP;
    int failed = survey_make(chosen, n, request->quick, disruptive, &s->survey, error);
    free(chosen);
    return failed;
}

enum { UTC_SIZE = 32 };

/* The current time, "2026-11-30T10:46:15Z"; false if unavailable. */
static bool utc_now(char utc[UTC_SIZE]) {
    time_t now = time(NULL);
    struct tm parts;
    return gmtime_r(&now, &parts) && strftime(utc, UTC_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts) > 0;
}

char *session_results(const struct csv_table *machine) {
    char label[64];
    struct utsname system;
    if (uname(&system) < 0)
        return NULL;
    machine_label(
        machine_value(machine, "kind"), machine_value(machine, "chip"), system.sysname, label);
    char *results = place_results(), *path = results != NULL ? path_join(results, label) : NULL;
    free(results);
    return path;
}

/* UTC-COMMIT of the machine's results; the caller frees it. */
static char *default_directory(const struct csv_table *machine) {
    char utc[UTC_SIZE], name[256];
    if (!utc_now(utc))
        return NULL;
    size_t n = 0;
    for (size_t i = 0; utc[i]; i++)
        if (utc[i] != '-' && utc[i] != ':')
            utc[n++] = utc[i];
    utc[n] = '\0';
    snprintf(name, sizeof name, "%s-%s", utc, suite_commit());
    char *results = session_results(machine),
         *path = results != NULL ? path_join(results, name) : NULL;
    free(results);
    return path;
}

/* The command that repeats the run elsewhere; without paths, which may contain names of people. */
static void put_command(FILE *out, const struct session_request *request) {
    fputs("aneprobe run", out);
    for (int i = 0; i < request->n_names; i++)
        fprintf(out, " %s", request->names[i]);
    fprintf(out, " --device %s --seed %" PRIu64 "%s%s%s", request->device, request->seed,
        request->quick ? " --quick" : "", request->fixed ? " --fixed" : "",
        request->allow_disruptive ? " --allow-disruptive" : "");
}

static int write_settings(
    const struct session *s, const struct session_request *request, struct error *error) {
    struct text command, settings;
    char seed[24], path[RUN_PATH_SIZE], started[UTC_SIZE];
    snprintf(seed, sizeof seed, "%" PRIu64, request->seed);
    if (!utc_now(started))
        started[0] = '\0';
    if (text_open(&command, error) != 0)
        return -1;
    put_command(command.csv.file, request);
    int failed = text_close(&command, error);
    if (!failed)
        failed = text_open(&settings, error);
    if (!failed) {
        text_row(&settings, "key", "value", NULL);
        text_row(&settings, "command", command.bytes, NULL);
        text_row(&settings, "device", request->device, NULL);
        text_row(&settings, "seed", seed, NULL);
        text_row(&settings, "preset", request->quick ? "quick" : "full", NULL);
        text_row(&settings, "trials", stopping_setting(request->fixed), NULL);
        text_row(&settings, "version", suite_version(), NULL);
        text_row(&settings, "started_utc", started, NULL);
        if (s->survey.skipped[0] != '\0')
            text_row(&settings, "skipped_disruptive", s->survey.skipped, NULL);
        failed = text_save(&settings, run_path(&s->run, path, "settings.csv"), error);
    }
    text_free(&command);
    return failed;
}

/* schedule.csv comes last: a directory with a schedule has all that a run needs to continue. */
static int write_directory(struct session *s, const struct session_request *request,
    const struct text *schedule, struct error *error) {
    const struct run *run = &s->run;
    char path[RUN_PATH_SIZE];
    if (directory_make(run_path(run, path, "jobs"), error) != 0 ||
        directory_make(run_path(run, path, "samples"), error) != 0 ||
        machine_write(s->machine, run_path(run, path, "machine.csv"), error) != 0 ||
        write_settings(s, request, error) != 0 ||
        file_replace(run_path(run, path, "experiments.csv"), s->survey.about.bytes,
            s->survey.about.n_bytes, error) != 0 ||
        journal_create(run_path(run, path, "jobs.csv"), error) != 0)
        return -1;
    return file_replace(
        run_path(run, path, "schedule.csv"), schedule->bytes, schedule->n_bytes, error);
}

/* The trials' settings: with the device resolved, so that `auto` is the same for all. */
static void use_machine(struct session *s, const char *asked) {
    const char *resolved = machine_value(s->machine, "device");
    s->settings.device = resolved[0] != '\0' ? resolved : asked;
}

int session_begin(
    struct session *session, const struct session_request *request, struct error *error) {
    struct session *s = session;
    struct text schedule = {0};
    char *directory = NULL;
    int failed = -1;
    *s = (struct session){.run = {.lock_fd = -1}};
    s->settings = (struct job_settings){.seed = request->seed, .quick = request->quick};
    if (manifest_read(&s->manifest, error) != 0 || check_names(s, request, error) != 0 ||
        machine_ask(request->device, &s->machine, error) != 0 ||
        survey_experiments(s, request, error) != 0 ||
        schedule_make(s->survey.arms, s->survey.n_arms, request->seed, &schedule, error) != 0 ||
        schedule_parse("schedule.csv", schedule.bytes, schedule.n_bytes, &s->schedule, error) !=
            0 ||
        journal_parse("jobs.csv", "", 0, &s->schedule, &s->journal, error) != 0)
        goto done;
    s->fixed = request->fixed;
    s->dropped = calloc(s->schedule.n, sizeof *s->dropped);
    s->decided = calloc(s->schedule.n, sizeof *s->decided);
    if (s->dropped == NULL || s->decided == NULL) {
        error_set(error, EXIT_BROKEN, "out of memory");
        goto done;
    }
    use_machine(s, request->device);
    directory =
        request->directory != NULL ? strdup(request->directory) : default_directory(s->machine);
    if (directory == NULL) {
        error_set(error, EXIT_BROKEN, "out of memory");
        goto done;
    }
    if (run_create(&s->run, directory, error) != 0 ||
        write_directory(s, request, &schedule, error) != 0)
        goto done;
    failed = 0;
done:
    free(directory);
    text_free(&schedule);
    if (failed)
        session_close(s);
    return failed;
}

/* The first job of a job's experiment. */
static size_t first_of(const struct schedule *schedule, size_t job) {
    while (schedule->jobs[job].before != job)
        job = schedule->jobs[job].before;
    return job;
}

/* The look due before a job, if any: when everything is decided, this job and all later ones of its
 * experiment are dropped. A look that fails does not stop the run; judging will report the error. */
static int look_before(struct session *s, size_t index, struct error *error) {
    char path[RUN_PATH_SIZE];
    struct standing standing;
    struct look_result result;
    struct error ignored;
    if (s->fixed || index < s->n_looked)
        return 0;
    s->n_looked = index + 1;
    const struct schedule_job *job = &s->schedule.jobs[index];
    if (s->dropped[index] || !schedule_look_is_due(&s->schedule, index))
        return 0;
    if (samples_write_experiment(&s->run, job->experiment, &s->schedule, &s->journal, error) != 0)
        return -1;
    stopping_find(&s->schedule, &s->journal, job->experiment, false, &standing);
    standing.looks.n--; /* not the end, but this one */
    looks_add(&standing.looks, job->block);
    if (!file_exists(run_path(&s->run, path, "samples/%s.csv", job->experiment)) ||
        judge_look(&s->run, manifest_find(&s->manifest, job->experiment), &standing.looks, &result,
            &ignored) != 0)
        return 0;
    s->decided[first_of(&s->schedule, index)] = result.decided;
    if (!look_stops(&result))
        return 0;
    for (size_t i = index; i < s->schedule.n; i++)
        s->dropped[i] |= strcmp(s->schedule.jobs[i].experiment, job->experiment) == 0;
    return 0;
}

/* The job's place among those begun; NULL if it was not begun. */
static struct job *begun(struct session *s, size_t index) {
    for (int i = 0; i < SESSION_BEGUN_MOST; i++)
        if (s->jobs[i].spawn != NULL && s->jobs[i].schedule == &s->schedule.jobs[index])
            return &s->jobs[i];
    return NULL;
}

static struct job *free_place(struct session *s) {
    for (int i = 0; i < SESSION_BEGUN_MOST; i++)
        if (s->jobs[i].spawn == NULL)
            return &s->jobs[i];
    return NULL;
}

/* Begins a job unless that was done; there must be a free place. */
static int begin_job(struct session *s, size_t index, struct error *error) {
    if (begun(s, index) != NULL)
        return 0;
    const struct schedule_job *schedule = &s->schedule.jobs[index];
    struct job_settings settings = s->settings;
    settings.asked_before = schedule_asked_before(&s->schedule, index);
    return job_begin(free_place(s), &s->run, schedule,
        manifest_find(&s->manifest, schedule->experiment)->path, &settings, error);
}

/* Jobs that run at once in virtual time. */
enum { AT_ONCE = 2 };

/* Those that have not ended. */
static int still_running(struct session *s, struct spawn *spawns[AT_ONCE]) {
    int n = 0;
    for (int i = 0; i < SESSION_BEGUN_MOST; i++)
        if (s->jobs[i].spawn != NULL && !spawn_poll(s->jobs[i].spawn, 0))
            spawns[n++] = s->jobs[i].spawn;
    return n;
}

/* Whether the look due before a job waits for an earlier one of its experiment. */
static bool look_must_wait(const struct session *s, size_t index) {
    const size_t before = s->schedule.jobs[index].before;
    return !s->fixed && schedule_look_is_due(&s->schedule, index) && before != index &&
           before >= s->journal.n_done && !s->dropped[before];
}

/* Begins the next job that was not, unless it may be dropped depending on one that was; *found tells
 * whether there was one. */
static int begin_next(struct session *s, bool *found, struct error *error) {
    *found = false;
    for (size_t i = s->journal.n_done; i < s->schedule.n && free_place(s) != NULL; i++) {
        if (s->dropped[i] || begun(s, i) != NULL)
            continue;
        if (look_must_wait(s, i))
            return 0;
        if (look_before(s, i, error) != 0)
            return -1;
        if (s->dropped[i])
            continue;
        *found = true;
        return begin_job(s, i, error);
    }
    return 0;
}

/* Until this one has ended, those that follow run beside it. */
static int await(struct session *s, size_t index, struct error *error) {
    struct spawn *spawns[AT_ONCE];
    bool more = true;
    while (!spawn_poll(begun(s, index)->spawn, 0)) {
        const int n = still_running(s, spawns);
        if (n < AT_ONCE && more && !signals_stop_asked()) {
            if (begin_next(s, &more, error) != 0)
                return -1;
        } else if (n > 0) {
            (void)spawn_poll_any(spawns, n, UINT64_MAX);
        }
    }
    return 0;
}

static int journal_add(struct session *s, const struct journal_entry *entry, struct error *error) {
    char path[RUN_PATH_SIZE];
    if (journal_append(run_path(&s->run, path, "jobs.csv"), &s->schedule.jobs[s->journal.n_done],
            entry, !session_is_virtual(s->machine), error) != 0)
        return -1;
    s->journal.entries[s->journal.n_done++] = *entry;
    return 0;
}

int session_step(struct session *session, bool *interrupted, struct error *error) {
    static const struct journal_entry dropped = {
        .status = JOB_DROPPED, .exit_code = -1, .others_pct = NAN};
    struct session *s = session;
    size_t index = s->journal.n_done;
    char path[RUN_PATH_SIZE];
    struct job_result result = {0};
    bool fits = true;
    *interrupted = false;
    int failed = look_before(s, index, error);
    if (!failed && s->dropped[index])
        return journal_add(s, &dropped, error);
    if (!failed)
        failed = begin_job(s, index, error);
    if (!failed && session_is_virtual(s->machine))
        failed = await(s, index, error);
    if (!failed)
        failed = job_end(begun(s, index), !session_is_virtual(s->machine), &result, error);
    *interrupted = result.interrupted;
    if (!failed && !result.interrupted)
        failed = samples_fit(&s->run, &s->schedule, &s->journal, &result.samples, &fits, error);
    if (!failed && !fits) {
        static const char reason[] =
            "aneprobe: not complete: its columns are not those of the experiment's other trials\n";
        result.entry.status = JOB_INCOMPLETE;
        failed = file_append(run_path(&s->run, path, "jobs/%04u/err", s->schedule.jobs[index].job),
            reason, sizeof reason - 1, !session_is_virtual(s->machine), error);
    }
    if (!failed && !result.interrupted)
        failed = journal_add(s, &result.entry, error);
    trial_file_free(&result.samples);
    return failed;
}

/* Read when first needed. */
static int read_claims(struct session *s, struct error *error) {
    if (s->claims != NULL)
        return 0;
    char *path = place_data("results/findings.csv");
    const int failed = path ? csv_table_read(path, &s->claims, error)
                            : error_set(error, EXIT_BROKEN, "out of memory");
    free(path);
    return failed;
}

static int dropped_grow(struct session *s, size_t n_jobs, struct error *error) {
    bool *dropped = realloc(s->dropped, n_jobs * sizeof *dropped);
    if (dropped == NULL)
        return error_set(error, EXIT_BROKEN, "out of memory");
    for (size_t i = s->schedule.n; i < n_jobs; i++)
        dropped[i] = false;
    s->dropped = dropped;
    return 0;
}

int session_ask_again(struct session *session, bool *added, struct error *error) {
    struct session *s = session;
    char path[RUN_PATH_SIZE];
    struct text text = {0};
    struct schedule longer = {0};
    size_t index;
    *added = false;
    if (again_count(&s->schedule, &s->journal).n_left == 0)
        return 0;
    if (read_claims(s, error) != 0)
        return -1;
    if (!again_next(&s->schedule, &s->journal, s->claims, &index))
        return 0;
    run_path(&s->run, path, "schedule.csv");
    int failed = schedule_again(&s->schedule, index, &text, error);
    if (!failed)
        failed = schedule_parse(path, text.bytes, text.n_bytes, &longer, error);
    if (!failed)
        failed = journal_grow(&s->journal, longer.n, error);
    if (!failed)
        failed = dropped_grow(s, longer.n, error);
    if (!failed)
        failed = file_replace(path, text.bytes, text.n_bytes, error);
    text_free(&text);
    if (failed) {
        schedule_free(&longer);
        return -1;
    }
    schedule_free(&s->schedule);
    s->schedule = longer;
    *added = true;
    return 0;
}

/* Were trials of the first job's experiment dropped? */
static bool is_stopped(const struct session *s, size_t first) {
    for (size_t i = first; i < s->schedule.n; i++)
        if (s->dropped[i] && first_of(&s->schedule, i) == first)
            return true;
    return false;
}

/* Claims about the experiment of a job. */
static unsigned claims_of(const struct session *s, const struct csv_table *findings, size_t job) {
    unsigned n = 0;
    const int column = csv_column(findings, "experiment");
    for (size_t i = 0; column >= 0 && i < csv_rows(findings); i++)
        n += strcmp(csv_text(findings, i, column), s->schedule.jobs[job].experiment) == 0;
    return n;
}

void session_claims(struct session *session, unsigned *n_claims, unsigned *n_decided) {
    struct session *s = session;
    struct error ignored;
    *n_claims = *n_decided = 0;
    if (read_claims(s, &ignored) == 0)
        for (size_t i = 0; i < s->schedule.n; i++) {
            const size_t before = s->schedule.jobs[i].before;
            if (before != i)
                continue;
            const unsigned n = claims_of(s, s->claims, i);
            *n_claims += n;
            *n_decided += is_stopped(s, i) ? n : s->decided[i];
        }
}

void session_close(struct session *session) {
    for (int i = 0; i < SESSION_BEGUN_MOST; i++)
        job_abandon(&session->jobs[i]);
    run_close(&session->run);
    free(session->decided);
    free(session->dropped);
    journal_free(&session->journal);
    schedule_free(&session->schedule);
    survey_free(&session->survey);
    manifest_free(&session->manifest);
    csv_table_free(session->claims);
    csv_table_free(session->machine);
    csv_table_free(session->stored_settings);
}
