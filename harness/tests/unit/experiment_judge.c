/* SPDX-License-Identifier: MIT */
#include "experiment_kit.h"

#include "experiment/judge.h"
#include "record/heads.h"

#define HEAD "job,device,clock,arm,block,kind,level,value_ns,status,reason\n"
#define ROW(job, value, status) job ",sim:x,virtual,rows,0,plain,1," value "," status ",\n"
#define END(job, n) job ",sim:x,virtual,rows,0,,,,end,rows=" n "\n"

static const char *measured_instead; /* NULL: what the toy measures */

static int judge_toy(struct judgement *j) {
    const double *medians;
    size_t n = judgement_trial_medians(j, "rows", "value_ns", &medians);
    judgement_summary(j, "rows", "value", "ns", "processes", medians, n);
    char measured[80];
    const struct published_range published = judgement_published(j, "toy.works");
    const struct published_range widened = judgement_published_within_pct(j, "toy.works");
    snprintf(measured, sizeof measured, "%g; %g to %g; %.4g to %.4g",
        judgement_margin(j, "toy.works"), published.low, published.high, widened.low, widened.high);
    judgement_verdict(j, &(struct verdict_row){.finding = "toy.works",
                             .verdict = VERDICT_REPRODUCED,
                             .measured = measured_instead ? measured_instead : measured,
                             .interval = {NAN, NAN, 4},
                             .n = n,
                             .reason = "it does"});
    return 0;
}

static int judge_ratio(struct judgement *j) {
    const double *medians;
    size_t n = judgement_trial_medians(j, "rows", "value_ns", &medians);
    judgement_verdict(j, &(struct verdict_row){.finding = "toy.works",
                             .verdict = VERDICT_INCONCLUSIVE,
                             .measured = "",
                             .interval = judgement_mean_ratio(j, medians, n, 0.95),
                             .n = n,
                             .reason = "too few"});
    return 0;
}

static int (*judge_by)(struct judgement *j) = judge_toy;

static int judge_with(int (*judge)(struct judgement *), const char *text, const char *findings,
    struct judge_result *result, struct error *error) {
    struct experiment experiment = toy;
    experiment.judge = judge;
    struct csv_table *table;
    if (csv_table_parse("toy.csv", text, strlen(text), &table, error) != 0)
        return -1;
    char path[] = "/tmp/aneprobe-findings-XXXXXX";
    int fd = mkstemp(path);
    cr_assert(fd >= 0 && write(fd, findings, strlen(findings)) == (ssize_t)strlen(findings));
    close(fd);
    int out = judge_samples(&experiment, table, "toy.csv", path, NULL, result, error);
    unlink(path);
    csv_table_free(table);
    return out;
}

static int judge_text(
    const char *text, const char *findings, struct judge_result *result, struct error *error) {
    return judge_with(judge_by, text, findings, result, error);
}

static const char claims[] =
    "finding,experiment,claim,published,published_unit,chip,os,source,margin,margin_unit,rests_on\n"
    "toy.works,toy,it works,12,ns,M4,26.3,\"me, myself\",3,%,time\n";

/* The value on which all trials of the arm agree; if one differs or has none, the cell is empty. */
Test(judge, programs_and_version) {
    static const struct {
        const char *first, *second, *expected;
    } cases[] = {{"1 programs=ab version=cd", "1 programs=ab version=cd", ",ab,cd\n"},
        {"1 programs=ab version=cd", "1 programs=ac version=cd", ",,cd\n"},
        {"1 programs=ab version=cd", "1 programs=ab version=ce", ",ab,\n"},
        {"1 programs=ab version=cd", "1", ",,\n"}, {"1", "1 programs=ab version=cd", ",,\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct judge_result r;
        struct error error;
        char samples[1000];
        snprintf(samples, sizeof samples, "%s%s%s%s%s%s%s", HEAD ROW("0", "1", "ok"),
            "0,sim:x,virtual,rows,0,,,,end,rows=", cases[i].first, "\n",
            ROW("1", "5", "ok") "1,sim:x,virtual,rows,0,,,,end,rows=", cases[i].second, "\n");
        cr_assert_eq(judge_text(samples, claims, &r, &error), 0, "%s", error.text);
        cr_assert(strstr(r.summary, cases[i].expected), "%s", r.summary);
        judge_result_free(&r);
    }
}

Test(judge, summary_and_verdict) {
    struct judge_result r;
    struct error error;
    const char *samples = HEAD ROW("0", "1", "ok") ROW("0", "3", "ok") ROW("0", "", "failed")
        END("0", "3") ROW("1", "5", "ok") END("1", "1") ROW("2", "99", "ok");
    cr_assert_eq(judge_text(samples, claims, &r, &error), 0, "%s", error.text);
    cr_assert_str_eq(r.summary,
        "experiment,arm,metric,unit,n,n_unit,median,ci_low,ci_high,min,max,outliers,program_hash,"
        "probe_version\n"
        "toy,rows,value,ns,2,processes,3.5,,,2,5,0,,\n");
    cr_assert_str_eq(r.verdicts,
        "finding,verdict,measured,unit,ci_low,ci_high,n,n_unit,published,source,reason\n"
        "toy.works,reproduced,3; 12 to 12; 11.64 to 12.36,,,4,2,,12,\"me, myself\",it does\n");
    cr_assert_eq(r.n_incomplete, 1, "the trial without an end row counts");
    cr_assert_eq(r.n_list, 1);
    judge_result_free(&r);
}

/* One process gives no interval: the cells are empty, not exp(-inf). */
Test(judge, ratio_of_one_process) {
    struct judge_result r;
    struct error error;
    judge_by = judge_ratio;
    cr_assert_eq(judge_text(HEAD ROW("0", "2", "ok") END("0", "1"), claims, &r, &error), 0, "%s",
        error.text);
    cr_assert(strstr(r.verdicts, "toy.works,inconclusive,,,,,1,"), "%s", r.verdicts);
    judge_result_free(&r);
}

/* A ratio that is not a number, and a small negative number that is printed with few digits. */
Test(judge, values_that_are_not_finite_are_omitted_with_a_reason) {
    static const struct {
        const char *measured, *verdict, *reason;
    } cases[] = {{"nan", "inconclusive,,", "divided by 0"},
        {"-nan", "inconclusive,,", "divided by 0"}, {"inf", "inconclusive,,", "divided by 0"},
        {"-inf", "inconclusive,,", "divided by 0"}, {"-0.00", "reproduced,0.00,", "it does"},
        {"-0", "reproduced,0,", "it does"}, {"-0.01", "reproduced,-0.01,", "it does"},
        {"none up to 3", "reproduced,none up to 3,", "it does"}, {"", "reproduced,,", "it does"},
        {NULL, "reproduced,3; 12", "it does"}};
    const char *samples = HEAD ROW("0", "1", "ok") END("0", "1");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct judge_result r;
        struct error error;
        measured_instead = cases[i].measured;
        cr_assert_eq(judge_text(samples, claims, &r, &error), 0, "%s", error.text);
        measured_instead = NULL;
        cr_assert(strstr(r.verdicts, cases[i].verdict), "%s", r.verdicts);
        cr_assert(strstr(r.verdicts, cases[i].reason), "%s", r.verdicts);
        cr_assert_not(strstr(r.verdicts, "nan") || strstr(r.verdicts, "inf"), "%s", r.verdicts);
        judge_result_free(&r);
    }
}

static void refused(const char *samples, const char *findings, const char *words) {
    struct judge_result r = {0};
    struct error error;
    cr_assert_eq(judge_text(samples, findings, &r, &error), -1, "it was judged: %s", samples);
    cr_assert(strstr(error.text, words), "the message is: %s", error.text);
    cr_assert(!r.summary && !r.verdicts);
}

/* A number or a range; nothing else can be used to judge. */
Test(judge, published_figures) {
    static const struct {
        const char *published, *measured;
    } cases[] = {{"119-132", "3; 119 to 132; 115.4 to 136"},
        {"0.07-0.12", "3; 0.07 to 0.12; 0.0679 to 0.1236"},
        {"7.5", "3; 7.5 to 7.5; 7.275 to 7.725"}, {"claimed", NULL}, {"", NULL}, {"7.5 x", NULL},
        {"132-119", NULL}, {"119-", NULL}, {"1-2-3", NULL}};
    const char *samples = HEAD ROW("0", "1", "ok") END("0", "1");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct judge_result r = {0};
        struct error error;
        char findings[200];
        snprintf(findings, sizeof findings,
            "finding,experiment,published,source,margin,rests_on\ntoy.works,toy,%s,me,3,time\n",
            cases[i].published);
        if (!cases[i].measured) {
            refused(samples, findings, "neither a number nor a range");
            continue;
        }
        cr_assert_eq(judge_text(samples, findings, &r, &error), 0, "%s", error.text);
        cr_assert(strstr(r.verdicts, cases[i].measured), "%s", r.verdicts);
        judge_result_free(&r);
    }
}

Test(judge, bad_samples) {
    refused("job,device\n0,cpu\n", claims, "toy.csv:1: there is no column 'clock'");
    refused("job,device,clock,arm,block,level,value_ns,status,reason\n"
            "0,sim:x,virtual,rows,0,1,1,ok,\n0,sim:x,virtual,rows,0,,,end,rows=1\n",
        claims, "there is no column 'kind'");
    refused(HEAD ROW("0", "nan", "ok") END("0", "1"), claims, "toy.csv:2: ");
    refused(HEAD ROW("0", "1", "ok") ROW("0", "1e", "ok") END("0", "2"), claims, "toy.csv:3: ");
    refused(HEAD ROW("0", "1", "good") END("0", "1"), claims, "'good' is not one of");
    refused(HEAD ROW("0", "1", "ok") END("0", "2"), claims, "toy.csv:3: the trial says 'rows=2'");
    refused(HEAD ROW("0", "1", "ok") "0,sim:x,virt", claims, "toy.csv:3: ");
    refused(HEAD ROW("0", "1", "ok") "0,cpu,virtual,rows,0,,,,end,rows=1\n", claims,
        "device is 'cpu' here and 'sim:x' before");
    refused(HEAD ROW("1", "1", "ok") END("1", "1") ROW("1", "2", "ok") END("1", "1"), claims,
        "toy.csv:4: job '1' does not follow job 1");
    refused(HEAD ROW("2", "1", "ok") END("2", "1") ROW("1", "2", "ok") END("1", "1"), claims,
        "toy.csv:4: job '1' does not follow job 2");
    refused(HEAD "0,sim:x,virtual,raws,0,,,,end,rows=0\n", claims, "no arm 'raws'");
}

Test(judge, bad_findings) {
    const char *samples = HEAD ROW("0", "1", "ok") END("0", "1");
    refused(samples, "finding,experiment,margin\ntoy.other,toy,3\n", "no finding 'toy.works'");
    refused(samples, "finding,experiment,margin\ntoy.works,yot,3\n", "no finding 'toy.works'");
    refused(samples, "finding,experiment,published,margin\ntoy.works,toy,1,\n",
        "fill in the column margin");
    refused(samples, "finding,experiment,margin\ntoy.works,toy,3 %\n", ":2: ");
}

Test(judge, no_rows_at_all) {
    struct judge_result r;
    struct error error;
    cr_assert_eq(judge_text(HEAD, claims, &r, &error), 0, "%s", error.text);
    cr_assert(strstr(r.summary, "toy,rows,value,ns,0,processes,,,,,,0,,\n"), "%s", r.summary);
    judge_result_free(&r);
}

/* ---- disturbed trials: others used more than the bound */

#define QUIET_HEAD                                                                                 \
    "job,device,clock,arm,block,kind,level,value_ns,status,reason," HEAD_SAMPLES_DISTURBANCE "\n"
#define QUIET_TRIAL(job, block, value, others, error)                                              \
    job ",sim:x,virtual,rows," block ",plain,1," value ",ok,,,,,,,,\n" job                         \
        ",sim:x,virtual,rows," block ",,,,end,rows=1," others "," error ",,,,,\n"

static const char two_claims[] =
    "finding,experiment,published,source,rests_on\ntoy.time,toy,,,time\ntoy.output,toy,,,outputs\n";

/* Each verdict measures the median of its values, which shows the trials it rests on. */
static int judge_two(struct judgement *j) {
    static const char *const findings[] = {"toy.time", "toy.output"};
    const double *x;
    char measured[32];
    const size_t n = judgement_trial_medians(j, "rows", "value_ns", &x);
    judgement_summary(j, "rows", "value", "ns", "processes", x, n);
    snprintf(measured, sizeof measured, "%g", n > 0 ? stats_median(x, n) : 0);
    for (int i = 0; i < 2; i++)
        judgement_verdict(j, &(struct verdict_row){.finding = findings[i],
                                 .verdict = n == 5 ? VERDICT_UNSUPPORTED : VERDICT_CONTRADICTED,
                                 .measured = measured,
                                 .interval = {NAN, NAN, NAN},
                                 .n = n,
                                 .reason = "so it is"});
    return 0;
}

static void two_judged(const char *samples, struct judge_result *result) {
    struct error error;
    cr_assert_eq(judge_with(judge_two, samples, two_claims, result, &error), 0, "%s", error.text);
    cr_assert_eq(result->n_list, 2);
    cr_assert_str_eq(result->list[0].finding, "toy.time");
    cr_assert_str_eq(result->list[1].finding, "toy.output");
}

Test(judge_disturbed, times_rest_on_undisturbed_trials_and_outputs_on_all) {
    struct judge_result r;
    two_judged(QUIET_HEAD QUIET_TRIAL("1", "0", "10", "0.5", "0")
                   QUIET_TRIAL("2", "1", "11", "5", "0") QUIET_TRIAL("3", "2", "90", "5.01", "0")
                       QUIET_TRIAL("4", "2", "12", "", ""),
        &r);
    cr_assert(r.list[0].verdict == VERDICT_CONTRADICTED && r.list[0].n == 3);
    cr_assert_str_eq(r.list[0].measured, "11");
    cr_assert(r.list[1].verdict == VERDICT_CONTRADICTED && r.list[1].n == 4);
    cr_assert_str_eq(r.list[1].measured, "11.5");
    cr_assert(
        strstr(r.summary, "toy,rows,value,ns,3,") && !strstr(r.summary, "ns,4,"), "%s", r.summary);
    judge_result_free(&r);
}

/* A difference that may be rounding by the kernel's ticks is not a disturbance. */
Test(judge_disturbed, an_excess_within_the_error_is_not_disturbed) {
    struct judge_result r;
    two_judged(QUIET_HEAD QUIET_TRIAL("1", "0", "10", "25", "20")
                   QUIET_TRIAL("2", "1", "11", "25", "20"),
        &r);
    cr_assert(r.list[0].verdict == VERDICT_CONTRADICTED && r.list[0].n == 2);
    judge_result_free(&r);
}

Test(judge_disturbed, too_few_left_are_untrusted_with_the_figure) {
    struct judge_result r;
    /* asked three times, disturbed each time; one of three trials is quiet, and one alone is never enough */
    two_judged(QUIET_HEAD QUIET_TRIAL("1", "0", "10", "97", "1") QUIET_TRIAL("2", "1", "11", "40",
                   "1") QUIET_TRIAL("3", "2", "12", "1", "1") QUIET_TRIAL("4", "0", "13", "40", "1")
                   QUIET_TRIAL("5", "1", "14", "40", "1") QUIET_TRIAL("6", "0", "15", "40", "1"),
        &r);
    cr_assert_eq(r.list[0].verdict, VERDICT_UNTRUSTED);
    cr_assert(strstr(r.list[0].reason, "1 of 3 trials of rows are undisturbed") &&
                  strstr(r.list[0].reason, "up to 97 %") &&
                  strstr(r.list[0].reason, "5 % is the bound") &&
                  strstr(r.list[0].reason, "--wait-idle"),
        "%s", r.list[0].reason);
    cr_assert_eq(r.list[1].verdict, VERDICT_CONTRADICTED, "outputs are not touched");
    cr_assert_str_eq(r.list[1].reason, "so it is");
    judge_result_free(&r);
    two_judged(QUIET_HEAD QUIET_TRIAL("1", "0", "10", "97", "1")
                   QUIET_TRIAL("2", "1", "11", "2", "1"),
        &r);
    cr_assert_eq(r.list[0].verdict, VERDICT_UNTRUSTED, "one alone of two");
    judge_result_free(&r);
}

Test(judge_disturbed, what_cannot_be_asked_stays_unsupported) {
    struct judge_result r;
    two_judged(QUIET_HEAD QUIET_TRIAL("1", "0", "10", "97", "1") QUIET_TRIAL(
                   "2", "1", "11", "97", "1") QUIET_TRIAL("3", "2", "12", "97", "1")
                   QUIET_TRIAL("4", "3", "13", "97", "1") QUIET_TRIAL("5", "4", "14", "97", "1"),
        &r);
    cr_assert_eq(r.list[0].verdict, VERDICT_UNSUPPORTED);
    judge_result_free(&r);
}

Test(judge_disturbed, bad_cells_and_claims) {
    refused(QUIET_HEAD QUIET_TRIAL("1", "0", "10", "many", ""), claims, "column 'others_pct'");
    refused(HEAD ROW("0", "1", "ok") END("0", "1"),
        "finding,experiment,published,margin\ntoy.works,toy,1,1\n", "rests_on");
    refused(HEAD ROW("0", "1", "ok") END("0", "1"),
        "finding,experiment,published,margin,rests_on\ntoy.works,toy,1,1,luck\n",
        "'luck' is neither time nor outputs");
}

/* ---- what a look reports as undecided */

static int judge_four(struct judgement *j) {
    static const struct verdict_row rows[] = {{.finding = "toy.a", .verdict = VERDICT_REPRODUCED},
        {.finding = "toy.b", .verdict = VERDICT_INCONCLUSIVE, .undecidable = true},
        {.finding = "toy.c", .verdict = VERDICT_INCONCLUSIVE},
        {.finding = "toy.d", .verdict = VERDICT_UNTRUSTED, .undecidable = true}};
    for (int i = 0; i < 4; i++) {
        struct verdict_row row = rows[i];
        row.measured = "";
        row.interval = (struct stats_interval){NAN, NAN, NAN};
        row.reason = "so it is";
        judgement_verdict(j, &row);
    }
    return 0;
}

Test(judge_look, undecidable_claims_are_counted_separately) {
    static const char findings[] = "finding,experiment,published,source,rests_on\n"
                                   "toy.a,toy,,,outputs\ntoy.b,toy,,,outputs\n"
                                   "toy.c,toy,,,outputs\ntoy.d,toy,,,outputs\n";
    struct judge_result r;
    struct error error;
    cr_assert_eq(
        judge_with(judge_four, HEAD ROW("0", "1", "ok") END("0", "1"), findings, &r, &error), 0,
        "%s", error.text);
    cr_expect_eq(r.look.claims, 4);
    cr_expect_eq(r.look.decided, 1);
    cr_expect_eq(r.look.undecidable, 1);
    judge_result_free(&r);
}

static int judge_figure(struct judgement *j) {
    const double *medians;
    const size_t n = judgement_trial_medians(j, "rows", "value_ns", &medians);
    judgement_summary(j, "rows", "value", "ns", "processes", medians, n);
    return 0;
}

/* Without claims, a figure is decided when its median is known to 5 % on either side. With six values the
 * interval goes from the first to the last. */
Test(judge_look, figures_are_decided_when_they_are_precise) {
    static const struct {
        const char *low, *high;
        unsigned decided;
    } cases[] = {{"95.1", "104.9", 1}, {"95", "105", 1}, {"94.9", "105.1", 0}, {"90.1", "109", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct judge_result r;
        struct error error;
        char samples[1000];
        int used = snprintf(samples, sizeof samples, HEAD);
        for (int job = 0; job < 6; job++)
            used += snprintf(samples + used, sizeof samples - (size_t)used,
                "%d,sim:x,virtual,rows,%d,plain,1,%s,ok,\n%d,sim:x,virtual,rows,%d,,,,end,rows=1\n",
                job, job,
                job == 0   ? cases[i].low
                : job == 5 ? cases[i].high
                           : "100",
                job, job);
        cr_assert_eq(judge_with(judge_figure, samples, claims, &r, &error), 0, "%s", error.text);
        cr_expect(r.look.claims == 1 && r.look.decided == cases[i].decided, "%s to %s: %u\n%s",
            cases[i].low, cases[i].high, r.look.decided, r.summary);
        judge_result_free(&r);
    }
}
