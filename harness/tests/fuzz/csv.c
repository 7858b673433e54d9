/* SPDX-License-Identifier: MIT
 *
 * CSV: every cell of a table can be read, and the table written again reads as the same. Cut off
 * anywhere, it is recovered up to its last whole row.
 */
#include "fuzz.h"
#include "measure/csv.h"

#include <string.h>

static char *table_write(const struct csv_table *table, size_t *bytes) {
    char *text = NULL;
    struct csv_writer w = {.file = open_memstream(&text, bytes)};
    FUZZ_CHECK(w.file != NULL);
    for (int c = 0; c < csv_columns(table); c++)
        csv_put_text(&w, csv_column_name(table, c));
    csv_end_row(&w);
    for (size_t row = 0; row < csv_rows(table); row++) {
        for (int c = 0; c < csv_columns(table); c++)
            csv_put_text(&w, csv_text(table, row, c));
        csv_end_row(&w);
    }
    FUZZ_CHECK(w.error == 0 && fclose(w.file) == 0);
    return text;
}

static void tables_compare(const struct csv_table *a, const struct csv_table *b) {
    FUZZ_CHECK(csv_rows(a) == csv_rows(b) && csv_columns(a) == csv_columns(b));
    for (int c = 0; c < csv_columns(a); c++) {
        FUZZ_CHECK(strcmp(csv_column_name(a, c), csv_column_name(b, c)) == 0);
        FUZZ_CHECK(csv_column(a, csv_column_name(a, c)) == c);
        for (size_t row = 0; row < csv_rows(a); row++)
            FUZZ_CHECK(strcmp(csv_text(a, row, c), csv_text(b, row, c)) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct csv_table *table, *again;
    struct error error = {.text = ""};
    uint64_t whole;
    if (csv_table_recover(fuzz_file("cut.csv", data, size), &table, &whole, &error) == 0) {
        FUZZ_CHECK(whole <= size);
        csv_table_free(table);
    }
    if (csv_table_parse("fuzz", (const char *)data, size, &table, &error) != 0) {
        FUZZ_CHECK(strncmp(error.text, "fuzz", 4) == 0);
        return 0;
    }
    for (size_t row = 0; row < csv_rows(table); row++)
        for (int c = 0; c < csv_columns(table); c++) {
            double value;
            if (csv_number(table, row, c, &value, &error) == 1)
                FUZZ_CHECK(value == value);
        }
    size_t bytes;
    char *text = table_write(table, &bytes);
    FUZZ_CHECK(csv_table_parse("fuzz", text, bytes, &again, &error) == 0);
    tables_compare(table, again);
    csv_table_free(again);
    csv_table_free(table);
    free(text);
    return 0;
}
