/* SPDX-License-Identifier: MIT */
#include "table/table.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const struct table_origin origin = {.device = "sim:m4", .clock = "virtual"};

static struct table *judged(const char *finding, const char *verdict, double low) {
    struct table *table = table_new(&table_form_judge);
    cr_assert_not_null(table);
    table_put_text(table, finding);
    table_put_text(table, verdict);
    table_put_text(table, "1.5");
    table_put_text(table, "x");
    table_put_number(table, low);
    table_put_empty(table);
    table_put_count(table, 12);
    table_put_text(table, "processes");
    for (int i = 0; i < 4; i++)
        table_put_empty(table);
    table_end_row(table, &origin);
    return table;
}

/* All that was written to the terminal, whose other side is closed; the terminal is closed after.
 * A read may return only a part; after the last part it returns EIO or nothing. */
static void read_terminal(int terminal, char *out, size_t size) {
    size_t n = 0;
    for (ssize_t got; n < size - 1 && (got = read(terminal, out + n, size - 1 - n)) > 0;)
        n += (size_t)got;
    cr_assert(n > 0);
    out[n] = '\0';
    close(terminal);
}

/* The output on a terminal with that many columns. */
static void on_terminal(const struct table *table, unsigned short columns, char *out, size_t size) {
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    cr_assert(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    FILE *file = fopen(ptsname(terminal), "w");
    cr_assert_not_null(file);
    struct winsize window = {.ws_row = 24, .ws_col = columns};
    cr_assert_eq(ioctl(fileno(file), TIOCSWINSZ, &window), 0);
    struct error error;
    cr_assert_eq(table_print(table, TABLE_AS_TEXT, file, &error), 0);
    cr_assert_eq(fclose(file), 0);
    read_terminal(terminal, out, size);
}

static char *in_memory(const struct table *table, enum table_format format) {
    char *text = NULL;
    size_t bytes;
    struct error error;
    FILE *file = open_memstream(&text, &bytes);
    cr_assert_eq(table_print(table, format, file, &error), 0, "%s", error.text);
    fclose(file);
    return text;
}

Test(table, colours_on_a_terminal_only) {
    char text[4096];
    struct table *table = judged("overlap.free", "contradicted", 1.25);
    unsetenv("NO_COLOR");
    setenv("TERM", "xterm", 1);
    on_terminal(table, 200, text, sizeof text);
    cr_assert_not_null(strstr(text, "\033[31mcontradicted\033[0m"), "%s", text);
    setenv("NO_COLOR", "1", 1);
    on_terminal(table, 200, text, sizeof text);
    cr_assert_null(strchr(text, '\033'));
    setenv("NO_COLOR", "", 1); /* as if it were not set */
    on_terminal(table, 200, text, sizeof text);
    cr_assert_not_null(strchr(text, '\033'));
    setenv("TERM", "dumb", 1);
    on_terminal(table, 200, text, sizeof text);
    cr_assert_null(strchr(text, '\033'));
    char *plain = in_memory(table, TABLE_AS_TEXT);
    cr_assert_null(strchr(plain, '\033'));
    free(plain);
    table_free(table);
}

/* A status with which a cell begins, and nothing else. */
Test(table, a_table_with_borders_is_painted) {
    char bordered[] =
        "\342\224\202 reproduced: 2  \342\224\202 the claim is reproduced \342\224\202\n"
        "\342\224\202 reproducedly   \342\224\202 does not add up         \342\224\202\n"
        "contradicted";
    char text[4096];
    struct error error;
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    cr_assert(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    FILE *in = fmemopen(bordered, strlen(bordered), "r"), *out = fopen(ptsname(terminal), "w");
    cr_assert(in && out);
    unsetenv("NO_COLOR");
    setenv("TERM", "xterm", 1);
    cr_assert_eq(table_paint(&table_form_audit, in, out, &error), 0);
    fclose(in);
    cr_assert_eq(fclose(out), 0);
    read_terminal(terminal, text, sizeof text);
    cr_assert_str_eq(text, "\342\224\202 \033[32mreproduced\033[0m: 2  \342\224\202 the claim is "
                           "reproduced \342\224\202\r\n"
                           "\342\224\202 reproducedly   \342\224\202 \033[31mdoes not add "
                           "up\033[0m         \342\224\202\r\n"
                           "contradicted");
}

Test(table, text_is_aligned_and_wrapped_below_itself) {
    char text[4096];
    struct table *table = table_new(&table_form_list);
    table_put_text(table, "first");
    table_put_text(table, "probe");
    table_put_text(table, "one two three four five six seven eight nine ten eleven twelve");
    table_end_row(table, &origin);
    setenv("NO_COLOR", "1", 1);
    on_terminal(table, 45, text, sizeof text);
    cr_assert_str_eq(text, "name   kind   question\r\n"
                           "first  probe  one two three four five six\r\n"
                           "              seven eight nine ten eleven\r\n"
                           "              twelve\r\n");
    table_free(table);
}

Test(table, numbers_are_to_the_right_and_short_for_people) {
    struct table *table = judged("a", "reproduced", 1.23456789);
    char *text = in_memory(table, TABLE_AS_TEXT);
    cr_assert_str_eq(text, "finding  verdict     measured  unit  ci_low  ci_high   n  n_unit\n"
                           "a        reproduced  1.5       x      1.235           12  processes\n");
    free(text);
    text = in_memory(table, TABLE_AS_JSONL);
    cr_assert_not_null(
        strstr(text, "\"ci_low\":1.23456789,\"ci_high\":null,\"n\":12,"), "%s", text);
    free(text);
    table_free(table);
}

Test(table, an_empty_table_is_a_document) {
    struct table *table = table_new(&table_form_list);
    char *text = in_memory(table, TABLE_AS_JSON);
    cr_assert_str_eq(text, "{\"schema\":\"aneprobe.list\",\"schema_version\":1,\"rows\":[\n]}\n");
    free(text);
    text = in_memory(table, TABLE_AS_JSONL);
    cr_assert_str_eq(text, "");
    free(text);
    table_free(table);
}

static void refused(struct table *table, const char *why) {
    struct error error = {.code = EXIT_DONE};
    cr_assert_eq(table_print(table, TABLE_AS_CSV, stderr, &error), -1);
    cr_assert_not_null(strstr(error.text, why), "%s", error.text);
    table_free(table);
}

Test(table, a_row_that_its_schema_does_not_have_is_refused) {
    refused(judged("a", "doubted", 1), "strange value for verdict");
    refused(judged(NULL, "reproduced", 1), "no value for finding");
    struct table *table = table_new(&table_form_list);
    table_put_text(table, "short");
    table_end_row(table, &origin);
    refused(table, "not as many cells");
    table = table_new(&table_form_judge);
    for (int i = 0; i < 4; i++)
        table_put_text(table, i == 1 ? "reproduced" : "x");
    table_put_text(table, "1.5e");
    refused(table, "strange value for ci_low");
}

/* A count of 0 is printed as 0; a value that is not a number is an empty cell. */
Test(table, zero_is_printed_and_unknown_is_empty) {
    struct table *table = table_new(&table_form_judge);
    table_put_text(table, "finding");
    table_put_text(table, "unsupported");
    for (int i = 0; i < 4; i++)
        table_put_empty(table);
    table_put_count(table, 0);
    for (int i = 0; i < 5; i++)
        table_put_empty(table);
    table_end_row(table, &origin);
    char *text = in_memory(table, TABLE_AS_CSV);
    cr_assert(strstr(text, ",0,"), "%s", text);
    free(text);
    table_free(table);
    table = judged("finding", "reproduced", NAN);
    text = in_memory(table, TABLE_AS_CSV);
    cr_assert(strstr(text, "1.5,x,,,12,"), "%s", text);
    free(text);
    table_free(table);
}

/* Four digits, and the whole integer part of larger numbers. */
Test(table, large_and_small_numbers) {
    static const struct {
        double value;
        const char *shown;
    } cases[] = {{999.96, "1000"}, {1234.6, "1235"}, {12345.6, "12346"}, {1234567.8, "1234568"},
        {1.5e9, "1.5e+09"}, {0.000123456, "0.0001235"}, {-12345.6, "-12346"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char cell[32];
        struct table *table = judged("a", "reproduced", cases[i].value);
        char *text = in_memory(table, TABLE_AS_TEXT);
        snprintf(cell, sizeof cell, " %s ", cases[i].shown);
        cr_expect(strstr(text, cell), "%s: %s", cases[i].shown, text);
        free(text);
        table_free(table);
    }
}
