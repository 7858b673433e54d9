/* SPDX-License-Identifier: MIT
 *
 * aneprobe-doctor: what works on this machine, and what to do about the rest. Started by `aneprobe
 * doctor`; starts itself again for each step.
 *
 * Exit: 0 all is well, 1 something is wrong, 2 usage, 77 all well except for the engine, 99 broken.
 */
#include "doctor/doctor.h"

#include "device/ane/ane_framework.h"
#include "device/coreml/coreml_framework.h"
#include "base/options.h"
#include "base/program.h"
#include "table/table.h"

#include <string.h>

/* For all steps together; a user waits for it. */
enum { LIMIT_S = 9 };

struct doctor_options {
    enum table_format format;
    bool selectors;
    const char *self; /* as it was started */
};

static const struct option options[] = {
    {"--format", "F", "text", TABLE_FORMAT_TEXT "; csv is what to send if something is wrong",
        OPTION_CHOICE, OPTION_FIELD(struct doctor_options, format), .words = table_format_words},
    {"--selectors", NULL, NULL, "print every selector that the devices send, with its source",
        OPTION_SWITCH, OPTION_FIELD(struct doctor_options, selectors)},
};

static const struct command_line doctor_line = {.name = "aneprobe doctor",
    .usage = "[--format F | --selectors]",
    .text =
        "Checks what works here: the system's version, what the engine's compiler keeps on disk, "
        "the programs that the suite starts, free disk space, energy meters, other work on the "
        "machine, the cpu device, a simulated device and the ane device: whether it opens, which "
        "classes and selectors are as expected, and whether one convolution compiles, loads and "
        "gives the reference's output; then the same for Core ML. For everything that does not "
        "work it says what to do. Takes less than 10 seconds and changes nothing.",
    .options = options,
    .n_options = sizeof options / sizeof *options};

/* The device's own header first; if that does not work, the others. */
static void convs_run(struct account *account, const char *program) {
    static const char *const devices[] = {"ane", "ane:mil=ios18", "ane:mil=ios17", "ane:mil=ios16"};
    bool well = false;
    for (size_t i = 0; i < sizeof devices / sizeof devices[0] && !well; i++) {
        account_child(account, (const char *const[]){program, "--conv", devices[i], NULL}, "conv",
            devices[i]);
        struct csv_table *table = account_read(account);
        well = table && account_has_ok(table, "conv");
        csv_table_free(table);
    }
}

static void framework_put(const struct apple_framework *framework, const char *types) {
    printf("\n| class | selector | %s | source | verified |\n|---|---|---|---|---|\n", types);
    for (int i = 0; i < framework->n_selectors; i++) {
        const struct apple_selector_row *row = &framework->selectors[i];
        printf("| `%s` | `%c%s` | %s | %s | %s |\n", row->class, row->kind, row->selector,
            row->basis, row->source, row->verified);
    }
}

/* Prints harness/device/apple/SELECTORS.md. */
static void selectors_put(void) {
    printf(
        "# Selectors\n\n"
        "Every selector that the devices send, by `aneprobe doctor --selectors`. *Source* is who\n"
        "published a use of it; *verified* names the chip and OS of a stored run of this suite "
        "that\n"
        "used it.\n\n"
        "## `ane`: private\n\n"
        "From `ane_selectors.h`. *Types* are where its argument types are from, header dump being\n"
        "MTACS/iOS-17-Runtime-Headers.\n");
    framework_put(&ane_framework, "types");
    printf("\n## `coreml`: public and documented\n\n"
           "From `coreml_selectors.h`. *Since* is the first macOS that has it; types are those of "
           "Apple's\n"
           "declarations, and *documentation* is developer.apple.com.\n");
    framework_put(&coreml_framework, "since");
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* A busy machine, unavailable readings and meters, and a machine without Core ML are reported, but do
 * not affect the result. */
static bool is_off(const char *check, const char *status) {
    return strcmp(status, "ok") != 0 && strcmp(check, "machine") != 0 &&
           strcmp(check, "energy") != 0 &&
           !(strcmp(check, "coreml") == 0 && strcmp(status, "unsupported") == 0);
}

static enum exit_code code_of(const struct csv_table *table) {
    bool no_engine = false;
    for (size_t i = 0; i < csv_rows(table); i++) {
        const char *check = csv_cell(table, i, "check"), *status = csv_cell(table, i, "status");
        if (strcmp(check, "open") == 0 && strcmp(status, "unsupported") == 0)
            no_engine = true;
        else if (is_off(check, status))
            return EXIT_FAILED;
    }
    return no_engine ? EXIT_UNSUPPORTED : EXIT_DONE;
}

static void coreml_run(struct account *account, const char *program) {
    static const char device[] = "coreml:ne";
    account_child(
        account, (const char *const[]){program, "--look", "coreml", NULL}, "coreml", "framework");
    struct csv_table *table = account_read(account);
    if (table && strcmp(account_status(table, "coreml", "framework"), "ok") == 0)
        account_child(
            account, (const char *const[]){program, "--coreml", device, NULL}, "coreml", device);
    csv_table_free(table);
}

/* Checks that need no engine come first: they are certain to end. */
static void steps_run(struct account *account, const char *program) {
    static const char *const others[] = {"cpu", "sim:m4"};
    account_child(
        account, (const char *const[]){program, "--machine", "-", NULL}, "machine", "machine");
    account_child(
        account, (const char *const[]){program, "--services", "-", NULL}, "machine", "services");
    doctor_tools(account);
    account_child(
        account, (const char *const[]){program, "--meters", "-", NULL}, "energy", "meters");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        account_child(account, (const char *const[]){program, "--device", others[i], NULL},
            "device", others[i]);
    account_child(account, (const char *const[]){program, "--look", "ane", NULL}, "open", "device");
    struct csv_table *table = account_read(account);
    if (table && strcmp(account_status(table, "open", "device"), "ok") == 0)
        convs_run(account, program);
    csv_table_free(table);
    coreml_run(account, program);
}

static const char *detail_of(const struct csv_table *table, const char *check, const char *item) {
    for (size_t i = 0; i < csv_rows(table); i++)
        if (strcmp(csv_cell(table, i, "check"), check) == 0 &&
            strcmp(csv_cell(table, i, "item"), item) == 0)
            return csv_cell(table, i, "detail");
    return "";
}

/* The exit code is unchanged unless printing fails. */
static void rows_print(
    const struct csv_table *rows, enum table_format format, struct error *error) {
    static const char *const columns[] = {"check", "item", "status", "detail", "remedy"};
    struct table_origin origin = {
        .chip = detail_of(rows, "machine", "chip"), .os = detail_of(rows, "machine", "system")};
    struct table *table = table_new(&table_form_doctor);
    if (!table) {
        error_set(error, EXIT_BROKEN, "out of memory");
        return;
    }
    for (size_t i = 0; i < csv_rows(rows); i++) {
        const char *check = csv_cell(rows, i, "check");
        const bool is_device = strcmp(check, "device") == 0 || strcmp(check, "conv") == 0;
        for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
            table_put_text(table, csv_cell(rows, i, columns[c]));
        origin.device = is_device ? csv_cell(rows, i, "item") : NULL;
        table_end_row(table, &origin);
    }
    (void)table_print(table, format, stdout, error);
    table_free(table);
}

static int doctor(const char *self, enum table_format format, struct error *error) {
    char program[4096];
    struct account account;
    if (spawn_find(self, program, sizeof program) != 0)
        return error_set(error, EXIT_BROKEN, "cannot start itself again; give its full path");
    if (account_open(&account, LIMIT_S, error) != 0)
        return -1;
    steps_run(&account, program);
    struct csv_table *table = account_read(&account);
    if (!table) {
        error_set(error, EXIT_BROKEN, "cannot read its own rows: out of memory");
    } else {
        error->code = code_of(table); /* the account says what is wrong */
        if (format == TABLE_AS_TEXT)
            doctor_words(table, error->code);
        else
            rows_print(table, format, error);
    }
    csv_table_free(table);
    account_free(&account);
    return 0;
}

static void work(char **operands, int n_operands, void *values, struct error *error) {
    const struct doctor_options *o = values;
    (void)operands;
    (void)n_operands;
    if (o->selectors)
        selectors_put();
    else
        (void)doctor(o->self, o->format, error);
}

/* A step of the whole in a process of its own, "--STEP OF": its exit code, or -1 for no step. */
static int step_run(const char *step, const char *of) {
    if (strcmp(step, "--look") == 0)
        return strcmp(of, "coreml") == 0 ? doctor_look_coreml() : doctor_look();
    if (strcmp(step, "--conv") == 0 || strcmp(step, "--device") == 0 ||
        strcmp(step, "--coreml") == 0)
        return doctor_conv(step + 2, of);
    if (strcmp(step, "--machine") == 0)
        return doctor_machine();
    if (strcmp(step, "--services") == 0)
        return doctor_services(of);
    return strcmp(step, "--meters") == 0 ? doctor_meters() : -1;
}

int main(int argc, char **argv) {
    struct doctor_options o = {.format = TABLE_AS_TEXT, .self = argv[0]};
    const int code = argc == 3 ? step_run(argv[1], argv[2]) : -1;
    return code >= 0 ? code : program_run(&doctor_line, argc, argv, &o, work);
}
