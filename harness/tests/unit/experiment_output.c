/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "experiment/output.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/aneprobe-output-XXXXXX", first[64], second[64];
static struct error error;

static void setup(void) {
    cr_assert(mkdtemp(directory) != NULL);
    snprintf(first, sizeof first, "%s/first", directory);
    snprintf(second, sizeof second, "%s/second", directory);
}

static void teardown(void) {
    (void)remove(first);
    (void)remove(second);
    cr_expect_eq(rmdir(directory), 0, "something was left in %s", directory);
}

TestSuite(output, .init = setup, .fini = teardown);

static int write_two(const char *other_path) {
    const struct output files[] = {{first, "new", 3}, {other_path, "more", 4}};
    return output_write_all(files, 2, &error);
}

static void holds(const char *path, const char *expected) {
    char bytes[16] = "";
    int file = open(path, O_RDONLY);
    cr_assert(file >= 0 && read(file, bytes, sizeof bytes - 1) >= 0);
    close(file);
    cr_assert_str_eq(bytes, expected);
}

Test(output, replaces_files) {
    cr_assert_eq(write_two(second), 0, "%s", error.text);
    holds(first, "new");
    holds(second, "more");
}

Test(output, all_or_none) {
    const struct output old = {first, "old", 3};
    cr_assert_eq(output_write_all(&old, 1, &error), 0, "%s", error.text);
    cr_assert_eq(write_two("/nonexistent/second"), -1);
    cr_assert(strstr(error.text, "/nonexistent/second.tmp: "), "%s", error.text);
    holds(first, "old");
}

/* A file moved over /dev/null would take its place for the whole machine. */
Test(output, writes_into_what_is_no_file) {
    cr_assert_eq(mkfifo(second, 0600), 0);
    int reader = open(second, O_RDONLY | O_NONBLOCK);
    cr_assert(reader >= 0);
    cr_assert_eq(write_two(second), 0, "%s", error.text);
    struct stat st;
    cr_assert(lstat(second, &st) == 0 && S_ISFIFO(st.st_mode), "the pipe was replaced");
    char bytes[16] = "";
    cr_assert_eq(read(reader, bytes, sizeof bytes - 1), 4);
    cr_assert_str_eq(bytes, "more");
    close(reader);
}
