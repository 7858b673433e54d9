/* SPDX-License-Identifier: MIT
 *
 * The files of a run directory that resuming and judging read: schedule.csv, jobs.csv, a trial's samples,
 * machine.csv; and results/published.csv. The first byte says which, the rest is the file.
 */
#include "chips/published.h"
#include "fuzz.h"
#include "runner/run/journal.h"
#include "runner/run/machine.h"
#include "runner/run/trial_file.h"

#include <math.h>
#include <string.h>

static void error_check(int failed, const struct error *error) {
    if (failed)
        FUZZ_CHECK(error->text[0] != '\0' && error->code != EXIT_DONE);
}

static void schedule_try(const uint8_t *data, size_t size) {
    struct schedule schedule;
    struct error error = {.text = ""};
    int failed = schedule_parse("schedule.csv", (const char *)data, size, &schedule, &error);
    error_check(failed, &error);
    if (failed)
        return;
    for (size_t i = 0; i < schedule.n; i++)
        FUZZ_CHECK(strlen(schedule.jobs[i].experiment) + strlen(schedule.jobs[i].arm) <= size);
    schedule_free(&schedule);
}

static void journal_try(const uint8_t *data, size_t size) {
    static const struct schedule_arm arms[] = {
        {"a", "one", {2, false}, 60}, {"a", "two", {2, false}, 60}, {"b", "one", {1, true}, 60}};
    struct text text = {0};
    struct schedule schedule;
    struct journal journal;
    struct error error = {.text = ""};
    FUZZ_CHECK(schedule_make(arms, 3, 1, &text, &error) == 0);
    FUZZ_CHECK(schedule_parse("schedule.csv", text.bytes, text.n_bytes, &schedule, &error) == 0);
    int failed = journal_parse("jobs.csv", (const char *)data, size, &schedule, &journal, &error);
    error_check(failed, &error);
    if (!failed) {
        FUZZ_CHECK(journal.n_done <= schedule.n && journal.whole_bytes <= size);
        for (size_t i = 0; i < journal.n_done; i++)
            FUZZ_CHECK(journal.entries[i].status < JOB_STATUSES);
        journal_free(&journal);
    }
    schedule_free(&schedule);
    text_free(&text);
}

static void trial_try(const uint8_t *data, size_t size) {
    struct trial_file file;
    struct error error = {.text = ""};
    const int failed = trial_file_read(fuzz_file("samples.csv", data, size), 1, &file, &error);
    error_check(failed, &error);
    if (failed)
        return;
    FUZZ_CHECK(file.header_bytes <= file.whole_bytes && file.whole_bytes <= size);
    FUZZ_CHECK(file.ended == (file.reason[0] == '\0'));
    trial_file_free(&file);
}

static void machine_try(const uint8_t *data, size_t size) {
    struct error error = {.text = ""};
    error_check(machine_write_after(fuzz_file("machine.csv", data, size), &error), &error);
}

static void published_try(const uint8_t *data, size_t size) {
    struct published published;
    struct error error = {.text = ""};
    if (published_read(fuzz_file("published.csv", data, size), &published, &error) != 0) {
        FUZZ_CHECK(error.text[0] != '\0');
        return;
    }
    for (size_t row = 0; row < published_rows(&published); row++) {
        struct published_conv conv;
        FUZZ_CHECK(!isinf(published_value(&published, row)));
        if (published_conv_parse(published_text(&published, row, PUBLISHED_CONFIG), &conv))
            FUZZ_CHECK(published_conv_flop(&conv) > 0 && published_conv_bytes(&conv) > 0);
    }
    published_close(&published);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static void (*const kinds[])(const uint8_t *data, size_t size) = {
        schedule_try, journal_try, trial_try, machine_try, published_try};
    if (size > 0)
        kinds[data[0] % (sizeof kinds / sizeof *kinds)](data + 1, size - 1);
    return 0;
}
