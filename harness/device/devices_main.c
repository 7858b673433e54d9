/* SPDX-License-Identifier: MIT
 *
 * aneprobe-devices: lists the devices, whether they open here, and what is known about them.
 * Started by `aneprobe devices`.
 *
 * Exit: 0 done (for NAME: it opened), 1 failed, 2 usage, 77 unsupported here, 99 broken.
 */
#include "base/options.h"
#include "base/program.h"
#include "device/device.h"
#include "measure/csv.h"
#include "table/colour.h"
#include "table/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct devices_options {
    enum table_format format;
    bool as_csv;
};

static const struct option options[] = {
    {"--format", "F", "text", TABLE_FORMAT_TEXT, OPTION_CHOICE,
        OPTION_FIELD(struct devices_options, format), .words = table_format_words},
    /* for the runner: rows key,value of one device */
    {"--csv", NULL, NULL, NULL, OPTION_SWITCH, OPTION_FIELD(struct devices_options, as_csv)},
};

static const struct command_line line = {.name = "aneprobe devices",
    .usage = "[NAME] [--format F]",
    .text = "Lists the devices, whether each opens on this machine, and what is known about it. "
            "NAME is auto, ane, coreml:ne, cpu, cpu:cores=N, cpu:cache=off, sim:FILE or sim:CHIP.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .most_operands = 1};

static void property_print(void *context, const char *key, const char *value) {
    fprintf(context, "    %-16s %s\n", key, value);
}

static void property_csv(void *context, const char *key, const char *value) {
    struct csv_writer *writer = context;
    csv_put_text(writer, key);
    csv_put_text(writer, value);
    (void)csv_end_row(writer); /* the final check of the stream reports errors */
}

static void device_print(const char *name, bool as_csv, struct error *reason) {
    struct device *device;
    struct device_error error;
    if (device_open(name, 0, &device, &error) != DEVICE_OK) {
        (void)device_error_give(&error, reason);
        return;
    }
    if (as_csv) {
        struct csv_writer writer = {.file = stdout};
        property_csv(&writer, "key", "value");
        property_csv(&writer, "kind", device_kind(device));
        device_properties(device, property_csv, &writer);
    } else {
        printf("%s opens here; times are %s\n", device->name, device_clock(device));
        device_properties(device, property_print, stdout);
    }
    device_close(device);
}

static void all_print(void) {
    int n_kinds;
    const struct device_kind *kinds = device_kinds(&n_kinds);
    for (int i = 0; i < n_kinds; i++) {
        printf("%-6s %s\n", kinds[i].name, kinds[i].text);
        struct device *device;
        struct device_error error;
        if (device_open(kinds[i].name, 0, &device, &error) != DEVICE_OK) {
            fputs("    ", stdout);
            colour_put(stdout, "does not open");
            printf(": %s\n", error.text);
            continue;
        }
        fputs("    ", stdout);
        colour_put(stdout, "opens here");
        printf(" as %s; times are %s\n", device->name, device_clock(device));
        device_properties(device, property_print, stdout);
        device_close(device);
    }
}

/* ---- as a table: a row a property, or one that says why a device does not open */

/* Of these, a row's origin speaks. Every text is the device's or freed with this. */
struct known {
    struct table *table;
    const char *kind;
    struct table_origin origin;
    char *chip, *os;
};

static void property_know(void *context, const char *key, const char *value) {
    struct known *known = context;
    if (strcmp(key, "chip") == 0 && !known->chip)
        known->origin.chip = known->chip = strdup(value);
    if (strcmp(key, "os") == 0 && !known->os)
        known->origin.os = known->os = strdup(value);
}

static void property_put(void *context, const char *key, const char *value) {
    const struct known *known = context;
    table_put_text(known->table, known->kind);
    table_put_text(known->table, "yes");
    table_put_text(known->table, key);
    table_put_text(known->table, value);
    table_put_empty(known->table);
    table_end_row(known->table, &known->origin);
}

static enum device_status device_put(
    struct table *table, const char *name, struct device_error *error) {
    struct known known = {.table = table};
    struct device *device;
    if (device_open(name, 0, &device, error) != DEVICE_OK) {
        table_put_text(table, name);
        table_put_text(table, "no");
        table_put_empty(table);
        table_put_empty(table);
        table_put_text(table, error->text);
        table_end_row(table, &known.origin);
        return error->status;
    }
    known.kind = device_kind(device);
    known.origin.device = device->name;
    known.origin.clock = device_clock(device);
    device_properties(device, property_know, &known);
    device_properties(device, property_put, &known);
    device_close(device);
    free(known.chip);
    free(known.os);
    return DEVICE_OK;
}

static void table_put_all(struct table *table) {
    int n_kinds;
    struct device_error ignored;
    const struct device_kind *kinds = device_kinds(&n_kinds);
    for (int i = 0; i < n_kinds; i++)
        (void)device_put(table, kinds[i].name, &ignored);
}

/* NULL: all of them. */
static void devices_table(const char *name, enum table_format format, struct error *error) {
    struct table *table = table_new(&table_form_devices);
    struct device_error why;
    if (!table)
        error_set(error, EXIT_BROKEN, "out of memory");
    else if (!name)
        table_put_all(table);
    else if (device_put(table, name, &why) != DEVICE_OK)
        (void)device_error_give(&why, error);
    if (table && error->code == EXIT_DONE)
        (void)table_print(table, format, stdout, error);
    table_free(table);
}

static void work(char **names, int n_names, void *values, struct error *error) {
    const struct devices_options *o = values;
    if (o->as_csv && n_names == 0)
        error_set(error, EXIT_USAGE, "option '--csv' needs the name of one device");
    else if (o->format != TABLE_AS_TEXT)
        devices_table(n_names ? names[0] : NULL, o->format, error);
    else if (n_names == 0)
        all_print();
    else
        device_print(names[0], o->as_csv, error);
}

int main(int argc, char **argv) {
    struct devices_options o = {TABLE_AS_TEXT, false};
    return program_run(&line, argc, argv, &o, work);
}
