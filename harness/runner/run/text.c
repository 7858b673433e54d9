/* SPDX-License-Identifier: MIT */
#include "runner/run/text.h"
#include "base/files.h"
#include "measure/memory_file.h"

#include <stdarg.h>
#include <stdlib.h>

int text_open(struct text *text, struct error *error) {
    *text = (struct text){0};
    text->csv.file = open_memstream(&text->bytes, &text->n_bytes);
    return text->csv.file != NULL ? 0 : error_set(error, EXIT_BROKEN, "out of memory");
}

void text_row(struct text *text, const char *cell, ...) {
    va_list cells;
    va_start(cells, cell);
    for (; cell != NULL; cell = va_arg(cells, const char *))
        csv_put_text(&text->csv, cell);
    va_end(cells);
    csv_end_row(&text->csv);
}

int text_close(struct text *text, struct error *error) {
    int failed = text->csv.error != 0;
    failed |= memory_file_close(text->csv.file, &text->bytes);
    text->csv.file = NULL;
    return failed ? error_set(error, EXIT_BROKEN, "out of memory") : 0;
}

int text_save(struct text *text, const char *path, struct error *error) {
    int failed = text_close(text, error);
    if (!failed)
        failed = file_replace(path, text->bytes, text->n_bytes, error);
    text_free(text);
    return failed;
}

void text_free(struct text *text) {
    if (text->csv.file != NULL)
        fclose(text->csv.file);
    free(text->bytes);
    *text = (struct text){0};
}
