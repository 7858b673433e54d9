/* SPDX-License-Identifier: MIT
 *
 * Writing CSV, reading it back, and damage of every kind to what was written.
 */
#include "measure/csv.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the calls in `write` put into a file. */
static char *written(void (*write)(struct csv_writer *), size_t *n_bytes) {
    FILE *file = tmpfile();
    cr_assert(file != NULL);
    struct csv_writer w = {.file = file};
    write(&w);
    long n = ftell(file);
    cr_assert(n >= 0);
    rewind(file);
    char *text = malloc((size_t)n + 1);
    cr_assert(fread(text, 1, (size_t)n, file) == (size_t)n);
    text[n] = '\0';
    fclose(file);
    *n_bytes = (size_t)n;
    return text;
}

static void write_specials(struct csv_writer *w) {
    static const char *const texts[] = {
        "a,b", "a\nb", "a\rb", "\"", "a b", "#x", "'a'", "\xef\xbb\xbfx"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        csv_put_text(w, texts[i]);
    cr_assert(csv_end_row(w) == 0);
}

static void write_sample(struct csv_writer *w) {
    static const char *const names[] = {"job", "text", "value"};
    for (int i = 0; i < 3; i++)
        csv_put_text(w, names[i]);
    cr_assert(csv_end_row(w) == 0);
    csv_put_u64(w, UINT64_MAX);
    csv_put_text(w, "a \"b\",\nc");
    csv_put_number(w, 0.1);
    cr_assert(csv_end_row(w) == 0);
    csv_put_i64(w, INT64_MIN);
    csv_put_text(w, NULL);
    csv_put_number(w, NAN);
    cr_assert(csv_end_row(w) == 0);
    csv_put_empty(w);
    csv_put_text(w, " plain ");
    csv_put_number(w, -1e300);
    cr_assert(csv_end_row(w) == 0);
}

Test(csv_write, quotes_only_where_needed) {
    size_t n;
    char *text = written(write_sample, &n);
    cr_assert_str_eq(text, "job,text,value\n"
                           "18446744073709551615,\"a \"\"b\"\",\nc\",0.1\n"
                           "-9223372036854775808,,\n"
                           ", plain ,-1e+300\n");
    free(text);
    text = written(write_specials, &n);
    cr_assert_str_eq(text, "\"a,b\",\"a\nb\",\"a\rb\",\"\"\"\",a b,#x,'a',\"\xef\xbb\xbf"
                           "x\"\n");
    free(text);
}

static const double hard[] = {0, -0.0, 1, 0.1, 1.0 / 3, 2.0 / 3, 1e23, 5e-324, DBL_MIN, DBL_MAX,
    123456789.123456789, 9007199254740993.0, 0.3, 100, 1e15, 1e16, 1e17, 4.35, 0.1 + 0.2};

static void write_hard(struct csv_writer *w) {
    csv_put_text(w, "x");
    cr_assert(csv_end_row(w) == 0);
    for (size_t i = 0; i < sizeof hard / sizeof *hard; i++) {
        csv_put_number(w, hard[i]);
        cr_assert(csv_end_row(w) == 0);
    }
}

Test(csv_write, numbers_read_back_the_same_and_short) {
    size_t n;
    char *text = written(write_hard, &n);
    struct csv_table *t;
    struct error error;
    cr_assert(csv_table_parse("t", text, n, &t, &error) == 0, "%s", error.text);
    for (size_t i = 0; i < sizeof hard / sizeof *hard; i++) {
        double value;
        cr_assert(csv_number(t, i, 0, &value, &error) == 1);
        const double want = hard[i] == 0 ? 0 : hard[i]; /* a zero has no sign */
        cr_assert(memcmp(&value, &want, sizeof value) == 0, "%s", csv_text(t, i, 0));
    }
    cr_assert_str_eq(csv_text(t, 1, 0), "0");
    cr_assert_str_eq(csv_text(t, 3, 0), "0.1");
    cr_assert_str_eq(csv_text(t, 16, 0), "1e+17");
    cr_assert_str_eq(csv_text(t, 17, 0), "4.35");
    cr_assert_str_eq(csv_text(t, 18, 0), "0.30000000000000004");
    csv_table_free(t);
    free(text);
}

Test(csv_write, a_failed_write_is_kept_until_the_end_of_the_row) {
    FILE *full = fopen("/dev/full", "w");
    if (!full)
        cr_skip_test("no /dev/full here");
    struct csv_writer w = {.file = full};
    csv_put_text(&w, "a");
    errno = 0;
    cr_assert(csv_end_row(&w) == -1);
    cr_assert(errno == ENOSPC);
    csv_put_text(&w, "b");
    errno = 0;
    cr_assert(csv_end_row(&w) == -1, "goes on after half a row");
    cr_assert(errno == ENOSPC);
    fclose(full);
}

/* Either a table whose every cell can be read, or an error that says where. */
static bool parses(const char *bytes, size_t n) {
    struct csv_table *t;
    struct error error;
    if (csv_table_parse("t", bytes, n, &t, &error) != 0) {
        cr_assert(t == NULL);
        cr_assert(strncmp(error.text, "t:", 2) == 0, "%s", error.text);
        return false;
    }
    size_t length = 0;
    for (size_t row = 0; row < csv_rows(t); row++) {
        cr_assert(csv_line(t, row) > 1);
        for (int column = 0; column < csv_columns(t); column++) {
            double value;
            length += strlen(csv_text(t, row, column));
            csv_number(t, row, column, &value, &error);
        }
    }
    cr_assert(length <= n);
    csv_table_free(t);
    return true;
}

Test(csv_write, every_truncation_gives_an_error_or_whole_rows) {
    size_t n;
    char *text = written(write_sample, &n);
    int whole = 0;
    for (size_t k = 0; k <= n; k++) {
        char *copy = malloc(k + 1); /* exact size, so that a sanitizer sees a read past it */
        memcpy(copy, text, k);
        whole += parses(copy, k);
        free(copy);
    }
    cr_assert(whole == 4, "%d truncations were taken for whole files", whole);
    free(text);
}

Test(csv_write, every_changed_byte_gives_an_error_or_a_table) {
    size_t n;
    char *text = written(write_sample, &n);
    for (size_t at = 0; at < n; at++) {
        char was = text[at];
        for (int c = 0; c < 256; c++) {
            text[at] = (char)c;
            parses(text, n);
        }
        text[at] = was;
    }
    cr_assert(parses(text, n));
    free(text);
}
