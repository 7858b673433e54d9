/* SPDX-License-Identifier: MIT */
#include "doctor/account.h"

#include "base/clock.h"
#include "base/environment.h"

#include <stdlib.h>
#include <string.h>

/* CHILD_MS: the first compile after a start of the system takes seconds (AmiraniLabs/libane: 4.2 s). */
enum { CHILD_MS = 6000, TOOL_MS = 2000, OUTPUT_BYTES = 64 * 1024 };

static const char head[] = "check,item,status,detail,remedy\n";
static const char again[] = "run it again on an idle machine; the first start of a program is slow";

int account_open(struct account *account, unsigned seconds, struct error *error) {
    *account =
        (struct account){.deadline_ns = clock_monotonic_ns() + seconds * UINT64_C(1000000000)};
    account->file = open_memstream(&account->bytes, &account->n_bytes);
    if (!account->file)
        return error_set(error, EXIT_BROKEN, "out of memory");
    fputs(head, account->file);
    return 0;
}

void account_free(struct account *account) {
    fclose(account->file);
    free(account->bytes);
}

void account_row(struct account *account, const char *check, const char *item, const char *status,
    const char *remedy, const char *detail) {
    struct csv_writer writer = {.file = account->file};
    csv_put_text(&writer, check);
    csv_put_text(&writer, item);
    csv_put_text(&writer, status);
    csv_put_text(&writer, detail);
    csv_put_text(&writer, remedy);
    (void)csv_end_row(&writer);
}

/* The limit, or the remaining time if less; 0 = none left. */
static uint64_t time_left_ms(const struct account *account, uint64_t limit_ms) {
    const uint64_t now_ns = clock_monotonic_ns();
    const uint64_t left_ms =
        now_ns < account->deadline_ns ? (account->deadline_ns - now_ns) / 1000000 : 0;
    return left_ms < limit_ms ? left_ms : limit_ms;
}

/* Runs it; a failure becomes a row that includes `said` (complete by then). Returns whether it
 * succeeded. */
static bool step_run(struct account *account, const struct spawn_program *program,
    struct spawn_result *result, const char *check, const char *item, const char *remedy) {
    struct spawn_program limited = *program;
    char why[64];
    struct error error;
    limited.limits.time_ms = time_left_ms(account, program->limits.time_ms);
    if (limited.limits.time_ms == 0) {
        account_row(account, check, item, "timeout", again, "not tried: the time was up");
    } else if (spawn_run(&limited, result, &error) != 0) {
        account_row(account, check, item, "crashed", remedy, error.text);
    } else if (result->end == SPAWN_NOT_STARTED) {
        account_row(account, check, item, "crashed", remedy, strerror(result->start_errno));
    } else if (result->end == SPAWN_TIME_LIMIT) {
        snprintf(
            why, sizeof why, "not finished after %.1f s", (double)limited.limits.time_ms / 1000);
        account_row(account, check, item, "timeout", again, why);
    } else {
        return true;
    }
    return false;
}

/* How it failed, with what it said. */
static void end_row(struct account *account, const struct spawn_result *result, const char *check,
    const char *item, const char *remedy, const char *said) {
    char why[64], detail[500];
    if (result->signal != 0)
        snprintf(why, sizeof why, "%s", strsignal(result->signal));
    else
        snprintf(why, sizeof why, "exit code %d", result->exit_code);
    snprintf(detail, sizeof detail, "%s%s%s", why, said[0] != '\0' ? "; it said: " : "", said);
    account_row(account, check, item, result->signal != 0 ? "crashed" : "failed", remedy, detail);
}

/* Adds its rows to the account; its other output is kept in case it failed. */
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

void account_child(
    struct account *account, const char *const *argv, const char *check, const char *item) {
    static const char remedy[] = "send this account; what works is below";
    char said[400];
    struct spawn_sink output = {.fd = -1, .limit = OUTPUT_BYTES, .drops = true};
    const struct spawn_program child = {
        .argv = argv, .limits = {.time_ms = CHILD_MS}, .out = &output, .err = &output};
    struct spawn_result result = {0};
    const bool ended = step_run(account, &child, &result, check, item, remedy);
    lines_take(account, output.text, said);
    free(output.text);
    if (ended && (result.signal != 0 || result.exit_code != 0))
        end_row(account, &result, check, item, remedy, said);
}

bool account_ask(struct account *account, const char *const *argv, const char *check,
    const char *item, const char *remedy, char said[400]) {
    struct spawn_sink output = {.fd = -1, .limit = OUTPUT_BYTES, .drops = true};
    struct spawn_result result = {0};
    struct environment environment;
    said[0] = '\0';
    if (environment_make(&environment) != 0) {
        environment_free(&environment);
        account_row(account, check, item, "failed", "", "out of memory");
        return false;
    }
    const struct spawn_program program = {.argv = argv,
        .environment = (const char *const *)environment.list,
        .limits = {.time_ms = TOOL_MS},
        .out = &output,
        .err = &output};
    const bool ended = step_run(account, &program, &result, check, item, remedy);
    if (output.text)
        snprintf(said, 400, "%.*s", (int)strcspn(output.text, "\r\n"), output.text);
    free(output.text);
    environment_free(&environment);
    if (ended && (result.signal != 0 || result.exit_code != 0))
        end_row(account, &result, check, item, remedy, said);
    return ended && result.signal == 0 && result.exit_code == 0;
}

struct csv_table *account_read(struct account *account) {
    struct csv_table *table = NULL;
    struct error ignored;
    if (fflush(account->file) == 0)
        (void)csv_table_parse("doctor", account->bytes, account->n_bytes, &table, &ignored);
    return table;
}

const char *account_status(const struct csv_table *table, const char *check, const char *item) {
    for (size_t i = 0; i < csv_rows(table); i++)
        if (strcmp(csv_cell(table, i, "check"), check) == 0 &&
            (item == NULL || strcmp(csv_cell(table, i, "item"), item) == 0))
            return csv_cell(table, i, "status");
    return "";
}

bool account_has_ok(const struct csv_table *table, const char *check) {
    for (size_t i = 0; i < csv_rows(table); i++)
        if (strcmp(csv_cell(table, i, "check"), check) == 0 &&
            strcmp(csv_cell(table, i, "status"), "ok") == 0)
            return true;
    return false;
}
