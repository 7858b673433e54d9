/* SPDX-License-Identifier: MIT
 *
 * Private to csv_*.c: the layout of a table in memory.
 */
#ifndef ANEPROBE_MEASURE_CSV_TABLE_H
#define ANEPROBE_MEASURE_CSV_TABLE_H

#include "measure/csv.h"

#include <stdarg.h>

/* Offsets are 32 bits wide: half the index, and a file of 4 GiB is refused long before. */
struct csv_table {
    char *name;     /* the path, for messages */
    char *bytes;    /* the file, unescaped in place, every cell ended by a NUL */
    uint32_t *cell; /* offset of each cell, row by row; the first row is the header */
    uint32_t *line; /* line on which each row begins, header included */
    size_t n_rows;  /* header not counted */
    int n_columns;
};

/* Indexes bytes[0..n_bytes), which must be followed by a NUL byte. With `whole_bytes` a truncated
 * last row is dropped, and *whole_bytes is the length of everything before it. */
int csv_table_index(
    struct csv_table *table, size_t n_bytes, uint64_t *whole_bytes, struct error *error);

/* Writes "NAME:LINE: column 'COLUMN': ..." (no column: NULL), with control characters made
 * harmless for a terminal. */
void csv_error_write(struct error *error, const char *name, size_t line, const char *column,
    const char *format, va_list list) __attribute__((format(printf, 5, 0)));

#endif
