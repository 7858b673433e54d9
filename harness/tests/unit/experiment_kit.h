/* SPDX-License-Identifier: MIT
 *
 * What the experiment library's unit tests share: a program that measures nothing, on a simulated
 * device, and what its trials write.
 */
#ifndef ANEPROBE_TESTS_EXPERIMENT_KIT_H
#define ANEPROBE_TESTS_EXPERIMENT_KIT_H

#include "experiment/trial.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One arm for each way a trial can end. */
static inline int toy_run(struct trial *t) {
    struct device_error error;
    const char *arm = t->arm->name;
    for (int i = 0; i < 3; i++) {
        trial_text(t, "kind", i == 1 ? "with, comma" : "plain");
        trial_u64(t, "level", (uint64_t)i);
        trial_number(t, "value_ns", 1.5 * i + t->block);
        if (i == 2 && strcmp(arm, "rows") == 0)
            trial_row(t, SAMPLE_FAILED, "two\nlines");
        else
            trial_row(t, SAMPLE_OK, NULL);
    }
    if (strcmp(arm, "breaks") == 0)
        return trial_break(t, "no %s left", "luck");
    if (strcmp(arm, "unsupported") == 0) {
        device_error_set(&error, DEVICE_UNSUPPORTED, "prepare", "nothing to prepare here");
        return trial_break_error(t, &error);
    }
    if (strcmp(arm, "column") == 0)
        trial_number(t, "valve_ns", 1);
    if (strcmp(arm, "nan") == 0) {
        trial_number(t, "value_ns", NAN);
        trial_row(t, SAMPLE_OK, NULL);
    }
    return 0;
}

static const struct experiment_arm toy_arms[] = {{"rows", "writes rows", 2, 5, 9},
    {"breaks", "breaks", 1, 5, 9}, {"unsupported", "cannot", 3, 5, 9},
    {"column", "names a wrong column", 1, 1, 9}, {"nan", "computes a NaN", 1, 1, 9}};
static const struct experiment_column toy_columns[] = {
    {"kind", EXPERIMENT_FACTOR}, {"level", EXPERIMENT_FACTOR}, {"value_ns", EXPERIMENT_NUMBER}};
static const char *const toy_about[][2] = {{"question", "Does it work?"}};
static const struct experiment toy = {.name = "toy",
    .about = toy_about,
    .n_about = 1,
    .arms = toy_arms,
    .n_arms = sizeof toy_arms / sizeof *toy_arms,
    .columns = toy_columns,
    .n_columns = sizeof toy_columns / sizeof *toy_columns,
    .run = toy_run};

/* A sim file with nothing but defaults; to be unlinked. */
static inline void toy_model(char name[64]) {
    strcpy(name, "sim:/tmp/aneprobe-toy-XXXXXX");
    int fd = mkstemp(name + strlen("sim:"));
    cr_assert(fd >= 0);
    cr_assert_eq(write(fd, "chip,toy\n", 9), 9);
    cr_assert_eq(close(fd), 0);
}

/* Runs one trial; what it wrote is to be freed. */
static inline char *toy_trial(
    size_t arm, unsigned block, enum exit_code *code, char *reason, size_t reason_size) {
    char device[64], *text = NULL;
    size_t bytes;
    toy_model(device);
    struct options options = {.device = device, .seed = 3};
    struct trial_place place = {.arm = &toy_arms[arm], .block = block, .job = 70};
    FILE *out = open_memstream(&text, &bytes);
    *code = trial_run(&toy, &options, &place, out, reason, reason_size);
    cr_assert_eq(fclose(out), 0);
    cr_assert_eq(unlink(device + strlen("sim:")), 0);
    return text;
}

#endif
