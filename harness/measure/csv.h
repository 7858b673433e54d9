/* SPDX-License-Identifier: MIT
 *
 * CSV (RFC 4180), the suite's interchange format. The first row names the columns. Reading keeps
 * line numbers, so that errors name file, line and column. Errors read "FILE:LINE: what is wrong;
 * what to do"; their code is EXIT_BROKEN.
 */
#ifndef ANEPROBE_MEASURE_CSV_H
#define ANEPROBE_MEASURE_CSV_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A whole file in memory, cells addressed by row (from 0, header not counted) and column. */
struct csv_table;

/* LF or CRLF; a UTF-8 byte order mark is skipped. Every row must have as many cells as the header
 * and end in a line end; column names must be present and unique; no NUL bytes; less than 4 GiB, at
 * most 4096 columns. Returns 0, or -1 and *error. Memory: the file plus 4 bytes per cell. */
int csv_table_read(const char *path, struct csv_table **out, struct error *error);
/* The same from memory; `name` replaces the path in messages. The bytes are copied. On -1, errno is
 * ENOMEM when out of memory; the file may then be valid. */
int csv_table_parse(const char *name, const char *bytes, size_t n_bytes, struct csv_table **out,
    struct error *error);
/* For files that were being written when the machine stopped: a truncated last row is dropped
 * instead of rejected, if it is within one line. *whole_bytes is the length to truncate the file to
 * before appending. */
int csv_table_recover(
    const char *path, struct csv_table **out, uint64_t *whole_bytes, struct error *error);
void csv_table_free(struct csv_table *table);

size_t csv_rows(const struct csv_table *table);
int csv_columns(const struct csv_table *table);
const char *csv_column_name(const struct csv_table *table, int column);
int csv_column(const struct csv_table *table, const char *name); /* -1 = no such column */
size_t csv_line(const struct csv_table *table, size_t row);      /* line in the file, from 1 */
/* The column's number, or -1 and *error. */
int csv_require_column(const struct csv_table *table, const char *name, struct error *error);
/* NUL-terminated, owned by the table. "" for column -1. */
const char *csv_text(const struct csv_table *table, size_t row, int column);
/* The same by the column's name; "" when there is no such column. */
const char *csv_cell(const struct csv_table *table, size_t row, const char *name);
/* 1 and *value for a finite decimal number (-1, 0.5, 2e-3); 0 for an empty cell; -1 and *error for
 * anything else: spaces, a plus sign, hex, inf, nan, out of range. */
int csv_number(
    const struct csv_table *table, size_t row, int column, double *value, struct error *error);
/* Used as a row number: the header. */
#define CSV_HEADER ((size_t)-1)
/* Writes "FILE:LINE: column 'X': ..." for a cell (column -1: for a row) and returns -1. */
int csv_fail(const struct csv_table *table, size_t row, int column, struct error *error,
    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Writing: cell by cell, then the end of the row. Quotes only where needed. Numbers are printed so
 * that they read back the same (%.17g, or fewer digits when that suffices). */
struct csv_writer {
    FILE *file; /* belongs to the caller */
    int n_cells;
    int error;     /* errno of the first failure, 0 = none */
    bool buffered; /* rows may stay in the file's buffer until a row ends without this */
};
void csv_put_text(struct csv_writer *w, const char *text); /* NULL = empty cell */
void csv_put_number(
    struct csv_writer *w, double value); /* not finite = empty cell; 0 has no sign */
/* The text of a finite number as it is written; returns text. */
enum { CSV_NUMBER_SIZE = 32 };
const char *csv_number_text(double value, char text[CSV_NUMBER_SIZE]);
void csv_put_u64(struct csv_writer *w, uint64_t value);
void csv_put_i64(struct csv_writer *w, int64_t value);
void csv_put_empty(struct csv_writer *w);
/* Ends the row and flushes, unless buffered. Returns 0, or -1 with errno set after a failed write;
 * from then on nothing more is written, since the file ends in half a row. */
int csv_end_row(struct csv_writer *w);

#endif
