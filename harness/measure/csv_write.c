/* SPDX-License-Identifier: MIT
 *
 * Writes CSV cell by cell. A failed write is remembered until the end of the row.
 */
#include "measure/csv.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void note_failure(struct csv_writer *w) {
    if (w->error == 0)
        w->error = errno ? errno : EIO;
}

static void put_bytes(struct csv_writer *w, const char *bytes, size_t n) {
    if (w->error == 0 && n > 0 && fwrite(bytes, 1, n, w->file) != n)
        note_failure(w);
}

static void begin_cell(struct csv_writer *w) {
    if (w->n_cells++ > 0)
        put_bytes(w, ",", 1);
}

void csv_put_text(struct csv_writer *w, const char *text) {
    begin_cell(w);
    if (!text)
        return;
    /* unquoted at the start of a file, a byte order mark would be taken for the file's */
    if (!strpbrk(text, ",\"\r\n") && strncmp(text, "\xef\xbb\xbf", 3) != 0) {
        put_bytes(w, text, strlen(text));
        return;
    }
    put_bytes(w, "\"", 1);
    for (;;) {
        size_t n = strcspn(text, "\"");
        put_bytes(w, text, n);
        if (text[n] == '\0')
            break;
        put_bytes(w, "\"\"", 2);
        text += n + 1;
    }
    put_bytes(w, "\"", 1);
}

const char *csv_number_text(double value, char text[CSV_NUMBER_SIZE]) {
    if (value == 0)
        value = 0; /* drops the sign of -0 */
    /* 15 digits survive decimal -> binary -> decimal, 17 survive binary -> decimal -> binary */
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, CSV_NUMBER_SIZE, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    return text;
}

void csv_put_number(struct csv_writer *w, double value) {
    char text[CSV_NUMBER_SIZE];
    begin_cell(w);
    if (!isfinite(value))
        return;
    (void)csv_number_text(value, text);
    put_bytes(w, text, strlen(text));
}

void csv_put_u64(struct csv_writer *w, uint64_t value) {
    char text[32];
    begin_cell(w);
    snprintf(text, sizeof text, "%" PRIu64, value);
    put_bytes(w, text, strlen(text));
}

void csv_put_i64(struct csv_writer *w, int64_t value) {
    char text[32];
    begin_cell(w);
    snprintf(text, sizeof text, "%" PRId64, value);
    put_bytes(w, text, strlen(text));
}

void csv_put_empty(struct csv_writer *w) {
    begin_cell(w);
}

int csv_end_row(struct csv_writer *w) {
    put_bytes(w, "\n", 1);
    if (w->error == 0 && !w->buffered && fflush(w->file) != 0)
        note_failure(w);
    w->n_cells = 0;
    if (w->error == 0)
        return 0;
    errno = w->error;
    return -1;
}
