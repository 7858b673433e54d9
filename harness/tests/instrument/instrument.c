/* SPDX-License-Identifier: MIT
 *
 * How often a probe is right: runs it on many engines drawn at random and compares its verdicts with the truth.
 * One row per finding and class of truth; the row `all` sums them.
 *     instrument PROGRAM NAME FINDINGS.csv --engines N [--seed S] [--disturbed] [--tap]
 *     instrument PROGRAM NAME FINDINGS.csv --sim-seed S      one engine again, and what was said
 * With --disturbed others use the engine, or its clock is lower, for a part of the time. A verdict is wrong
 * when it claims what is not true, and inconclusive when it claims nothing (untrusted included). Exit code 1
 * with --tap when a class certainly misses its goal: the lower bound of the rate lies above it.
 */
#include "draw.h"
#include "tally.h"

#include "measure/csv.h"
#include "measure/random.h"
#include "measure/stats.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { TALLIES_MAX = 64, WRONG_TOLD = 20, AT_ONCE = 4, VERDICTS_BYTES_MAX = 1 << 16 };

/* A probe at work on one engine. */
struct run {
    uint64_t seed;
    struct sim_params params;
    char sim_path[64];
    pid_t pid;
    int verdicts; /* what it prints */
};

struct suite {
    const char *program, *name, *findings, *self;
    uint64_t n_sims, seed, sim_seed;
    bool tap, one, disturbed;
    struct run runs[AT_ONCE];
    struct tally tallies[TALLIES_MAX];
    int n_tallies;
    unsigned n_told;
};

/* Draws an engine and starts the probe on it as a user would. 0, or -1 with errno set. */
static int run_start(const struct suite *s, struct run *run, uint64_t seed) {
    char device[96], seed_text[32];
    run->seed = seed;
    draw_sim(s->name, seed, &run->params);
    if (s->disturbed)
        draw_disturbances(seed, &run->params);
    if (draw_write(&run->params, run->sim_path) != 0)
        return -1;
    snprintf(device, sizeof device, "sim:%s", run->sim_path);
    snprintf(seed_text, sizeof seed_text, "%" PRIu64, seed);
    char *const argv[] = {(char *)s->program, "--device", device, "--seed", seed_text, "--quick",
        "--findings", (char *)s->findings, NULL};
    posix_spawn_file_actions_t actions;
    int ends[2];
    if (pipe(ends) != 0)
        return -1;
    /* Close-on-exec: otherwise another run's child would keep this pipe open. */
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    errno = posix_spawn(&run->pid, s->program, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (errno == 0) {
        run->verdicts = ends[0];
        return 0;
    }
    close(ends[0]);
    return -1;
}

/* Waits for its verdicts. NULL when it did not run to its end. */
static struct csv_table *run_end(const struct suite *s, struct run *run) {
    char bytes[VERDICTS_BYTES_MAX];
    size_t n = 0;
    ssize_t got;
    int status = -1;
    do {
        got = read(run->verdicts, bytes + n, sizeof bytes - n);
        n += got > 0 ? (size_t)got : 0;
    } while ((got > 0 && n < sizeof bytes) || (got < 0 && errno == EINTR));
    close(run->verdicts);
    while (waitpid(run->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    struct csv_table *table = NULL;
    struct error error;
    if (got != 0 || !WIFEXITED(status) || (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != 77))
        fprintf(stderr, "instrument: %s did not run to its end\n", s->program);
    else if (csv_table_parse("verdicts", bytes, n, &table, &error) != 0)
        fprintf(stderr, "instrument: %s\n", error.text);
    return table;
}

static struct tally *tally_of(struct suite *s, const char *finding, const struct truth *truth) {
    for (int i = 0; i < s->n_tallies; i++)
        if (!strcmp(s->tallies[i].finding, finding) && !strcmp(s->tallies[i].class, truth->class))
            return &s->tallies[i];
    if (s->n_tallies == TALLIES_MAX)
        return NULL;
    struct tally *t = &s->tallies[s->n_tallies++];
    *t = (struct tally){.finding = finding, .class = truth->class, .goal = truth->goal};
    return t;
}

enum outcome { RIGHT, WRONG, NO_CLAIM };

static enum outcome outcome_of(
    const struct truth *truth, const char *verdict, const char *measured) {
    if (!strcmp(verdict, truth->verdict) &&
        (!truth->measured || !strcmp(measured, truth->measured)))
        return RIGHT;
    bool none = !strcmp(verdict, "inconclusive") || !strcmp(verdict, "untrusted");
    return none ? NO_CLAIM : WRONG;
}

static void finding_tell(
    const char *finding, const struct truth *truth, const struct csv_table *verdicts, size_t row) {
    fprintf(stderr, "%s: %s, is %s, must be %s%s%s: %s\n", finding, truth->class,
        csv_text(verdicts, row, csv_column(verdicts, "verdict")), truth->verdict,
        truth->measured ? " with " : "", truth->measured ? truth->measured : "",
        csv_text(verdicts, row, csv_column(verdicts, "reason")));
}

static void again_tell(const struct suite *s, uint64_t seed) {
    if (!s->one)
        fprintf(stderr, "  again: %s %s %s %s --sim-seed %" PRIu64 "\n", s->self, s->program,
            s->name, s->findings, seed);
}

/* Compares a run's verdicts with the truth. 0, or -1 when there are none. */
static int run_judge(struct suite *s, struct run *run) {
    struct csv_table *verdicts = run_end(s, run);
    if (!verdicts) {
        again_tell(s, run->seed);
        return -1;
    }
    int column = csv_column(verdicts, "finding"), result = 0;
    for (const char *const *f = truth_findings(s->name); *f && result == 0; f++) {
        size_t row = 0;
        struct truth truth;
        while (row < csv_rows(verdicts) && strcmp(csv_text(verdicts, row, column), *f) != 0)
            row++;
        struct tally *t = truth_of(*f, &run->params, &truth) == 0 ? tally_of(s, *f, &truth) : NULL;
        if (!t || row == csv_rows(verdicts)) {
            fprintf(stderr, "instrument: no verdict on %s\n", *f);
            result = -1;
            break;
        }
        enum outcome outcome =
            outcome_of(&truth, csv_text(verdicts, row, csv_column(verdicts, "verdict")),
                csv_text(verdicts, row, csv_column(verdicts, "measured")));
        t->n++;
        t->right += outcome == RIGHT;
        t->wrong += outcome == WRONG;
        t->inconclusive += outcome == NO_CLAIM;
        if (s->one || (outcome == WRONG && s->n_told++ < WRONG_TOLD)) {
            finding_tell(*f, &truth, verdicts, row);
            again_tell(s, run->seed);
        }
    }
    csv_table_free(verdicts);
    return result;
}

static int tally_order(const void *a, const void *b) {
    return strcmp(((const struct tally *)a)->class, ((const struct tally *)b)->class);
}

static int table_print(struct suite *s) {
    struct csv_writer w = {.file = stdout};
    tally_head_put(&w);
    qsort(s->tallies, (size_t)s->n_tallies, sizeof *s->tallies, tally_order);
    for (const char *const *f = truth_findings(s->name); *f; f++) {
        struct tally all = {.finding = *f, .class = "all"};
        for (int i = 0; i < s->n_tallies; i++) {
            const struct tally *t = &s->tallies[i];
            if (strcmp(t->finding, *f) != 0)
                continue;
            tally_put(&w, t);
            tally_add(&all, t);
        }
        tally_put(&w, &all);
    }
    return w.error ? -1 : 0;
}

static bool number_read(const char *text, uint64_t *out) {
    char *end;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && !*end && errno == 0;
}

static int options_read(struct suite *s, int argc, char **argv) {
    if (argc < 4)
        return -1;
    *s = (struct suite){.self = argv[0], .program = argv[1], .name = argv[2], .findings = argv[3]};
    s->seed = 1;
    for (int i = 4; i < argc; i++) {
        bool value = i + 1 < argc;
        if (!strcmp(argv[i], "--tap"))
            s->tap = true;
        else if (!strcmp(argv[i], "--disturbed"))
            s->disturbed = true;
        else if (value && !strcmp(argv[i], "--engines") && number_read(argv[i + 1], &s->n_sims))
            i++;
        else if (value && !strcmp(argv[i], "--seed") && number_read(argv[i + 1], &s->seed))
            i++;
        else if (value && !strcmp(argv[i], "--sim-seed") &&
                 number_read(argv[i + 1], &s->sim_seed)) {
            s->one = true;
            i++;
        } else
            return -1;
    }
    return truth_findings(s->name) && (s->one || s->n_sims > 0) ? 0 : -1;
}

/* All engines, several at once. 0, or -1 when the probe could not be run. */
static int sims_run(struct suite *s) {
    uint64_t state = s->seed, n = s->one ? 1 : s->n_sims, begun = 0, over = 0;
    int result = 0;
    while (over < begun || (result == 0 && begun < n)) {
        if (result == 0 && begun < n && begun - over < AT_ONCE) {
            result =
                run_start(s, &s->runs[begun % AT_ONCE], s->one ? s->sim_seed : random_next(&state));
            if (result == 0)
                begun++;
            else
                perror("instrument");
        } else if (run_judge(s, &s->runs[over++ % AT_ONCE]) != 0) {
            result = -1;
        }
    }
    return result;
}

int main(int argc, char **argv) {
    struct suite s;
    int result = 0, n_files = 0;
    if (options_read(&s, argc, argv) != 0) {
        fprintf(stderr, "usage: instrument PROGRAM NAME FINDINGS.csv --engines N [--seed S] "
                        "[--disturbed] [--tap] "
                        "| --sim-seed S\n");
        return 2;
    }
    /* A probe uses one core, so libraries must not start threads. */
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    for (; n_files < AT_ONCE && result == 0; n_files++) {
        char *path = s.runs[n_files].sim_path;
        strcpy(path, "/tmp/aneprobe-instrument.XXXXXX");
        int file = mkstemp(path);
        if (file < 0)
            perror("instrument");
        result = file < 0 || close(file) != 0 ? -1 : 0;
    }
    if (result == 0)
        result = sims_run(&s);
    for (int i = 0; i < n_files; i++)
        unlink(s.runs[i].sim_path);
    if (result != 0)
        return 99;
    if (s.one)
        return 0;
    return (s.tap ? tally_tap(s.tallies, s.n_tallies, s.disturbed) : table_print(&s)) == 0 ? 0 : 1;
}
