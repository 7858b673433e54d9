/* SPDX-License-Identifier: MIT
 *
 * aneprobe-devices: which devices there are, whether they open here, and what is known of them.
 * Started by `aneprobe devices`.
 *
 * Exit: 0 done (for NAME: it opened), 1 failed, 2 usage, 77 unsupported here, 99 broken.
 */
#include "base/options.h"
#include "base/program.h"
#include "device/device.h"
#include "measure/csv.h"

#include <stdio.h>

struct devices_options {
    bool as_csv;
};

static const struct option options[] = {
    {"--csv", NULL, NULL, "what is known of NAME as rows key,value", OPTION_SWITCH,
        OPTION_FIELD(struct devices_options, as_csv)},
};

static const struct command_line line = {.name = "aneprobe devices",
    .usage = "[NAME]\n--csv NAME",
    .text = "Lists the devices, whether each opens on this machine, and what is known of it. NAME "
            "is auto, ane, cpu, cpu:cores=N, cpu:cache=off, sim:FILE or sim:CHIP.",
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
    (void)csv_end_row(writer); /* the last check of the stream finds what went wrong */
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
            printf("    does not open: %s\n", error.text);
            continue;
        }
        printf("    opens here as %s; times are %s\n", device->name, device_clock(device));
        device_properties(device, property_print, stdout);
        device_close(device);
    }
}

int main(int argc, char **argv) {
    struct devices_options o = {.as_csv = false};
    struct error error;
    int n_names;
    if (program_begin(&error) == 0)
        switch (options_read(&line, argc, argv, &o, NULL, &n_names, &error)) {
        case OPTIONS_WANT_HELP:
            options_help(&line, stdout);
            break;
        case OPTIONS_WRONG:
            break;
        case OPTIONS_READ:
            if (o.as_csv && n_names == 0)
                error_set(&error, EXIT_USAGE, "option '--csv' needs the name of one device");
            else if (n_names == 0)
                all_print();
            else
                device_print(argv[1], o.as_csv, &error);
        }
    return program_end(line.name, &error);
}
