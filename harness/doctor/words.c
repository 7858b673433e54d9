/* SPDX-License-Identifier: MIT */
#include "device/apple/apple_entry.h"
#include "doctor/doctor.h"
#include "table/colour.h"

#include <stdlib.h>
#include <string.h>

static bool is_ok(const char *status) {
    return strcmp(status, "ok") == 0;
}

static void put_row(const struct csv_table *table, size_t row) {
    const char *status = csv_cell(table, row, "status"), *remedy = csv_cell(table, row, "remedy");
    printf("    %-18s ", csv_cell(table, row, "item"));
    if (!is_ok(status)) {
        colour_put(stdout, status);
        fputs(": ", stdout);
    }
    printf("%s\n", csv_cell(table, row, "detail"));
    if (remedy[0] != '\0')
        printf("    %-18s -> %s\n", "", remedy);
}

static void put_rows(const struct csv_table *table, const char *check, bool only_off) {
    for (size_t i = 0; i < csv_rows(table); i++)
        if (strcmp(csv_cell(table, i, "check"), check) == 0 &&
            !(only_off && is_ok(csv_cell(table, i, "status"))))
            put_row(table, i);
}

static void put_selectors(const struct csv_table *table) {
    size_t n = 0, n_ok = 0;
    for (size_t i = 0; i < csv_rows(table); i++)
        if (strcmp(csv_cell(table, i, "check"), "selector") == 0) {
            n++;
            n_ok += is_ok(csv_cell(table, i, "status"));
        }
    if (n > 0)
        printf("classes and selectors: %zu of %zu as expected\n", n_ok, n);
    put_rows(table, "selector", true);
}

static void put_part(const struct csv_table *table, const char *check, const char *head) {
    if (account_status(table, check, NULL)[0] != '\0')
        printf("%s\n", head);
    put_rows(table, check, false);
}

static const char send_text[] =
    "To report it: aneprobe doctor --format csv > doctor.csv, and open an issue with that file and "
    "what\n"
    "you saw. It contains no serial number, host or user name; check it before you send it.\n";

static void put_end(const struct csv_table *table, enum exit_code code) {
    const char *conv = account_status(table, "conv", NULL);
    if (code == EXIT_DONE)
        printf("The ane device works here. Next: aneprobe run --quick --device ane\n");
    else if (code == EXIT_UNSUPPORTED)
        printf("There is no engine here; everything else works. Next: aneprobe run --quick "
               "--device cpu\n");
    else if (account_has_ok(table, "conv") && !is_ok(conv))
        printf("The convolution is right only with another header: continue with --device "
               "ane:mil=HEADER, where HEADER is the right one above.\n%s",
            send_text);
    else
        printf("%s%s",
            is_ok(conv) ? "The convolution is right; features that need the rest of the above are "
                          "unsupported here.\n"
                        : "What is marked above does not work here; the rest does.\n",
            send_text);
}

void doctor_words(const struct csv_table *table, enum exit_code code) {
    const char *standin = getenv(APPLE_STANDIN_VARIABLE);
    if (standin != NULL && standin[0] != '\0')
        printf("STAND-IN: everything about the ane device is about the stand-in "
               "that " APPLE_STANDIN_VARIABLE " names, not about an engine\n");
    put_part(table, "machine", "machine");
    put_part(table, "disk", "disk");
    put_part(table, "tool", "programs that the suite starts");
    put_part(table, "energy", "energy");
    put_part(table, "device", "devices that need no engine");
    put_part(table, "open", "the ane device");
    put_selectors(table);
    put_part(table, "property", "the engine");
    put_part(table, "conv", "a 64-channel convolution");
    put_rows(table, "time", false);
    put_part(table, "coreml", "Core ML, the public way");
    put_end(table, code);
}
