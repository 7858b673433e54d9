/* SPDX-License-Identifier: MIT
 *
 * Host work: a chip's own figures, and those of its nearest relatives, from a table of their own.
 */
#include "sim_kit.h"
#include "train/plan/check.h"
#include "train/plan/timeline.h"

#include <math.h>
#include <sys/stat.h>

static const struct train_shape shape = {
    .layers = 2, .dim = 32, .hidden = 48, .heads = 2, .kv_heads = 2, .seq = 16, .vocab = 64};
static char root[64], directory[96], table[128];
static struct host host;

/* Engines that take 100 us an eval and next to nothing for work: 12 evals a step, 1.2 ms. */
#define ENGINE(chip)                                                                               \
    chip ",dispatch_us,100,us,fitted,2,x,\n" chip ",tflops,1e6,,fitted,2,x,\n" chip                \
         ",bandwidth_gbs,1e6,,fitted,2,x,\n"

static void set_up(void) {
    struct error error;
    strcpy(root, "/tmp/aneprobe-host-XXXXXX");
    cr_assert(mkdtemp(root));
    snprintf(directory, sizeof directory, "%s/results", root);
    cr_assert_eq(mkdir(directory, 0700), 0);
    snprintf(table, sizeof table, "%s/chips.csv", directory);
    FILE *file = fopen(table, "w");
    cr_assert(file);
    fputs("chip,key,value,unit,basis,rows,sources,note\n" ENGINE("M1") ENGINE("M2 Max") ENGINE("M3")
              ENGINE("M4") "M1,host_static_step_ms,51.2,ms,fitted,3,x,\n"
                           "M2 Max,host_static_step_ms,31.2,ms,fitted,4,x,\n"
                           "M3,host_static_step_ms,21.2,ms,published,5;6,x,\n"
                           "M4,host_static_step_ms,,ms,unknown,,,\n"
                           "M1,host_forward_io_ms,4,ms,fitted,7,x,\n"
                           "M1,host_forward_classifier_ms,9,ms,fitted,8,x,\n"
                           "M1,host_forward_elementwise_ms,14,ms,fitted,9,x,\n"
                           "M1,host_forward_rms_ms,1,ms,fitted,10,x,\n",
        file);
    cr_assert_eq(fclose(file), 0);
    cr_assert_eq(setenv("ANEPROBE_SOURCE", root, 1), 0);
    cr_assert_eq(host_open(&host, table, &error), 0, "%s", error.text);
}

static void tear_down(void) {
    host_close(&host);
    unlink(table);
    rmdir(directory);
    rmdir(root);
}

TestSuite(plan_host, .init = set_up, .fini = tear_down);

static struct host_work step(const char *chip, bool leave_out) {
    struct host_work work;
    struct device_error error = {.text = ""};
    cr_assert_eq(host_step_ms(&host, chip, &shape, TRAIN_WEIGHTS_BAKED, leave_out, &work, &error),
        0, "%s", error.text);
    return work;
}

static bool near(double value, double wanted) {
    return fabs(value - wanted) < 0.01;
}

Test(plan_host, a_step_less_the_engine) {
    struct host_work work = step("M3", false);
    cr_assert(near(work.ms, 20), "%g", work.ms);
    cr_assert_str_eq(work.from, "M3 (rows 5;6)");
}

/* M4 is one from M3; M3 is two from M1, three from M2 Max, and no relative of itself. */
Test(plan_host, relatives_stand_in) {
    struct host_work work = step("M4", false);
    cr_assert(near(work.ms, 20), "%g", work.ms);
    cr_assert_str_eq(work.from, "relatives: M3");
    work = step("M3", true);
    cr_assert(near(work.ms, 50), "%g", work.ms);
    cr_assert_str_eq(work.from, "relatives: M1");
    /* M2 Max is three from M1 and from M3: the middle of the two */
    work = step("M2 Max", true);
    cr_assert(near(work.ms, 35), "%g", work.ms);
    cr_assert_str_eq(work.from, "relatives: M1; M3");
}

Test(plan_host, nobody_has_the_figure) {
    struct host_work work;
    struct device_error error = {.text = ""};
    cr_assert_eq(host_step_ms(&host, "M4", &shape, TRAIN_WEIGHTS_INPUT, false, &work, &error), -1);
    cr_assert(strstr(error.text, "host_dynamic_step_ms"), "%s", error.text);
    cr_assert_eq(host_figure(&host, "M4", "host_batch_ms", &work, &error), -1);
}

/* 60 - 4 - 9 - (14 + 1) = 32; no rest below nothing. */
Test(plan_host, parts_of_a_step) {
    struct host_parts parts;
    struct device_error error = {.text = ""};
    cr_assert_eq(host_parts(&host, "M4", 60, &parts, &error), 0, "%s", error.text);
    cr_assert(parts.io_ms == 4 && parts.classifier_ms == 9 && parts.elementwise_ms == 15);
    cr_assert(parts.rest_ms == 32);
    cr_assert(strstr(parts.from, "classifier relatives: M1"), "%s", parts.from);
    cr_assert_eq(host_parts(&host, "M1", 10, &parts, &error), 0, "%s", error.text);
    cr_assert(parts.rest_ms == 0 && strstr(parts.from, "io M1 (rows 7)"), "%s", parts.from);
}

/* M1: 20 + 1.2 of 51.2; M2 Max: 35 + 1.2 of 31.2; M3: 50 + 1.2 of 21.2. */
Test(plan_host, check_leaves_out_the_chip) {
    char text[2048] = "", path[64];
    struct device_error error = {.text = ""};
    kit_file_write(path, "", 0);
    FILE *file = fopen(path, "w+");
    cr_assert(file);
    cr_assert_eq(check_write(&host, &shape, file, &error), 0, "%s", error.text);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    cr_assert_eq(fclose(file), 0);
    unlink(path);
    cr_assert(strstr(text, "\nM1,static_step_ms,51.2,21.2,-58.59,relatives: M3,M1 (rows 3)\n"),
        "%s", text);
    cr_assert(strstr(text, "\nM2 Max,static_step_ms,31.2,36.2,16.03,"), "%s", text);
    cr_assert(strstr(text, "\nM3,static_step_ms,21.2,51.2,141.5,"), "%s", text);
    cr_assert(strstr(text, "\nmedian,static_step_ms,,,58.59,"), "%s", text);
    cr_assert(strstr(text, "\nmedian,dynamic_step_ms,,,,"), "%s", text);
}
