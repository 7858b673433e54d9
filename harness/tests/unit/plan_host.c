/* SPDX-License-Identifier: MIT
 *
 * Host work: a chip's own figures, and those of its nearest relatives, from this test's own table.
 */
#include "sim_kit.h"
#include "train/plan/check.h"
#include "train/plan/program.h"
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
              ENGINE("M4") "M1,host_static_step_ms,51.2,ms,fitted,3;4;7,x,\n"
                           "M2 Max,host_static_step_ms,31.2,ms,fitted,4,x,\n"
                           "M3,host_static_step_ms,21.2,ms,published,5;6,x,\n"
                           "M4,host_static_step_ms,,ms,unknown,,,\n"
                           "M1,host_forward_io_ms,4,ms,fitted,7,x,\n"
                           "M1,host_forward_classifier_ms,9,ms,fitted,8,x,\n"
                           "M1,host_forward_elementwise_ms,14,ms,fitted,9,x,\n"
                           "M1,host_forward_rms_ms,1,ms,fitted,10,x,\n"
                           "M1,nap_wake_ms,4,ms,fitted,9,x,\n"
                           "M3,nap_wake_ms,1,ms,fitted,10,x,\n",
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

static bool near(double value, double wanted) {
    return fabs(value - wanted) < 0.01;
}

static struct host_work figure(const char *chip, const char *key, bool leave_out) {
    struct host_work work;
    struct device_error error = {.text = ""};
    cr_assert_eq(host_figure(&host, chip, key, leave_out, &work, &error), 0, "%s", error.text);
    return work;
}

Test(plan_host, host_time_is_a_step_less_the_engines_time) {
    struct host_work work;
    struct device_error error = {.text = ""};
    cr_assert_eq(
        host_step_ms(&host, "M3", &shape, TRAIN_WEIGHTS_BAKED, &work, &error), 0, "%s", error.text);
    cr_assert(near(work.ms, 20), "%g", work.ms);
    cr_assert_str_eq(work.from, "M3 (rows 5;6)");
}

/* The mean of logarithms, weighted by 1 / distance^3. M4 is 1 from M3, 3 from M1, 4 from M2 Max; M3 is
 * 2 from M1, 3 from M2 Max, and no relative of itself. */
Test(plan_host, relatives_stand_in) {
    const char key[] = "host_static_step_ms";
    const double w1 = 1 / 27.0, w2 = 1 / 64.0;
    struct host_work work = figure("M4", key, false);
    cr_assert(near(work.ms, exp((log(21.2) + w1 * log(51.2) + w2 * log(31.2)) / (1 + w1 + w2))),
        "%g", work.ms);
    cr_assert_str_eq(work.from, "relatives: M3");
    work = figure("M3", key, true);
    const double v1 = 1 / 8.0, v2 = 1 / 27.0;
    cr_assert(near(work.ms, exp((v1 * log(51.2) + v2 * log(31.2)) / (v1 + v2))), "%g", work.ms);
    cr_assert_str_eq(work.from, "relatives: M1; M2 Max");
    cr_assert(near(figure("M3", key, false).ms, 21.2));
}

/* From the two other chips' leave-one-out alone: with M3 left out, M1 and M2 Max, 3 apart, have each
 * other; both are off by log(51.2 / 31.2). t is Student's
 * 95 % quantile of 2 degrees of freedom. */
Test(plan_host, intervals_come_from_other_chips) {
    const double t = 2.91998558, off = log(51.2 / 31.2), s = off / sqrt(1 + 3);
    const struct host_work left_out = figure("M3", "host_static_step_ms", true);
    const double wide = exp(t * s * sqrt(1 + 2));
    cr_assert(near(left_out.high_ms, left_out.ms * wide), "%g", left_out.high_ms);
    cr_assert(near(left_out.low_ms, left_out.ms / wide), "%g", left_out.low_ms);
    const struct host_work own = figure("M3", "host_static_step_ms", false);
    cr_assert(near(own.high_ms, 21.2 * exp(t * s)), "%g", own.high_ms);
}

static int order(const void *a, const void *b) {
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Of 21 errors the 20th: one more stays within it nine times out of ten. */
Test(plan_host, many_errors_have_a_rank) {
    char text[2048] = "chip,key,value,rows\n", path[] = "/tmp/aneprobe-chips-XXXXXX";
    static const char *const chips[] = {"M1", "M2", "M3", "M4", "M6", "M7", "M8"};
    static const char *const keys[] = {
        "host_static_step_ms", "host_forward_engine_ms", "host_compile_set_ms"};
    struct host many;
    struct host_work left_out;
    struct device_error error;
    struct error why;
    double errors[HOST_ERRORS_MAX];
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < 7; i++)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s,%s,%zu,1\n", chips[i],
                keys[k], 100 + 10 * (k + 1) * i * i);
    snprintf(text + strlen(text), sizeof text - strlen(text), "M5,host_static_step_ms,500,1\n");
    const int file = mkstemp(path);
    cr_assert(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text));
    close(file);
    cr_assert_eq(host_open(&many, path, &why), 0, "%s", why.text);
    unlink(path);
    const size_t n = host_errors(&many, "M5", "host_static_step_ms", errors, HOST_ERRORS_MAX);
    cr_assert_eq(n, 21);
    qsort(errors, n, sizeof *errors, order);
    cr_assert(errors[18] < errors[19] && errors[19] < errors[20]);
    cr_assert_eq(host_figure(&many, "M5", "host_static_step_ms", true, &left_out, &error), 0);
    const double wide = exp(errors[19] * sqrt(1 + 1));
    cr_assert(near(left_out.high_ms, left_out.ms * wide), "%g", left_out.high_ms);
    host_close(&many);
}

/* Two chips have this one, so that nothing is left to check a prediction with. */
Test(plan_host, two_chips_are_no_prediction) {
    char why[100];
    cr_assert(host_is_predicted(&host, "host_static_step_ms", why, sizeof why));
    cr_assert_str_eq(why, "");
    cr_assert(!host_is_predicted(&host, "nap_wake_ms", why, sizeof why));
    cr_assert_str_eq(why, "published for 2 chips; a prediction and an interval take 3");
    cr_assert(isnan(figure("M4", "nap_wake_ms", false).high_ms));
    cr_assert(isnan(figure("M1", "nap_wake_ms", false).high_ms));
}

/* Factors of 2, 4 and 8: a geometric mean of 4, a deviation of log 2; t is Student's 95 % quantile of 2 degrees of
 * freedom. Without the last, 2 and 4. */
Test(plan_host, programs_take_longer_than_convolutions) {
    const struct program_passes passes = {
        3, {{"M1", "", 2, 1}, {"M3", "", 12, 3}, {"M4", "", 16, 2}}};
    struct host_work work;
    program_scale(NULL, &passes, NULL, true, 10, &work);
    const double wide = exp(2.91998558 * log(2) * sqrt(1 + 1 / 3.0));
    cr_assert(near(work.ms, 40) && near(work.high_ms, 40 * wide), "%g", work.high_ms);
    cr_assert(near(work.low_ms, 40 / wide), "%g", work.low_ms);
    cr_assert_str_eq(work.from, "forward passes of 3 chips");
    program_scale(NULL, &passes, "M4", true, 10, &work);
    cr_assert(near(work.ms, 10 * sqrt(8)), "%g", work.ms);
    /* factors that agree: the interval still holds what a convolution takes */
    const struct program_passes alike = {2, {{"M1", "", 2, 1}, {"M3", "", 4, 2}}};
    program_scale(NULL, &alike, NULL, true, 10, &work);
    cr_assert(near(work.ms, 20) && near(work.low_ms, 10) && near(work.high_ms, 20));
    program_scale(NULL, &alike, "M1", true, 10, &work);
    cr_assert(isnan(work.ms) && isnan(work.high_ms), "one chip is no interval");
}

Test(plan_host, without_any_figure_there_is_an_error) {
    struct host_work work;
    struct device_error error = {.text = ""};
    cr_assert_eq(host_step_ms(&host, "M4", &shape, TRAIN_WEIGHTS_INPUT, &work, &error), -1);
    cr_assert(strstr(error.text, "host_dynamic_step_ms"), "%s", error.text);
    cr_assert_eq(host_figure(&host, "M4", "host_batch_ms", false, &work, &error), -1);
}

/* 60 - 4 - 9 - (14 + 1) = 32; no rest below nothing. */
Test(plan_host, parts_of_a_step) {
    struct host_parts parts;
    struct device_error error = {.text = ""};
    cr_assert_eq(host_parts(&host, "M4", 60, &parts, &error), 0, "%s", error.text);
    cr_assert(near(parts.io_ms, 4) && near(parts.classifier_ms, 9));
    cr_assert(near(parts.elementwise_ms, 15) && near(parts.rest_ms, 32));
    cr_assert(strstr(parts.from, "classifier relatives: M1"), "%s", parts.from);
    cr_assert_eq(host_parts(&host, "M1", 10, &parts, &error), 0, "%s", error.text);
    cr_assert(parts.rest_ms == 0 && strstr(parts.from, "io M1 (rows 7)"), "%s", parts.from);
}

/* M1 has rows of two sources, 52.4 in the median and 50; M3 has 3 and 4. */
Test(plan_host, check_leaves_out_chips_and_sources) {
    char text[16384] = "", path[64], published_path[64];
    struct device_error error = {.text = ""};
    struct error csv_error;
    struct csv_table *published;
    const char rows[] = "source,value\nx,1\na,50\na,54.8\nx,3\ny,4\nb,50\n";
    kit_file_write(path, "", 0);
    kit_file_write(published_path, rows, strlen(rows));
    cr_assert_eq(csv_table_read(published_path, &published, &csv_error), 0, "%s", csv_error.text);
    FILE *file = fopen(path, "w+");
    struct table *table = table_new(&table_form_plan_check);
    cr_assert(file && table);
    cr_assert_eq(check_table(&host, published, table, &error), 0, "%s", error.text);
    cr_assert_eq(table_print(table, TABLE_AS_CSV, file, &csv_error), 0, "%s", csv_error.text);
    table_free(table);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    cr_assert_eq(fclose(file), 0);
    csv_table_free(published);
    unlink(path);
    unlink(published_path);
    cr_assert(strstr(text, ",M1,,virtual,M1,static_step_ms,chip,51.2,"), "%s", text);
    cr_assert(strstr(text, ",M1,static_step_ms,source,52.4,50,"), "%s", text);
    cr_assert(strstr(text, ",-4.58,100,\"M1, other sources\",a\n"), "%s", text);
    cr_assert(strstr(text, ",M1,static_step_ms,source,50,52.4,"), "%s", text);
    cr_assert(strstr(text, ",4.8,100,\"M1, other sources\",b\n"), "%s", text);
    cr_assert(strstr(text, ",M3,static_step_ms,chip,21.2,45.72,13.07,"), "%s", text);
    cr_assert(strstr(text, ",115.7,100,relatives: M1; M2 Max,M3 (rows 5;6)\n"), "%s", text);
    cr_assert(
        strstr(text, ",,,virtual,median,all_steps,source,,,,,14.9,100,,absolute error; share of "
                     "intervals that hold\n"),
        "%s", text);
    cr_assert(strstr(text, ",median,dynamic_step_ms,source,,,,,,,,"), "%s", text);
    /* M1 alone has its parts; of two chips neither predicts the other, and none counts as one that fails */
    cr_assert(strstr(text, ",M1,forward_io_ms,chip,4,,,,,,published for 1 chip; a"), "%s", text);
    cr_assert(strstr(text, ",M1,nap_wake_ms,chip,4,,,,,,published for 2 chips; a"), "%s", text);
    cr_assert(strstr(text, ",M3,nap_wake_ms,chip,1,,,,,,published for 2 chips; a"), "%s", text);
    cr_assert(strstr(text, ",median,nap_wake_ms,chip,,,,,,,,"), "%s", text);
}
