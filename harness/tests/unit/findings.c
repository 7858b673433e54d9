/* SPDX-License-Identifier: MIT
 *
 * results/findings.csv: every claim has a unique name, a wording and a source.
 */
#include "measure/csv.h"

#include <criterion/criterion.h>
#include <string.h>

static const char *const columns[] = {"finding", "experiment", "claim", "published",
    "published_unit", "chip", "os", "source", "margin", "margin_unit", "rivals", "rests_on"};
enum {
    FINDING,
    PROGRAM,
    CLAIM,
    PUBLISHED,
    PUBLISHED_UNIT,
    CHIP,
    OS,
    SOURCE,
    MARGIN,
    MARGIN_UNIT,
    RIVALS,
    RESTS_ON
};

static struct csv_table *table;

static void set_up(void) {
    struct error error;
    cr_assert(csv_table_read(FINDINGS, &table, &error) == 0, "%s", error.text);
}

static void tear_down(void) {
    csv_table_free(table);
}

TestSuite(findings, .init = set_up, .fini = tear_down);

Test(findings, required_columns_are_there) {
    int n = (int)(sizeof columns / sizeof *columns);
    cr_assert(csv_columns(table) == n);
    for (int i = 0; i < n; i++)
        cr_assert_str_eq(csv_column_name(table, i), columns[i]);
}

Test(findings, names_are_unique_and_well_formed) {
    for (size_t row = 0; row < csv_rows(table); row++) {
        const char *name = csv_text(table, row, FINDING), *dot = strchr(name, '.');
        cr_assert(dot && dot != name && dot[1], "line %zu: '%s'", csv_line(table, row), name);
        cr_assert(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") == strlen(name));
        cr_assert(strchr(dot + 1, '.') == NULL, "%s", name);
        for (size_t k = 0; k < row; k++)
            cr_assert(strcmp(name, csv_text(table, k, FINDING)) != 0, "%s is there twice", name);
    }
}

Test(findings, every_claim_has_its_words_and_source) {
    static const int needed[] = {PROGRAM, CLAIM, PUBLISHED, CHIP, OS, SOURCE};
    cr_assert(csv_rows(table) > 0);
    for (size_t row = 0; row < csv_rows(table); row++)
        for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
            cr_assert(*csv_text(table, row, needed[i]), "line %zu: no %s", csv_line(table, row),
                columns[needed[i]]);
}

/* On times or on outputs; this decides which trials count. */
Test(findings, each_rests_on_time_or_outputs) {
    for (size_t row = 0; row < csv_rows(table); row++) {
        const char *basis = csv_text(table, row, RESTS_ON);
        cr_assert(strcmp(basis, "time") == 0 || strcmp(basis, "outputs") == 0, "line %zu: '%s'",
            csv_line(table, row), basis);
    }
}

/* A number above 0, with a unit. */
Test(findings, margins_are_positive_and_have_units) {
    for (size_t row = 0; row < csv_rows(table); row++) {
        const char *text = csv_text(table, row, MARGIN);
        cr_assert((*text != '\0') == (*csv_text(table, row, MARGIN_UNIT) != '\0'),
            "line %zu: a margin and its unit go together", csv_line(table, row));
        struct error error;
        double margin;
        if (*text)
            cr_assert(csv_number(table, row, MARGIN, &margin, &error) == 1 && margin > 0,
                "line %zu: margin '%s'", csv_line(table, row), text);
    }
}
