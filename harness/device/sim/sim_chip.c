/* SPDX-License-Identifier: MIT
 *
 * Chips by name: their parameters from results/chips.csv.
 */
#include "device/sim/sim.h"
#include "base/place.h"
#include "measure/csv.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The table, and the columns that are read. */
struct chips {
    struct csv_table *table;
    int chip, key, value, basis;
};

static enum device_status chips_open(struct chips *chips, struct device_error *error) {
    char *path = place_data("results/chips.csv");
    struct error reason;

    *chips = (struct chips){.table = NULL};
    if (!path)
        return device_error_set(error, DEVICE_BROKEN, "open", "out of memory");
    int failed = csv_table_read(path, &chips->table, &reason);
    free(path);
    if (failed != 0 || (chips->chip = csv_require_column(chips->table, "chip", &reason)) < 0 ||
        (chips->key = csv_require_column(chips->table, "key", &reason)) < 0 ||
        (chips->value = csv_require_column(chips->table, "value", &reason)) < 0 ||
        (chips->basis = csv_require_column(chips->table, "basis", &reason)) < 0) {
        csv_table_free(chips->table);
        chips->table = NULL;
        return device_error_set(error, DEVICE_BROKEN, "open", "%.500s", reason.text);
    }
    return DEVICE_OK;
}

/* "M4 Max" as m4-max. */
static void name_shorten(const char *chip, char *out, size_t bytes) {
    size_t n = 0;
    for (; chip[n] && n + 1 < bytes; n++)
        out[n] = chip[n] == ' ' ? '-' : (char)tolower((unsigned char)chip[n]);
    out[n] = '\0';
}

static enum device_status chip_refuse(
    const struct chips *chips, const char *name, struct device_error *error) {
    char text[sizeof error->text], shown[32], last[32] = "";
    int n = snprintf(text, sizeof text,
        "there is no chip to simulate and no file named '%.40s'; the chips are", name);
    for (size_t row = 0; row < csv_rows(chips->table) && n > 0 && (size_t)n < sizeof text; row++) {
        name_shorten(csv_text(chips->table, row, chips->chip), shown, sizeof shown);
        if (strcmp(shown, last) == 0)
            continue;
        n += snprintf(text + n, sizeof text - (size_t)n, "%s %s", last[0] ? "," : "", shown);
        strcpy(last, shown);
    }
    return device_error_usage(error, text);
}

/* Reads one row of the chip. Rows of unknown parameters have no value; keys that begin with host_
 * do not concern the engine. */
static enum device_status row_take(
    const struct chips *chips, size_t row, struct sim_chip *out, struct device_error *error) {
    const char *key = csv_text(chips->table, row, chips->key);
    const char *value = csv_text(chips->table, row, chips->value);
    const char *basis = csv_text(chips->table, row, chips->basis);
    char place[64];

    if (strncmp(key, "host_", 5) == 0 || value[0] == '\0')
        return DEVICE_OK;
    snprintf(place, sizeof place, "results/chips.csv:%zu", csv_line(chips->table, row));
    enum device_status status = sim_params_set(&out->params, key, value, place, error);
    if (status == DEVICE_OK)
        out->basis[sim_params_key(key)] = strcmp(basis, "fitted") == 0 ? "fitted" : "published";
    return status;
}

enum device_status sim_chip_read(
    const char *name, struct sim_chip *out, struct device_error *error) {
    char wanted[sizeof out->name], shown[sizeof out->name];
    struct chips chips;
    bool is_there = false;

    enum device_status status = chips_open(&chips, error);
    if (status != DEVICE_OK)
        return status;
    memset(out, 0, sizeof *out);
    sim_params_default(&out->params);
    for (int i = 0; i < SIM_KEYS; i++)
        out->basis[i] = "default";
    name_shorten(name, wanted, sizeof wanted);
    for (size_t row = 0; row < csv_rows(chips.table) && status == DEVICE_OK; row++) {
        const char *chip = csv_text(chips.table, row, chips.chip);
        name_shorten(chip, shown, sizeof shown);
        if (strlen(name) >= sizeof wanted || strcmp(shown, wanted) != 0)
            continue;
        if (!is_there)
            snprintf(out->params.chip, sizeof out->params.chip, "%s", chip);
        is_there = true;
        status = row_take(&chips, row, out, error);
    }
    strcpy(out->name, wanted);
    if (status == DEVICE_OK && !is_there)
        status = chip_refuse(&chips, name, error);
    if (status == DEVICE_OK && out->params.limit_kind != SIM_LIMIT_NONE &&
        !(out->params.limit_value > 0))
        status = device_error_set(error, DEVICE_BROKEN, "open",
            "results/chips.csv: %s has a limit_kind but no limit_value; regenerate the file with "
            "results/chips.sh",
            out->params.chip);
    csv_table_free(chips.table);
    return status;
}
