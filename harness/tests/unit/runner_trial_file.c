/* SPDX-License-Identifier: MIT
 *
 * A trial's own CSV file, which may end at any byte.
 */
#include "runner/run/trial_file.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD "job,device,clock,arm,block,status,reason\n"

static char path[64];
static struct error error;

static void make_path(void) {
    snprintf(path, sizeof path, "/tmp/aneprobe-trial-XXXXXX");
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    close(fd);
}

static void remove_path(void) {
    unlink(path);
}

static struct trial_file read_bytes(const char *bytes, size_t n_bytes) {
    struct trial_file file;
    FILE *out = fopen(path, "w");
    cr_assert_not_null(out);
    cr_assert_eq(fwrite(bytes, 1, n_bytes, out), n_bytes);
    cr_assert_eq(fclose(out), 0);
    cr_assert_eq(trial_file_read(path, 3, &file, &error), 0, "%s", error.text);
    return file;
}

TestSuite(trial_file, .init = make_path, .fini = remove_path);

static const char good[] = "job,device,clock,arm,block,value,status,reason\n"
                           "3,cpu,measured,a,0,1,ok,\n"
                           "3,cpu,measured,a,0,2,ok,\"two lines\nand a \"\"quote\"\"\"\n"
                           "3,cpu,measured,a,0,,end,rows=2\n";

Test(trial_file, a_whole_file_is_complete) {
    struct trial_file file = read_bytes(good, strlen(good));
    cr_assert(file.ended);
    cr_assert_eq(file.whole_bytes, strlen(good));
    cr_assert_eq(file.header_bytes, strlen("job,device,clock,arm,block,value,status,reason\n"));
    cr_assert_str_eq(file.reason, "");
    trial_file_free(&file);
}

/* The newline inside the quoted cell ends no row. */
Test(trial_file, cut_at_any_byte_is_whole_rows_without_an_end) {
    const size_t ends[] = {0, strlen("job,device,clock,arm,block,value,status,reason\n"),
        strlen("job,device,clock,arm,block,value,status,reason\n3,cpu,measured,a,0,1,ok,\n"),
        strlen(good) - strlen("3,cpu,measured,a,0,,end,rows=2\n")};
    for (size_t cut = 0; cut < strlen(good); cut++) {
        size_t expected = 0;
        for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
            expected = ends[i] <= cut ? ends[i] : expected;
        struct trial_file file = read_bytes(good, cut);
        cr_assert_not(file.ended, "cut at %zu", cut);
        cr_assert_eq(file.whole_bytes, expected, "cut at %zu", cut);
        cr_assert_neq(file.reason[0], '\0');
        trial_file_free(&file);
    }
}

Test(trial_file, a_missing_file_has_no_rows) {
    struct trial_file file;
    unlink(path);
    cr_assert_eq(trial_file_read(path, 3, &file, &error), 0);
    cr_assert_eq(file.header_bytes, 0);
    cr_assert_str_eq(file.reason, "the trial wrote no samples");
    trial_file_free(&file);
}

Test(trial_file, what_does_not_fit_is_unusable) {
    static const struct {
        const char *bytes, *message;
    } bad[] = {{HEAD "3,,,,ok\n3,,,,,end,rows=1\n", ":2"},
        {HEAD "4,,,,,ok,\n3,,,,,end,rows=1\n", "this is job 3"},
        {HEAD "3,,,,,end,rows=0\n3,,,,,ok,\n", "rows follow the end"},
        {HEAD "3,,,,,ok,\n3,,,,,end,rows=2\n", "there are 1 rows"},
        {HEAD "3,,,,,ok,\n3,,,,,end,rows=10\n", "there are 1 rows"},
        {HEAD "3,,,,,ok,\n3,,,,,end,\n", "there are 1 rows"},
        {"device,clock,arm,block,status,reason\n,,,,end,rows=0\n", "no column 'job'"},
        {"job,device,clock,arm,block,status\n3,,,,,ok\n", "no column 'reason'"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct trial_file file = read_bytes(bad[i].bytes, strlen(bad[i].bytes));
        cr_assert_not(file.ended);
        cr_assert_eq(file.whole_bytes, 0, "%s", bad[i].bytes);
        cr_assert_not_null(strstr(file.reason, bad[i].message), "%s", file.reason);
        trial_file_free(&file);
    }
}

Test(trial_file, too_large_files_are_refused) {
    cr_assert_eq(truncate(path, (off_t)TRIAL_FILE_MOST_BYTES + 1), 0);
    struct trial_file file;
    cr_assert_eq(trial_file_read(path, 3, &file, &error), 0);
    cr_assert_eq(file.header_bytes, 0);
    cr_assert_not_null(strstr(file.reason, "larger than"));
    trial_file_free(&file);
}
