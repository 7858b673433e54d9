/* SPDX-License-Identifier: MIT */
#include "base/files.h"
#include "base/place.h"
#include "doctor/doctor.h"

#include <stdlib.h>
#include <string.h>

/* Every program started that is not part of the suite. The cpu device finds the C compiler. */
static const struct tool {
    const char *name, *question; /* prints its version */
    const char *remedy;          /* packages as in harness/bootstrap.sh */
    bool macos_only;
} tools[] = {
    {"sqlite3", "--version",
        "no report, comparison or audit without it: install it (apt-get install sqlite3)", false},
    {"gnuplot", "--version",
        "no figures without it: install it (brew install gnuplot; apt-get install gnuplot-nox)",
        false},
    {"cmark-gfm", "--version",
        "no page in HTML without it: install it (brew install cmark-gfm; apt-get install "
        "cmark-gfm)",
        false},
    {"xcrun", "--version", "xcode-select --install", true},
    {"codesign", NULL, "no program can be rewritten in place without it: xcode-select --install",
        true},
};

/* An sqlite3 may lack functions that the tables need. */
static void sqlite_check(struct account *account, const char *path) {
    static const char remedy[] =
        "install sqlite 3.38 or newer, with its mathematical functions, first on PATH";
    char said[400], *file = place_data("plots/sql/needs.sql"), *sql = NULL;
    size_t n_bytes;
    struct error error = {EXIT_BROKEN, "out of memory"};
    if (!file || file_take(file, 64 * 1024, &sql, &n_bytes, &error) != 0) {
        account_row(account, "tool", "sqlite3", "failed", "install the suite again", error.text);
    } else {
        const char *const argv[] = {path, "-bail", ":memory:", sql, NULL};
        if (account_ask(account, argv, "tool", "sqlite3", remedy, said))
            account_row(account, "tool", "sqlite3", "ok", "", "has the required functions");
    }
    free(sql);
    free(file);
}

static void tool_check(struct account *account, const struct tool *tool) {
    char path[4096], said[400], detail[1024];
    if (spawn_find(tool->name, path, sizeof path) != 0) {
        account_row(account, "tool", tool->name, "absent", tool->remedy, "not on PATH");
        return;
    }
    if (!tool->question) {
        account_row(account, "tool", tool->name, "ok", "", "found");
        return;
    }
    const char *const argv[] = {path, tool->question, NULL};
    if (!account_ask(account, argv, "tool", tool->name, tool->remedy, said))
        return;
    snprintf(detail, sizeof detail, "%.60s", said);
    account_row(account, "tool", tool->name, "ok", "", detail);
    if (strcmp(tool->name, "sqlite3") == 0)
        sqlite_check(account, path);
}

void doctor_tools(struct account *account) {
#ifdef __APPLE__
    const bool is_macos = true;
#else
    const bool is_macos = false;
#endif
    for (size_t i = 0; i < sizeof tools / sizeof *tools; i++)
        if (is_macos || !tools[i].macos_only)
            tool_check(account, &tools[i]);
}
