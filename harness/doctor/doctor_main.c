/* SPDX-License-Identifier: MIT
 *
 * aneprobe-doctor: does the ane device work on this machine, and if not, where does it stop? Started
 * by `aneprobe doctor`; starts itself afresh for each step.
 *
 * Exit: 0 all is well, 1 something is off, 2 usage, 77 no engine here, 99 broken.
 */
#include "doctor/doctor.h"

#include "device/ane/ane_runtime.h"
#include "base/options.h"
#include "base/program.h"
#include "base/spawn.h"

#include <stdlib.h>
#include <string.h>

/* The first compile after a start of the system takes seconds (AmiraniLabs/libane: 4.2 s). */
enum { LIMIT_MS = 30000, OUTPUT_BYTES = 64 * 1024 };

struct doctor_options {
    bool as_csv, selectors;
};

static const struct option options[] = {
    {"--csv", NULL, NULL,
        "the same as rows check,item,status,detail, to send when something is off", OPTION_SWITCH,
        OPTION_FIELD(struct doctor_options, as_csv)},
    {"--selectors", NULL, NULL, "every selector that the device sends, and whose word it rests on",
        OPTION_SWITCH, OPTION_FIELD(struct doctor_options, selectors)},
};

static const struct command_line doctor_line = {.name = "aneprobe doctor",
    .usage = "[--csv | --selectors]",
    .text = "Does the ane device work here? What opens, which classes and selectors are as "
            "expected, and one convolution compiled, loaded, evaluated and compared with the "
            "reference. Takes seconds, changes nothing.",
    .options = options,
    .n_options = sizeof options / sizeof *options};

/* The rows of all children, as a CSV file. */
struct account {
    char *bytes;
    size_t n_bytes;
    FILE *file;
};

static void account_row(struct account *account, const char *check, const char *item,
    const char *status, const char *detail) {
    struct csv_writer writer = {.file = account->file};
    csv_put_text(&writer, check);
    csv_put_text(&writer, item);
    csv_put_text(&writer, status);
    csv_put_text(&writer, detail);
    (void)csv_end_row(&writer);
}

/* Its rows into the account; what else it said is kept for the case that it did not end well. */
static void lines_take(struct account *account, char *output, char said[400]) {
    said[0] = '\0';
    for (char *line = output ? strtok(output, "\n") : NULL; line != NULL;
         line = strtok(NULL, "\n")) {
        if (line[0] == DOCTOR_ROW_MARK)
            fprintf(account->file, "%s\n", line + 1);
        else if (strlen(said) + strlen(line) + 3 < 400)
            strcat(strcat(said, said[0] != '\0' ? "; " : ""), line);
    }
}

static void child_run(struct account *account, const char *program, const char *task,
    const char *argument, const char *check) {
    char said[400], detail[500], why[64] = "";
    const char *const argv[] = {program, task, argument, NULL};
    struct spawn_sink output = {.fd = -1, .limit = OUTPUT_BYTES, .drops = true};
    const struct spawn_program child = {
        .argv = argv, .limits = {.time_ms = LIMIT_MS}, .out = &output, .err = &output};
    struct spawn_result result;
    struct error error;
    if (spawn_run(&child, &result, &error) != 0) {
        account_row(account, check, argument, "crashed", error.text);
        free(output.text);
        return;
    }
    lines_take(account, output.text, said);
    free(output.text);
    if (result.end == SPAWN_NOT_STARTED)
        account_row(account, check, argument, "crashed", strerror(result.start_errno));
    else if (result.end == SPAWN_TIME_LIMIT)
        account_row(account, check, argument, "timeout", "not done after 30 s");
    else if (result.signal != 0)
        snprintf(why, sizeof why, "%s", strsignal(result.signal));
    else if (result.exit_code != 0)
        snprintf(why, sizeof why, "exit code %d", result.exit_code);
    if (why[0] == '\0')
        return;
    snprintf(detail, sizeof detail, "%s%s%s", why, said[0] != '\0' ? "; it said: " : "", said);
    account_row(account, check, argument, "crashed", detail);
}

static const char *cell(const struct csv_table *table, size_t row, const char *column) {
    return csv_text(table, row, csv_column(table, column));
}

/* The status of the first row of that check and item (NULL = any), or "". */
static const char *status_of(const struct csv_table *table, const char *check, const char *item) {
    for (size_t i = 0; i < csv_rows(table); i++)
        if (strcmp(cell(table, i, "check"), check) == 0 &&
            (item == NULL || strcmp(cell(table, i, "item"), item) == 0))
            return cell(table, i, "status");
    return "";
}

static struct csv_table *account_read(struct account *account) {
    struct csv_table *table = NULL;
    struct error ignored;
    if (fflush(account->file) == 0)
        (void)csv_table_parse("doctor", account->bytes, account->n_bytes, &table, &ignored);
    return table;
}

static bool is_ok(const char *status) {
    return strcmp(status, "ok") == 0;
}

static bool has_ok(const struct csv_table *table, const char *check) {
    for (size_t i = 0; i < csv_rows(table); i++)
        if (strcmp(cell(table, i, "check"), check) == 0 && is_ok(cell(table, i, "status")))
            return true;
    return false;
}

/* The device's own header first; when that does not work, whether another would. */
static void convs_run(struct account *account, const char *program) {
    static const char *const devices[] = {"ane", "ane:mil=ios18", "ane:mil=ios17", "ane:mil=ios16"};
    bool well = false;
    for (size_t i = 0; i < sizeof devices / sizeof devices[0] && !well; i++) {
        child_run(account, program, "--conv", devices[i], "conv");
        struct csv_table *table = account_read(account);
        for (size_t row = 0; table != NULL && row < csv_rows(table); row++)
            well |=
                strcmp(cell(table, row, "check"), "conv") == 0 && is_ok(cell(table, row, "status"));
        csv_table_free(table);
    }
}

/* ---- in words -------------------------------------------------------------------------------- */

static void put_rows(const struct csv_table *table, const char *check, bool only_off) {
    for (size_t i = 0; i < csv_rows(table); i++) {
        const char *status = cell(table, i, "status");
        if (strcmp(cell(table, i, "check"), check) != 0 || (only_off && is_ok(status)))
            continue;
        printf("    %-18s %s%s%s\n", cell(table, i, "item"), is_ok(status) ? "" : status,
            is_ok(status) ? "" : ": ", cell(table, i, "detail"));
    }
}

static void put_selectors(const struct csv_table *table) {
    size_t n = 0, n_ok = 0;
    for (size_t i = 0; i < csv_rows(table); i++)
        if (strcmp(cell(table, i, "check"), "selector") == 0) {
            n++;
            n_ok += is_ok(cell(table, i, "status"));
        }
    if (n > 0)
        printf("classes and selectors: %zu of %zu as expected\n", n_ok, n);
    put_rows(table, "selector", true);
}

static const char send_text[] =
    "To report it: aneprobe doctor --csv > doctor.csv, and open an issue with that file and what\n"
    "you saw. It holds no serial number or host name; look it over before you send it.\n";

static void put_words(const struct csv_table *table, enum exit_code code) {
    const char *standin = getenv(ANE_STANDIN_VARIABLE);
    if (standin != NULL && standin[0] != '\0')
        printf("STAND-IN: all that follows is about the stand-in that " ANE_STANDIN_VARIABLE
               " names, not about an engine\n");
    printf("opening\n");
    put_rows(table, "open", false);
    put_selectors(table);
    if (status_of(table, "property", NULL)[0] != '\0')
        printf("machine\n");
    put_rows(table, "property", false);
    if (status_of(table, "conv", NULL)[0] != '\0')
        printf("a 64-channel convolution\n");
    put_rows(table, "conv", false);
    put_rows(table, "time", false);
    if (code == EXIT_DONE)
        printf("The ane device works here. Next: aneprobe run --quick --device ane\n");
    else if (code == EXIT_UNSUPPORTED)
        printf("There is no engine to ask here; the cpu device works on any machine.\n");
    else
        printf("%s%s",
            !has_ok(table, "conv") ? ""
            : is_ok(status_of(table, "conv", NULL))
                ? "The convolution is right; what needs the rest "
                  "of the above is unsupported here.\n"
                : "It is right only with another header: go on "
                  "with --device ane:mil=HEADER, HEADER being "
                  "the one above that is right.\n",
            send_text);
}

/* harness/device/ane/SELECTORS.md is what this prints. */
static void selectors_put(void) {
    printf(
        "# Selectors\n\n"
        "Every selector that the `ane` device sends, from `ane_selectors.h` by `aneprobe doctor\n"
        "--selectors`. *Source* is who published a use of it; *types* are where its argument "
        "types\n"
        "are from, header dump being MTACS/iOS-17-Runtime-Headers; *verified* names the chip and "
        "OS\n"
        "of a stored run of this suite that used it.\n\n"
        "| class | selector | types | source | verified |\n|---|---|---|---|---|\n");
    for (int i = 0; i < ANE_SELECTOR_COUNT; i++) {
        const struct ane_selector_row *row = &ane_selector_rows[i];
        printf("| `%s` | `%c%s` | %s | %s | %s |\n", row->class, row->kind, row->selector,
            row->basis, row->source, row->verified);
    }
}

/* ---- the whole ------------------------------------------------------------------------------- */

static enum exit_code code_of(const struct csv_table *table) {
    if (strcmp(status_of(table, "open", "libraries"), "unsupported") == 0 ||
        strcmp(status_of(table, "open", "device"), "unsupported") == 0)
        return EXIT_UNSUPPORTED;
    for (size_t i = 0; i < csv_rows(table); i++)
        if (!is_ok(cell(table, i, "status")))
            return EXIT_FAILED;
    return EXIT_DONE;
}

static int doctor(const char *self, bool as_csv, struct error *error) {
    char program[4096];
    struct account account = {0};
    account.file = open_memstream(&account.bytes, &account.n_bytes);
    if (!account.file)
        return error_set(error, EXIT_BROKEN, "out of memory");
    if (spawn_find(self, program, sizeof program) != 0) {
        fclose(account.file);
        free(account.bytes);
        return error_set(error, EXIT_BROKEN, "cannot start itself again; give its full path");
    }
    fputs("check,item,status,detail\n", account.file);
    child_run(&account, program, "--look", "ane", "open");
    struct csv_table *table = account_read(&account);
    if (table && is_ok(status_of(table, "open", "device"))) {
        csv_table_free(table);
        convs_run(&account, program);
        table = account_read(&account);
    }
    if (!table) {
        error_set(error, EXIT_BROKEN, "cannot read its own rows: out of memory");
    } else {
        error->code = code_of(table); /* what is off is in the account */
        if (as_csv)
            fwrite(account.bytes, 1, account.n_bytes, stdout);
        else
            put_words(table, error->code);
    }
    csv_table_free(table);
    fclose(account.file);
    free(account.bytes);
    return 0;
}

int main(int argc, char **argv) {
    struct doctor_options o = {false, false};
    struct error error;
    if (argc == 3 && strcmp(argv[1], "--look") == 0)
        return doctor_look();
    if (argc == 3 && strcmp(argv[1], "--conv") == 0)
        return doctor_conv(argv[2]);
    if (program_begin(&error) == 0)
        switch (options_read(&doctor_line, argc, argv, &o, NULL, NULL, &error)) {
        case OPTIONS_WANT_HELP:
            options_help(&doctor_line, stdout);
            break;
        case OPTIONS_WRONG:
            break;
        case OPTIONS_READ:
            if (o.selectors)
                selectors_put();
            else
                (void)doctor(argv[0], o.as_csv, &error);
        }
    return program_end(doctor_line.name, &error);
}
