/* SPDX-License-Identifier: MIT
 *
 * What a report of a million samples costs, and judging them, beside letting sqlite3 read the same
 * file and do nothing with it. Usage:
 *     report_million REPORT_SH RUN QOS_SWEEP FINDINGS
 * RUN is a recorded run; a copy of it gets samples of qos_sweep as 25 long trials would leave them.
 */
#include <errno.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { TRIALS = 25, LEVELS = 64, TREATMENTS = 67, ROWS = 1000000, PATH_SIZE = 4096 };
static const double goal_s = 5, goal_mb = 500;
static const char *const controls[] = {"aa-1", "aa-2", "plus-3"};

struct cost {
    double elapsed_s, peak_mb; /* of the largest process among the child and its own */
};

/* Runs to the end; -1 and a message when it cannot, or fails. */
static int child_run(const char *const *argv, struct cost *cost) {
    struct timespec start, end;
    struct rusage usage;
    pid_t pid;
    int status = 0;
    clock_gettime(CLOCK_MONOTONIC, &start);
    int error = posix_spawnp(&pid, argv[0], NULL, NULL, (char *const *)argv, environ);
    if (error != 0) {
        fprintf(stderr, "report_million: %s: %s\n", argv[0], strerror(error));
        return -1;
    }
    while (wait4(pid, &status, 0, &usage) < 0)
        if (errno != EINTR)
            return -1;
    clock_gettime(CLOCK_MONOTONIC, &end);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "report_million: %s failed\n", argv[0]);
        return -1;
    }
    cost->elapsed_s =
        (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec);
#ifdef __APPLE__
    cost->peak_mb = (double)usage.ru_maxrss / 1e6; /* bytes there, kB elsewhere */
#else
    cost->peak_mb = (double)usage.ru_maxrss * 1024 / 1e6;
#endif
    return 0;
}

static double uniform(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) / 9007199254740992.0;
}

static int samples_write(const char *path) {
    FILE *file = fopen(path, "w");
    uint64_t state = 1;
    if (file == NULL)
        return -1;
    fputs("job,device,clock,arm,block,phase,treatment,qos,round,position,evals,compile_ns,"
          "load_ns,eval_ns,reference_ns,ratio,mean_ns,mean_ratio,status,reason\n",
        file);
    const int rounds = (ROWS + TRIALS * TREATMENTS - 1) / (TRIALS * TREATMENTS);
    for (int trial = 0; trial < TRIALS; trial++) {
        char head[64];
        snprintf(head, sizeof head, "%d,cpu:cores=1,measured,sweep,%d", trial + 1, trial);
        fprintf(file, "%s,first,level,21,0,0,,86420753,240981,81734,,,,,ok,\n", head);
        for (int i = 0; i < rounds * TREATMENTS; i++) {
            const int round = i / TREATMENTS, treatment = i % TREATMENTS;
            const double reference = 40000 + 4000 * uniform(&state);
            const double ratio =
                (treatment == TREATMENTS - 1 ? 1.0303 : 1) * (0.99 + 0.02 * uniform(&state));
            fprintf(file, "%s,batch,%s,%d,%d,%d,33,,149213,%.0f,%.1f,%.16g,%.1f,%.16g,ok,\n", head,
                treatment < LEVELS ? "level" : controls[treatment - LEVELS],
                treatment < LEVELS ? treatment : 21, round, i % TREATMENTS, ratio * reference,
                reference, ratio, 1.02 * ratio * reference, 1.01 * ratio);
        }
        fprintf(file, "%s,,,,,,,,,,,,,,end,rows=%d\n", head, rounds * TREATMENTS + 1);
    }
    const int failed = ferror(file);
    return fclose(file) != 0 || failed ? -1 : 0;
}

static void row_print(const char *metric, double value, const char *unit, double reference) {
    printf(
        "report_million,%s,%.3f,%s,sqlite3_import,%.2f,", metric, value, unit, value / reference);
}

static void rows_print(
    const struct cost *reporting, const struct cost *judging, const struct cost *importing) {
    puts("benchmark,metric,value,unit,reference,ratio,goal,met");
    row_print("report", reporting->elapsed_s, "s", importing->elapsed_s);
    printf("%.0f,%s\n", goal_s, reporting->elapsed_s < goal_s ? "yes" : "no");
    row_print("report_peak", reporting->peak_mb, "MB", importing->peak_mb);
    printf("%.0f,%s\n", goal_mb, reporting->peak_mb < goal_mb ? "yes" : "no");
    row_print("judge", judging->elapsed_s, "s", importing->elapsed_s);
    puts(",");
    row_print("judge_peak", judging->peak_mb, "MB", importing->peak_mb);
    puts(",");
    printf("report_million,sqlite3_import,%.3f,s,,,,\n", importing->elapsed_s);
    printf("report_million,sqlite3_import_peak,%.3f,MB,,,,\n", importing->peak_mb);
}

/* In `work`, which is empty. */
static int measure(char *const *arguments, const char *work) {
    char run[PATH_SIZE], samples[PATH_SIZE], summary[PATH_SIZE], verdicts[PATH_SIZE],
        database[PATH_SIZE], import[PATH_SIZE];
    struct cost copying, judging, reporting, importing;
    snprintf(run, sizeof run, "%s/run", work);
    snprintf(samples, sizeof samples, "%s/run/samples/qos_sweep.csv", work);
    snprintf(summary, sizeof summary, "%s/run/summary.csv", work);
    snprintf(verdicts, sizeof verdicts, "%s/run/verdicts.csv", work);
    snprintf(database, sizeof database, "%s/import.db", work);
    snprintf(import, sizeof import, ".import --csv %s/run/samples/qos_sweep.csv samples", work);
    const char *const copy[] = {"cp", "-R", arguments[1], run, NULL};
    static const char judge_to_files[] =
        "\"$0\" --judge \"$1\" --findings \"$2\" | awk '/^finding,verdict,/ { out = verdicts } "
        "{ print >out }' out=\"$3\" verdicts=\"$4\"";
    const char *const judge[] = {
        "sh", "-c", judge_to_files, arguments[2], samples, arguments[3], summary, verdicts, NULL};
    const char *const report[] = {"sh", arguments[0], run, NULL};
    const char *const reference[] = {"sqlite3", "-bail", database, import, NULL};
    if (child_run(copy, &copying) != 0)
        return 1;
    if (samples_write(samples) != 0) {
        fprintf(stderr, "report_million: %s: %s\n", samples, strerror(errno));
        return 1;
    }
    if (child_run(reference, &importing) != 0 || child_run(judge, &judging) != 0 ||
        child_run(report, &reporting) != 0)
        return 1;
    rows_print(&reporting, &judging, &importing);
    return fflush(stdout) == 0 ? 0 : 1;
}

int main(int argc, char **argv) {
    char work[PATH_SIZE / 4];
    const char *temporary = getenv("TMPDIR");
    struct cost ignored;
    if (argc != 5) {
        fputs("usage: report_million REPORT_SH RUN QOS_SWEEP FINDINGS\n", stderr);
        return 2;
    }
    snprintf(work, sizeof work, "%s/report-million-XXXXXX", temporary ? temporary : "/tmp");
    if (mkdtemp(work) == NULL) {
        fprintf(stderr, "report_million: %s: %s\n", work, strerror(errno));
        return 99;
    }
    int failed = measure(argv + 1, work);
    const char *const tidy[] = {"rm", "-rf", work, NULL};
    return child_run(tidy, &ignored) != 0 ? 1 : failed;
}
