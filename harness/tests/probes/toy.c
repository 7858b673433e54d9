/* SPDX-License-Identifier: MIT
 *
 * A program whose trials fail in every way and whose findings get every verdict.
 */
#include "experiment/experiment.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int run(struct trial *t) {
    for (int i = 0; i < 3; i++) {
        trial_number(t, "value", i);
        trial_row(t, SAMPLE_OK, NULL);
    }
    if (strcmp(t->arm->name, "crash") == 0)
        raise(SIGKILL);
    while (strcmp(t->arm->name, "hang") == 0 || strcmp(t->arm->name, "wait") == 0)
        pause();
    return 0;
}

static int judge(struct judgement *j) {
    static const char *const findings[] = {
        "toy.holds", "toy.fails", "toy.open", "toy.missing", "toy.doubtful"};
    const double *x;
    size_t n = judgement_trial_medians(j, NULL, "value", &x);
    for (int i = 0; i < 5; i++)
        judgement_verdict(j, &(struct verdict_row){.finding = findings[i],
                                 .verdict = (enum verdict)i,
                                 .interval = {NAN, NAN, NAN},
                                 .n = n,
                                 .n_unit = "processes",
                                 .reason = "why"});
    return 0;
}

int main(int argc, char **argv) {
    static const char *const about[][2] = {{"question", "What if it fails?"}};
    static const struct experiment_arm arms[] = {{"fine", "ends", 2, 2, 20},
        {"crash", "is killed", 1, 1, 20}, {"hang", "never ends", 1, 1, 1},
        {"wait", "is interrupted", 1, 1, 60}};
    static const struct experiment_column columns[] = {{"value", EXPERIMENT_NUMBER}};
    static const struct experiment experiment = {.name = "toy",
        .about = about,
        .n_about = 1,
        .arms = arms,
        .n_arms = 4,
        .columns = columns,
        .n_columns = 1,
        .run = run,
        .judge = judge};
    return experiment_main(&experiment, argc, argv);
}
