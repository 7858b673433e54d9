/* SPDX-License-Identifier: MIT */
#include "import/rows.h"

#include "base/array.h"
#include "measure/csv.h"

#include <stdlib.h>
#include <string.h>

enum { TEXTS = 9 };

struct import_entry {
    char *texts[TEXTS];
    double value;
};

/* What tells one row from another: all but date, unit and note. */
static bool is_same(const struct import_entry *a, const struct import_entry *b) {
    static const int keys[] = {0, 2, 3, 4, 5, 6};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(a->texts[keys[i]], b->texts[keys[i]]) != 0)
            return false;
    return true;
}

/* YYYY-MM-DD, or nothing where it is not known. */
static bool is_date(const char *text) {
    static const char form[] = "dddd-dd-dd";
    for (size_t i = 0; i < sizeof form; i++)
        if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return text[0] == '\0';
    return true;
}

static void entry_free(struct import_entry *entry) {
    for (int i = 0; i < TEXTS; i++)
        free(entry->texts[i]);
}

int import_add(
    struct import_rows *rows, const char *path, const struct import_row *row, struct error *error) {
    const char *const texts[TEXTS] = {row->source, row->date, row->chip, row->os, row->experiment,
        row->config, row->metric, row->unit, row->note};
    struct import_entry entry = {.value = row->value};
    if (!is_date(row->date))
        return error_set(error, EXIT_BROKEN,
            "%s: %s of %s: its time begins with '%s', not with a date as 2026-12-31; correct it",
            path, row->metric, row->config, row->date);
    struct import_entry *list = array_room(rows->list, rows->n, &rows->room, sizeof *list);
    if (!list)
        return error_set(error, EXIT_BROKEN, "out of memory");
    rows->list = list;
    bool is_whole = true;
    for (int i = 0; i < TEXTS; i++) {
        entry.texts[i] = strdup(texts[i]);
        is_whole = is_whole && entry.texts[i];
    }
    int failed = is_whole ? 0 : error_set(error, EXIT_BROKEN, "out of memory");
    for (size_t i = 0; !failed && i < rows->n; i++)
        if (is_same(&rows->list[i], &entry))
            failed = error_set(error, EXIT_BROKEN,
                "%s: %s of %s, %s, is there already: give each result once", path, row->metric,
                row->config, row->source);
    if (failed)
        entry_free(&entry);
    else
        rows->list[rows->n++] = entry;
    return failed;
}

void import_print(const struct import_rows *rows, FILE *out) {
    struct csv_writer w = {.file = out};
    fputs("source,date,chip,os,experiment,config,metric,value,unit,note\n", out);
    for (size_t i = 0; i < rows->n; i++) {
        for (int text = 0; text < 7; text++)
            csv_put_text(&w, rows->list[i].texts[text]);
        csv_put_number(&w, rows->list[i].value);
        csv_put_text(&w, rows->list[i].texts[7]);
        csv_put_text(&w, rows->list[i].texts[8]);
        (void)csv_end_row(&w); /* the last check of the stream finds what went wrong */
    }
}

void import_free(struct import_rows *rows) {
    for (size_t i = 0; i < rows->n; i++)
        entry_free(&rows->list[i]);
    free(rows->list);
    *rows = (struct import_rows){.n = 0};
}

const char *import_chip(const char *name) {
    return strncmp(name, "Apple ", 6) == 0 ? name + 6 : name;
}
