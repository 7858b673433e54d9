/* SPDX-License-Identifier: MIT */
#include "experiment_kit.h"

#include "experiment/collect.h"
#include "record/heads.h"

static void trial_gives(size_t arm, enum exit_code expected, const char *words, const char *tail) {
    enum exit_code code;
    char reason[700];
    char *text = toy_trial(arm, 2, &code, reason, sizeof reason);
    cr_assert_eq(code, expected, "exit code %d: %s", code, reason);
    cr_assert(strstr(reason, words), "the reason is '%s'", reason);
    size_t n = strlen(text), m = strlen(tail);
    cr_assert(n >= m && strcmp(text + n - m, tail) == 0, "it wrote\n%s", text);
    free(text);
}

Test(trial, rows_and_end) {
    enum exit_code code;
    char reason[700], start[512], device[64];
    char *text = toy_trial(0, 2, &code, reason, sizeof reason);
    cr_assert_eq(code, EXIT_DONE, "%s", reason);
    cr_assert_eq(sscanf(strstr(text, "sim:"), "%63[^,]", device), 1);
    int n = snprintf(start, sizeof start,
        "job,device,clock,arm,block,kind,level,value_ns,status,reason," HEAD_SAMPLES_DISTURBANCE
        "\n"
        "70,%s,virtual,rows,2,plain,0,2,ok,,,,,,,,\n"
        "70,%s,virtual,rows,2,\"with, comma\",1,3.5,ok,,,,,,,,\n"
        "70,%s,virtual,rows,2,plain,2,,failed,two lines,,,,,,,\n"
        "70,%s,virtual,rows,2,,,,end,rows=3,,,,,,,\n",
        device, device, device, device);
    cr_assert(n > 0);
    cr_assert_str_eq(text, start);
    free(text);
}

Test(trial, broken_trial_has_no_end_row) {
    trial_gives(1, EXIT_BROKEN, "no luck left", "plain,2,5,ok,,,,,,,,\n");
}

Test(trial, unsupported_is_an_answer) {
    trial_gives(2, EXIT_UNSUPPORTED, "prepare: nothing to prepare here", "end,rows=4,,,,,,,\n");
}

Test(trial, an_undeclared_column_is_broken) {
    trial_gives(3, EXIT_BROKEN, "'valve_ns'", "plain,2,5,ok,,,,,,,,\n");
}

Test(trial, a_nan_is_broken) {
    trial_gives(4, EXIT_BROKEN, "'value_ns' that is not a finite number", ",,,ok,,,,,,,,\n");
}

Test(trial, a_device_that_does_not_open) {
    static const char *const names[] = {"sim:/nonexistent/x.sim", "quantum"};
    struct trial_place place = {.arm = &toy_arms[0]};
    for (size_t i = 0; i < 2; i++) {
        struct options options = {.device = names[i], .seed = 1};
        char reason[700];
        cr_assert_eq(trial_run(&toy, &options, &place, stdout, reason, sizeof reason), EXIT_USAGE);
        cr_assert(strstr(reason, names[i]), "%s", reason);
    }
}

Test(trial, a_full_disk_is_said) {
    FILE *full = fopen("/dev/full", "w");
    if (!full)
        cr_skip_test("no /dev/full here");
    char device[64], reason[700];
    toy_model(device);
    struct options options = {.device = device, .seed = 1};
    struct trial_place place = {.arm = &toy_arms[0]};
    cr_assert_eq(trial_run(&toy, &options, &place, full, reason, sizeof reason), EXIT_BROKEN);
    cr_assert(strstr(reason, "cannot write the samples"), "%s", reason);
    fclose(full);
    unlink(device + strlen("sim:"));
}

static void add(struct collect *c, const char *text, size_t step) {
    collect_begin(c);
    for (size_t i = 0, n = strlen(text); i < n; i += step)
        cr_assert_eq(collect_add(c, text + i, step < n - i ? step : n - i), 0);
    collect_end(c);
}

Test(collect, one_header_whole_lines) {
    for (size_t step = 1; step < 20; step++) {
        struct collect c = {0};
        add(&c, "h,i\n1,2\n3,4\n", step);
        add(&c, "h,i\n5,6\n7,", step); /* ended in the middle of a row */
        add(&c, "h,i\n", step);
        add(&c, "h,", step);
        add(&c, "h,i\n8,9\n", step);
        cr_assert_eq(c.n_bytes, strlen("h,i\n1,2\n3,4\n5,6\n8,9\n"));
        cr_assert_eq(memcmp(c.bytes, "h,i\n1,2\n3,4\n5,6\n8,9\n", c.n_bytes), 0);
        collect_free(&c);
    }
}
