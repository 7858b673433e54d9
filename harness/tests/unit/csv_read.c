/* SPDX-License-Identifier: MIT
 *
 * Reading CSV: what RFC 4180 allows, and the message for each kind of damage.
 */
#include "measure/csv.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct csv_table *parse(const char *text) {
    struct csv_table *table;
    struct error error;
    int result = csv_table_parse("t.csv", text, strlen(text), &table, &error);
    cr_assert(result == 0, "%s", error.text);
    return table;
}

/* Must be refused, with all of these words in the message. */
static void refuse_bytes(const char *text, size_t n, const char *start, const char *words) {
    struct csv_table *table;
    struct error error;
    int result = csv_table_parse("t.csv", text, n, &table, &error);
    cr_assert(result == -1, "accepted: %s", text);
    cr_assert(table == NULL);
    cr_assert(strncmp(error.text, start, strlen(start)) == 0, "%s", error.text);
    cr_assert(strstr(error.text, words) != NULL, "%s", error.text);
    cr_assert(strchr(error.text, ';') != NULL, "no remedy: %s", error.text);
}

static void refuse(const char *text, const char *start, const char *words) {
    refuse_bytes(text, strlen(text), start, words);
}

Test(csv_read, cells_by_row_and_column) {
    struct csv_table *t = parse("a,b,c\n1,,x y\n\"2\",\" 3 \",\"\"\n");
    cr_assert(csv_rows(t) == 2 && csv_columns(t) == 3);
    cr_assert_str_eq(csv_column_name(t, 2), "c");
    cr_assert(csv_column(t, "b") == 1);
    cr_assert(csv_column(t, "d") == -1);
    cr_assert_str_eq(csv_text(t, 0, 0), "1");
    cr_assert_str_eq(csv_text(t, 0, 1), "");
    cr_assert_str_eq(csv_text(t, 0, 2), "x y");
    cr_assert_str_eq(csv_text(t, 1, 0), "2");
    cr_assert_str_eq(csv_text(t, 1, 1), " 3 ");
    cr_assert_str_eq(csv_text(t, 1, 2), "");
    cr_assert_str_eq(csv_text(t, 1, -1), "");
    csv_table_free(t);
}

Test(csv_read, quotes_newlines_and_both_line_ends) {
    struct csv_table *t =
        parse("\xef\xbb\xbf\"a,1\",b\r\n\"say \"\"hi\"\"\",\"two\nlines\r\n\"\r\nlast,\"\"\"\"\n");
    cr_assert_str_eq(csv_column_name(t, 0), "a,1");
    cr_assert(csv_rows(t) == 2);
    cr_assert_str_eq(csv_text(t, 0, 0), "say \"hi\"");
    cr_assert_str_eq(csv_text(t, 0, 1), "two\nlines\r\n");
    cr_assert_str_eq(csv_text(t, 1, 1), "\"");
    cr_assert(csv_line(t, 0) == 2);
    cr_assert(csv_line(t, 1) == 5);
    csv_table_free(t);
}

Test(csv_read, header_alone_and_single_column) {
    struct csv_table *t = parse("a,b\n");
    cr_assert(csv_rows(t) == 0 && csv_columns(t) == 2);
    csv_table_free(t);
    t = parse("a\n\nx\n"); /* an empty line is a row of one empty cell */
    cr_assert(csv_rows(t) == 2);
    cr_assert_str_eq(csv_text(t, 0, 0), "");
    csv_table_free(t);
}

Test(csv_read, damage_is_named_by_line) {
    refuse("", "t.csv:1: ", "the file is empty");
    refuse("\xef\xbb\xbf", "t.csv:1: ", "the file is empty");
    refuse("a,b", "t.csv:1: ", "the header is cut off");
    refuse("a,,c\n", "t.csv:1: ", "column 2 has no name");
    refuse("\n", "t.csv:1: ", "column 1 has no name");
    refuse("a,b,a\n", "t.csv:1: ", "columns 1 and 3 are both named 'a'");
    refuse("a,b\n1,2\n3\n", "t.csv:3: ", "1 cells, but the header has 2 columns");
    refuse("a,b\n1,2\n\n3,4\n", "t.csv:3: ", "1 cells");
    refuse("a,b\n1,2,3\n", "t.csv:2: ", "more cells than the header's 2 columns");
    refuse("a,b\n\"x\ny\",1\n3\n", "t.csv:4: ", "1 cells");
    refuse("a,b\n1,\"2\n3,4\n", "t.csv:2: ", "never closed");
    refuse("a,b\n1,\"2\"x\n", "t.csv:2: column 'b': ", "text after the closing quote");
    refuse("a,b\n1,2\"\n", "t.csv:2: column 'b': ", "a quote inside an unquoted cell");
    refuse("a,b\n1\r2,3\n", "t.csv:2: column 'a': ", "a carriage return");
    refuse_bytes("a,b\n1,2\0\n", 9, "t.csv:2: column 'b': ", "a NUL byte");
    refuse_bytes("a,b\n1,\"2\0\"\n", 11, "t.csv:2: column 'b': ", "a NUL byte");
    refuse_bytes("\0a,b\n", 5, "t.csv:1: ", "a NUL byte");
}

Test(csv_read, last_row_cut_off) {
    refuse("a,b\n1,2\n3,4", "t.csv:3: ", "the last row is cut off");
    refuse("a,b\n1,2\n3", "t.csv:3: ", "the last row is cut off");
    refuse("a,b\n1,2\n3,", "t.csv:3: ", "the last row is cut off");
    refuse("a,b\n1,2\n3,4\r", "t.csv:3: ", "the last row is cut off");
    refuse("a,b\n1,2\n3,\"4", "t.csv:3: ", "the last row is cut off");
    refuse("a,b\n1,2\n3,\"4\"", "t.csv:3: ", "the last row is cut off");
}

Test(csv_read, messages_are_fit_for_a_terminal) {
    struct csv_table *t = parse("a\n\"\x1b[31m\nx\"\n");
    struct error error;
    double value;
    cr_assert(csv_number(t, 0, 0, &value, &error) == -1);
    for (const char *c = error.text; *c; c++)
        cr_assert((unsigned char)*c >= 0x20);
    csv_table_free(t);

    char path[1001];
    memset(path, 'p', 1000);
    path[1000] = '\0';
    cr_assert(csv_table_read(path, &t, &error) == -1);
    cr_assert(strlen(error.text) < sizeof error.text);
    cr_assert(strstr(error.text, "cannot open") != NULL);
}

Test(csv_read, require_column_and_fail_name_the_place) {
    struct csv_table *t = parse("a,b\n1,2\n3,4\n");
    struct error error;
    cr_assert(csv_require_column(t, "b", &error) == 1);
    cr_assert(csv_require_column(t, "c", &error) == -1);
    cr_assert(strstr(error.text, "t.csv:1: there is no column 'c'") == error.text);
    cr_assert(csv_fail(t, 1, 1, &error, "%d is odd", 3) == -1);
    cr_assert_str_eq(error.text, "t.csv:3: column 'b': 3 is odd");
    cr_assert(csv_fail(t, 0, -1, &error, "bad row") == -1);
    cr_assert_str_eq(error.text, "t.csv:2: bad row");
    csv_table_free(t);
}

Test(csv_read, only_finite_decimal_numbers) {
    static const char *const good[] = {"0", "-0", "1", "-1", "007", "0.5", "-12.25", "1e3", "2E-3",
        "1.5e+300", "123456789012345678901234567890", "0.1", "4.9e-324", "1e-400",
        "9007199254740993", "179769313486231570000000000000000000000e270",
        "0.000000000000000000000000000000001234567", "3.14159265358979323846264338327950288",
        "1e22", "1e23", "9007199254740992e22", "1.7976931348623157e308", "18446744073709551615",
        "18446744073709551616", "1e-22"};
    static const char *const bad[] = {" 1", "1 ", "+1", "0x10", "inf", "-inf", "nan", "NaN", "1e",
        "1e+", "e5", ".", "-", "--1", ".5", "5.", "1,5", "1_000", "1e400", "-1e400", "1d3", "1.2.3",
        "one", "0b1", "1e5x", "\t1", "1\n"};
    struct error error;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char text[128];
        snprintf(text, sizeof text, "a\n%s\n", good[i]);
        struct csv_table *t = parse(text);
        double value = 99;
        cr_assert(csv_number(t, 0, 0, &value, &error) == 1, "%s", good[i]);
        double expected = strtod(good[i], NULL);
        cr_assert(memcmp(&value, &expected, sizeof value) == 0, "%s gave %.17g", good[i], value);
        csv_table_free(t);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[128];
        snprintf(text, sizeof text, "n,b_ns\n1,\"%s\"\n", bad[i]);
        struct csv_table *t = parse(text);
        double value = 99;
        cr_assert(csv_number(t, 0, 1, &value, &error) == -1, "%s accepted", bad[i]);
        cr_assert(value == 99);
        cr_assert(strstr(error.text, "t.csv:2: column 'b_ns': ") == error.text, "%s", error.text);
        csv_table_free(t);
    }
    struct csv_table *t = parse("a,b\n,1\n");
    double value = 99;
    cr_assert(csv_number(t, 0, 0, &value, &error) == 0);
    cr_assert(csv_number(t, 0, -1, &value, &error) == 0);
    cr_assert(value == 99);
    csv_table_free(t);
}

/* A hundred thousand numbers against strtod: the fast path must round as it does. */
Test(csv_read, fast_numbers_equal_strtod) {
    uint64_t s = 88172645463325252u;
    struct error error;
    for (int batch = 0; batch < 100; batch++) {
        static char text[1000 * 48];
        int n = sprintf(text, "a\n");
        for (int i = 0; i < 1000; i++) {
            s ^= s << 13;
            s ^= s >> 7;
            s ^= s << 17;
            int shift = (int)(s % 60), exponent = (int)((s >> 7) % 60) - 30;
            unsigned long long m = s >> shift;
            n += s & 64 ? sprintf(text + n, "%llue%d\n", m, exponent)
                        : sprintf(text + n, "-%llu.%04llu\n", m,
                              (unsigned long long)((s >> 20) % 10000));
        }
        struct csv_table *t = parse(text);
        for (size_t i = 0; i < 1000; i++) {
            double value;
            cr_assert(csv_number(t, i, 0, &value, &error) == 1);
            cr_assert(value == strtod(csv_text(t, i, 0), NULL), "%s", csv_text(t, i, 0));
        }
        csv_table_free(t);
    }
}

static void write_temporary(char path[32], const void *bytes, size_t n) {
    strcpy(path, "/tmp/aneprobe-csv-XXXXXX");
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    cr_assert(write(fd, bytes, n) == (ssize_t)n);
    close(fd);
}

Test(csv_read, files_and_what_is_not_one) {
    char path[32];
    struct csv_table *t;
    struct error error;
    write_temporary(path, "a,b\n1,2\n", 8);
    cr_assert(csv_table_read(path, &t, &error) == 0, "%s", error.text);
    cr_assert_str_eq(csv_text(t, 0, 1), "2");
    csv_table_free(t);
    /* Sparse, so it costs nothing: larger than the offsets allow. */
    cr_assert(truncate(path, (off_t)5 << 30) == 0);
    cr_assert(csv_table_read(path, &t, &error) == -1);
    cr_assert(strstr(error.text, "4 GiB") != NULL, "%s", error.text);
    unlink(path);
    cr_assert(csv_table_read(path, &t, &error) == -1);
    cr_assert(strstr(error.text, "cannot open it: No such file") != NULL, "%s", error.text);
    cr_assert(csv_table_read("/tmp", &t, &error) == -1);
    cr_assert(t == NULL);
    cr_assert(strstr(error.text, "/tmp:1: cannot ") == error.text, "%s", error.text);
}

Test(csv_read, recover_leaves_out_the_torn_row_only) {
    static const struct {
        const char *bytes;
        size_t n;
        size_t rows;
        uint64_t whole;
    } cases[] = {{"a,b\n1,2\n3,4\n", 12, 2, 12}, {"a,b\n1,2\n3,4", 11, 1, 8},
        {"a,b\n1,2\n3,\"4", 12, 1, 8}, {"a,b\n1,2\n3,4\r", 12, 1, 8},
        {"a,b\n1,2\n3\0\0\0", 12, 1, 8}, {"a,b\n1,2\n\0\0\0", 11, 1, 8}, {"a,b\n1", 5, 0, 4}};
    char path[32];
    struct csv_table *t;
    struct error error;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t whole = 0;
        write_temporary(path, cases[i].bytes, cases[i].n);
        cr_assert(csv_table_recover(path, &t, &whole, &error) == 0, "%zu %s", i, error.text);
        cr_assert(csv_rows(t) == cases[i].rows, "%zu", i);
        cr_assert(whole == cases[i].whole, "%zu", i);
        csv_table_free(t);
        unlink(path);
    }
    /* A stray quote swallows complete rows: cutting there would lose them. */
    uint64_t whole;
    write_temporary(path, "a,b\n1,\"2\n3,4\n5,6\n", 18);
    cr_assert(csv_table_recover(path, &t, &whole, &error) == -1);
    unlink(path);
    write_temporary(path, "a,b\n1\n3,4\n", 10);
    cr_assert(csv_table_recover(path, &t, &whole, &error) == -1);
    unlink(path);
}
