/* SPDX-License-Identifier: MIT
 *
 * Colours for a table with borders, which sqlite3 drew: it counts the bytes of a colour as characters,
 * so they come in afterwards.
 */
#include "table/colour.h"
#include "table/table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define BORDER "\342\224\202 " /* a vertical line and a space */

/* Which of the form's status words `text` begins with; NULL: none. */
static const char *status_at(const struct table_form *form, const char *text) {
    for (size_t i = 0; i < form->n_columns; i++) {
        const struct table_column *column = &form->columns[i];
        if (!(column->flags & TABLE_STATUS) || !column->words)
            continue;
        for (const char *const *word = column->words; *word; word++) {
            const size_t n = strlen(*word);
            if (strncmp(text, *word, n) == 0 && !isalnum((unsigned char)text[n]))
                return *word;
        }
    }
    return NULL;
}

static void line_paint(const struct table_form *form, const char *text, FILE *out) {
    for (const char *border; (border = strstr(text, BORDER));) {
        const char *cell = border + strlen(BORDER), *status = status_at(form, cell);
        fwrite(text, 1, (size_t)(cell - text), out);
        if (status)
            colour_put(out, status);
        text = cell + (status ? strlen(status) : 0);
    }
    fputs(text, out);
}

int table_paint(const struct table_form *form, FILE *in, FILE *out, struct error *error) {
    char *line = NULL;
    size_t room = 0;
    for (ssize_t n; (n = getline(&line, &room, in)) >= 0;)
        line_paint(form, line, out);
    free(line);
    return ferror(in) || !feof(in) ? error_set(error, EXIT_BROKEN, "cannot read the table") : 0;
}
