/* SPDX-License-Identifier: MIT */
#include "chips/published.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const names[PUBLISHED_COLUMNS] = {
    "source", "date", "chip", "os", "experiment", "config", "metric", "value", "unit", "note"};

int published_read(const char *path, struct published *out, struct error *error) {
    *out = (struct published){.table = NULL};
    if (csv_table_read(path, &out->table, error) != 0)
        return -1;
    for (int i = 0; i < PUBLISHED_COLUMNS; i++) {
        out->column[i] = csv_require_column(out->table, names[i], error);
        if (out->column[i] < 0)
            goto fail;
    }
    for (size_t row = 0; row < csv_rows(out->table); row++) {
        double value;
        if (csv_number(out->table, row, out->column[PUBLISHED_VALUE], &value, error) < 0)
            goto fail;
    }
    return 0;
fail:
    published_close(out);
    return -1;
}

void published_close(struct published *published) {
    csv_table_free(published->table);
    published->table = NULL;
}

size_t published_rows(const struct published *published) {
    return csv_rows(published->table);
}

const char *published_text(const struct published *published, size_t row, enum published_column c) {
    return csv_text(published->table, row, published->column[c]);
}

bool published_is(
    const struct published *published, size_t row, enum published_column c, const char *text) {
    return strcmp(published_text(published, row, c), text) == 0;
}

double published_value(const struct published *published, size_t row) {
    struct error ignored; /* all values were read once */
    double value;
    return csv_number(
               published->table, row, published->column[PUBLISHED_VALUE], &value, &ignored) == 1
               ? value
               : NAN;
}

bool published_conv_parse(const char *config, struct published_conv *conv) {
    const char *part = strstr(config, "; ");
    unsigned depth, in, out, positions;

    for (const char *text = config; text; text = text == config && part ? part + 2 : NULL) {
        if (sscanf(text, "%6ux conv %6uch sp%6u", &depth, &in, &positions) == 3)
            out = in;
        else if (sscanf(text, "%6ux conv %6uto%6u sp%6u", &depth, &in, &out, &positions) != 4)
            continue;
        if (depth == 0 || in == 0 || out == 0 || positions == 0)
            return false;
        *conv = (struct published_conv){depth, in, out, positions};
        return true;
    }
    return false;
}

double published_conv_flop(const struct published_conv *conv) {
    return 2 * conv->in * conv->out * conv->positions * conv->depth;
}

double published_conv_weight_bytes(const struct published_conv *conv) {
    return 2 * conv->in * conv->out * conv->depth;
}

double published_conv_bytes(const struct published_conv *conv) {
    return published_conv_weight_bytes(conv) + 4 * (conv->in + conv->out) * conv->positions;
}
