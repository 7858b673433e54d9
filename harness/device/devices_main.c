/* SPDX-License-Identifier: MIT
 *
 * aneprobe-devices: which devices there are, whether they open here, and what is known of them.
 *
 *   aneprobe-devices              all kinds
 *   aneprobe-devices NAME         one device with its properties
 *   aneprobe-devices --csv NAME   the same as key,value rows
 *
 * Exit: 0 done (for NAME: it opened), 1 failed, 2 usage, 77 unsupported here, 99 broken.
 */
#include "base/exit_code.h"
#include "device/device.h"
#include "measure/csv.h"

#include <stdio.h>
#include <string.h>

static const char usage[] = "usage: aneprobe-devices [NAME]\n"
                            "       aneprobe-devices --csv NAME\n"
                            "Lists the devices, whether each opens on this machine, and what is "
                            "known of it.\n"
                            "NAME is auto, ane, cpu, cpu:cores=N, cpu:cache=off, sim:FILE or "
                            "sim:CHIP.\n";

static int exit_of(const struct device_error *error) {
    if (strcmp(error->domain, DEVICE_USAGE_DOMAIN) == 0)
        return EXIT_USAGE;
    switch (error->status) {
    case DEVICE_UNSUPPORTED:
        return EXIT_UNSUPPORTED;
    case DEVICE_BROKEN:
        return EXIT_BROKEN;
    default:
        return EXIT_FAILED;
    }
}

static void property_print(void *context, const char *key, const char *value) {
    fprintf(context, "    %-16s %s\n", key, value);
}

static void property_csv(void *context, const char *key, const char *value) {
    struct csv_writer *writer = context;
    csv_put_text(writer, key);
    csv_put_text(writer, value);
    (void)csv_end_row(writer); /* the last check of the stream finds what went wrong */
}

static int output_end(int code) {
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    fprintf(stderr, "aneprobe-devices: cannot write to the standard output\n");
    return EXIT_BROKEN;
}

static int device_print(const char *name, bool as_csv) {
    struct device *device;
    struct device_error error;
    if (device_open(name, 0, &device, &error) != DEVICE_OK) {
        fprintf(stderr, "aneprobe-devices: %s\n", error.text);
        return exit_of(&error);
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
    return output_end(EXIT_DONE);
}

static int all_print(void) {
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
    return output_end(EXIT_DONE);
}

int main(int argc, char **argv) {
    bool as_csv = false;
    const char *name = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return output_end(EXIT_DONE);
        }
        if (strcmp(argv[i], "--csv") == 0) {
            as_csv = true;
        } else if (argv[i][0] == '-' || name != NULL) {
            fprintf(stderr, "aneprobe-devices: `%s` is not understood\n%s", argv[i], usage);
            return EXIT_USAGE;
        } else {
            name = argv[i];
        }
    }
    if (as_csv && name == NULL) {
        fprintf(stderr, "aneprobe-devices: --csv wants the name of one device\n%s", usage);
        return EXIT_USAGE;
    }
    return name != NULL ? device_print(name, as_csv) : all_print();
}
