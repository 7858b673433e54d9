/* SPDX-License-Identifier: MIT
 *
 * Finds the cells of a CSV file (RFC 4180) in its buffer: one pass, in place, one 32-bit offset per
 * cell. Where the standard is silent: LF and CRLF both end a row; a byte order mark is skipped; a
 * quote or a lone CR inside an unquoted cell is an error; the last row must end in a line end,
 * since without one it may be half a row from an interrupted write.
 */
#include "measure/csv_table.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_COLUMNS = 4096 };

enum cell_end { END_COMMA, END_ROW, END_CUT, END_BAD };

struct indexer {
    struct csv_table *table;
    char *at, *end;
    size_t n_cells; /* found so far */
    int n_in_row;
    uint32_t line;     /* of `at` */
    uint32_t row_line; /* of the row's first byte */
    struct error *error;
};

static enum cell_end refuse(struct indexer *in, uint32_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static enum cell_end refuse(struct indexer *in, uint32_t line, const char *format, ...) {
    const struct csv_table *t = in->table;
    bool in_cell = t->n_columns > 0 && in->n_in_row < t->n_columns;
    va_list list;
    va_start(list, format);
    csv_error_write(
        in->error, t->name, line, in_cell ? csv_column_name(t, in->n_in_row) : NULL, format, list);
    va_end(list);
    return END_BAD;
}

static enum cell_end refuse_nul(struct indexer *in) {
    return refuse(
        in, in->line, "a NUL byte; this is not CSV text, or it is UTF-16: save it as UTF-8");
}

/* A separator at `at`, after a cell whose text ends at `text_end`. */
static enum cell_end finish_cell(struct indexer *in, char *text_end) {
    char c = *in->at;
    if (in->at == in->end)
        return END_CUT;
    if (c == '\r') {
        if (in->at + 1 == in->end)
            return END_CUT;
        if (in->at[1] != '\n')
            return refuse(in, in->line,
                "a carriage return that is not part of a line end; quote the cell, or end lines "
                "with LF or CRLF");
        in->at++;
        c = '\n';
    }
    in->at++;
    *text_end = '\0';
    if (c == ',')
        return END_COMMA;
    in->line++;
    return END_ROW;
}

static enum cell_end index_quoted(struct indexer *in) {
    uint32_t opened = in->line;
    char *to = ++in->at;
    in->table->cell[in->n_cells] = (uint32_t)(to - in->table->bytes);
    for (;; in->at++) {
        if (in->at == in->end)
            return END_CUT;
        char c = *in->at;
        if (c == '\0')
            return refuse_nul(in);
        if (c == '"') {
            if (in->at[1] != '"')
                break;
            in->at++;
        }
        in->line += c == '\n';
        *to++ = c;
    }
    in->at++;
    char c = *in->at;
    if (in->at == in->end || c == ',' || c == '\n' || c == '\r')
        return finish_cell(in, to);
    return refuse(
        in, opened, "text after the closing quote; double the quotes that are part of the text");
}

static enum cell_end index_cell(struct indexer *in) {
    static const unsigned char special[256] = {
        ['\0'] = 1, ['"'] = 1, [','] = 1, ['\n'] = 1, ['\r'] = 1};
    if (*in->at == '"')
        return index_quoted(in);
    char *at = in->at;
    in->table->cell[in->n_cells] = (uint32_t)(at - in->table->bytes);
    while (!special[(unsigned char)*at])
        at++;
    in->at = at;
    if (*at == '"')
        return refuse(in, in->line, "a quote inside an unquoted cell; quote the whole cell");
    if (*at == '\0' && at != in->end)
        return refuse_nul(in);
    return finish_cell(in, at);
}

/* One row; the number of its cells is in n_in_row. */
static enum cell_end index_row(struct indexer *in, int max_cells) {
    in->n_in_row = 0;
    in->row_line = in->line;
    for (;;) {
        enum cell_end end = index_cell(in);
        if (end == END_BAD || end == END_CUT)
            return end;
        in->n_cells++;
        in->n_in_row++;
        if (end == END_ROW)
            return end;
        if (in->n_in_row == max_cells) {
            if (in->table->n_columns == 0)
                return refuse(
                    in, in->row_line, "more than %d columns; is this a CSV file?", max_cells);
            return refuse(in, in->row_line,
                "more cells than the header's %d columns; quote cells that hold a comma",
                max_cells);
        }
    }
}

static int check_names(struct indexer *in) {
    const struct csv_table *t = in->table;
    for (int i = 0; i < in->n_in_row; i++) {
        const char *name = t->bytes + t->cell[i];
        if (*name == '\0') {
            refuse(in, 1, "column %d has no name; name every column in the first row", i + 1);
            return -1;
        }
        for (int k = 0; k < i; k++) {
            if (strcmp(name, t->bytes + t->cell[k]) == 0) {
                refuse(in, 1, "columns %d and %d are both named '%.60s'; rename one of them", k + 1,
                    i + 1, name);
                return -1;
            }
        }
    }
    return 0;
}

/* Upper bounds, so that the index is allocated once. */
static int allocate(struct csv_table *t, size_t n_bytes) {
    enum { BLOCK = 128 }; /* counted in bytes, which compilers vectorise */
    size_t commas = 0, lines = 0, i = 0;
    for (; i + BLOCK <= n_bytes; i += BLOCK) {
        unsigned char block_commas = 0, block_lines = 0;
        for (size_t k = 0; k < BLOCK; k++) {
            block_commas += t->bytes[i + k] == ',';
            block_lines += t->bytes[i + k] == '\n';
        }
        commas += block_commas;
        lines += block_lines;
    }
    for (; i < n_bytes; i++) {
        commas += t->bytes[i] == ',';
        lines += t->bytes[i] == '\n';
    }
    t->cell = malloc((commas + lines + 1) * sizeof *t->cell);
    t->line = malloc((lines + 1) * sizeof *t->line);
    return t->cell && t->line ? 0 : -1;
}

/* The last row has no line end. */
static int refuse_cut(struct indexer *in) {
    const char *what = in->table->n_columns == 0 ? "header" : "last row";
    in->n_in_row = in->table->n_columns; /* the row is meant, not a column */
    refuse(in, in->row_line,
        "the %s is cut off (no line end after it, or a quote that is never closed), perhaps by an "
        "interrupted write; remove the row or write the file again",
        what);
    return -1;
}

int csv_table_index(
    struct csv_table *t, size_t n_bytes, uint64_t *whole_bytes, struct error *error) {
    struct indexer in = {.table = t,
        .at = t->bytes,
        .end = t->bytes + n_bytes,
        .line = 1,
        .row_line = 1,
        .error = error};
    if (n_bytes >= 3 && memcmp(t->bytes, "\xef\xbb\xbf", 3) == 0)
        in.at += 3;
    if (in.at == in.end) {
        refuse(&in, 1, "the file is empty; its first row must name the columns");
        return -1;
    }
    if (allocate(t, n_bytes) != 0) {
        refuse(&in, 1, "out of memory for the index of %zu bytes; free some or split the file",
            n_bytes);
        errno = ENOMEM;
        return -1;
    }

    enum cell_end end = index_row(&in, MAX_COLUMNS);
    if (end == END_CUT)
        return refuse_cut(&in);
    if (end == END_BAD || check_names(&in) != 0)
        return -1;
    t->n_columns = in.n_in_row;
    t->line[0] = 1;

    while (in.at != in.end) {
        char *row_start = in.at;
        end = index_row(&in, t->n_columns);
        if (end == END_BAD)
            return -1;
        if (end == END_CUT) {
            /* Over several lines it may also be a stray quote, followed by whole rows. */
            if (!whole_bytes || in.line != in.row_line)
                return refuse_cut(&in);
            in.at = row_start;
            break;
        }
        if (in.n_in_row != t->n_columns) {
            int found = in.n_in_row;
            in.n_in_row = t->n_columns;
            refuse(&in, in.row_line,
                "%d cells, but the header has %d columns; complete the row or remove it", found,
                t->n_columns);
            return -1;
        }
        t->line[++t->n_rows] = in.row_line;
    }
    if (whole_bytes)
        *whole_bytes = (uint64_t)(in.at - t->bytes);
    return 0;
}
