/* SPDX-License-Identifier: MIT
 *
 * Tables for people: aligned, the numbers to the right. The last column is as long as it is; on a
 * terminal it goes on below itself.
 */
#include "table/colour.h"
#include "table/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMNS_MAX = 64, GAP = 2, NARROWEST = 20, CELL_SIZE = 32 };

/* Characters, not bytes, of UTF-8. */
static size_t width_of(const char *text) {
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

struct layout {
    size_t columns[COLUMNS_MAX], widths[COLUMNS_MAX], n;
    size_t screen; /* 0: no end */
};

/* As people are shown it: a number in four digits. */
static const char *shown(const struct table_column *column, const char *text, char out[CELL_SIZE]) {
    if (!text)
        return "";
    if (column->type != TABLE_NUMBER)
        return text;
    const double value = strtod(text, NULL);
    snprintf(out, CELL_SIZE, fabs(value) >= 1000 && fabs(value) < 1e9 ? "%.0f" : "%.4g", value);
    return out;
}

static void layout_make(const struct table *table, FILE *out, struct layout *layout) {
    struct winsize size = {0};
    *layout = (struct layout){0};
    if (isatty(fileno(out)) && ioctl(fileno(out), TIOCGWINSZ, &size) == 0)
        layout->screen = size.ws_col;
    for (size_t i = 0; i < table->form->n_columns && layout->n < COLUMNS_MAX; i++) {
        const struct table_column *column = &table->form->columns[i];
        if (!(column->flags & TABLE_SHOWN))
            continue;
        size_t width = width_of(column->name);
        for (size_t row = 0; row < table->n_rows; row++) {
            char cell[CELL_SIZE];
            size_t w = width_of(shown(column, table_own_cell(table, row, i), cell));
            width = w > width ? w : width;
        }
        layout->columns[layout->n] = i;
        layout->widths[layout->n++] = width;
    }
}

static void spaces(FILE *out, size_t n) {
    fprintf(out, "%*s", (int)n, "");
}

/* The last column from `indent` on, word by word. */
static void flow(FILE *out, const char *text, size_t indent, size_t screen) {
    const size_t room = screen > indent + NARROWEST ? screen - indent : 0;
    size_t at = 0;
    while (*text) {
        const size_t bytes = strcspn(text, " ");
        char word[256];
        snprintf(word, sizeof word, "%.*s", (int)(bytes < 255 ? bytes : 255), text);
        const size_t width = width_of(word);
        if (room > 0 && at > 0 && at + 1 + width > room) {
            fputc('\n', out);
            spaces(out, indent);
            at = 0;
        } else if (at > 0) {
            fputc(' ', out);
            at++;
        }
        fwrite(text, 1, bytes, out);
        at += width;
        text += bytes + (text[bytes] == ' ');
    }
}

static void line(FILE *out, const struct layout *layout, const struct table_form *form,
    const char *const *cells, bool is_head) {
    size_t last = layout->n, indent = 0;
    while (last > 0 && cells[last - 1][0] == '\0')
        last--;
    for (size_t i = 0; i < last; i++) {
        const struct table_column *column = &form->columns[layout->columns[i]];
        const bool is_coloured = is_head || column->flags & TABLE_STATUS;
        const size_t pad = layout->widths[i] - width_of(cells[i]);
        const bool is_right = column->type != TABLE_TEXT;
        if (i > 0)
            spaces(out, GAP);
        if (is_right)
            spaces(out, pad);
        if (is_coloured)
            colour_begin(out, is_head ? COLOUR_HEAD : cells[i]);
        if (i + 1 == layout->n)
            flow(out, cells[i], indent, layout->screen);
        else
            fputs(cells[i], out);
        if (is_coloured)
            colour_end(out, is_head ? COLOUR_HEAD : cells[i]);
        if (!is_right && i + 1 < last)
            spaces(out, pad);
        indent += layout->widths[i] + GAP;
    }
    fputc('\n', out);
}

void table_print_text(const struct table *table, FILE *out) {
    struct layout layout;
    const char *cells[COLUMNS_MAX];
    char numbers[COLUMNS_MAX][CELL_SIZE];
    layout_make(table, out, &layout);
    for (size_t i = 0; i < layout.n; i++)
        cells[i] = table->form->columns[layout.columns[i]].name;
    line(out, &layout, table->form, cells, true);
    for (size_t row = 0; row < table->n_rows; row++) {
        for (size_t i = 0; i < layout.n; i++)
            cells[i] = shown(&table->form->columns[layout.columns[i]],
                table_own_cell(table, row, layout.columns[i]), numbers[i]);
        line(out, &layout, table->form, cells, false);
    }
}
