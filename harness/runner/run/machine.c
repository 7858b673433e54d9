/* SPDX-License-Identifier: MIT */
#include "runner/run/machine.h"
#include "runner/config.h"
#include "runner/run/machine_state.h"
#include "base/conditions.h"
#include "base/place.h"
#include "base/spawn.h"
#include "base/suite.h"
#include "runner/run/text.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int machine_ask(const char *device, struct csv_table **machine, struct error *error) {
    *machine = NULL;
    char *tool = place_program("harness/device/aneprobe-devices");
    if (tool == NULL)
        return error_set(error, EXIT_BROKEN, "out of memory");
    const char *argv[] = {tool, "--csv", device, NULL};
    char *text = NULL;
    size_t n_bytes;
    int failed = spawn_capture(argv, &text, &n_bytes, error);
    if (failed) {
        if (error->code == EXIT_USAGE || error->code == EXIT_UNSUPPORTED)
            error_set(error, error->code,
                "the device '%s' cannot be used; 'aneprobe devices' lists those that can", device);
    } else if (csv_table_parse(tool, text, n_bytes, machine, error) != 0) {
        failed = error_prefix(error, "cannot parse its output: ");
    } else if (csv_column(*machine, "key") < 0 || csv_column(*machine, "value") < 0) {
        failed = error_set(error, EXIT_BROKEN, "the output of '%s --csv' is not key,value", tool);
        csv_table_free(*machine);
        *machine = NULL;
    }
    free(text);
    free(tool);
    return failed;
}

const char *machine_value(const struct csv_table *machine, const char *key) {
    int key_column = csv_column(machine, "key");
    for (size_t i = 0; i < csv_rows(machine); i++)
        if (strcmp(csv_text(machine, i, key_column), key) == 0)
            return csv_cell(machine, i, "value");
    return "";
}

/* `when` is "before" or "after". */
static void put_state(struct text *text, const char *when) {
    char value[64], key[40];
    struct conditions conditions;
    conditions_read(&conditions);
    const char *const rows[][2] = {{"thermal", conditions.thermal},
        {"power_source", conditions.source}, {"power_mode", conditions.mode}};
    snprintf(key, sizeof key, "load_%s", when);
    if (machine_state_load(value))
        text_row(text, key, value, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        snprintf(key, sizeof key, "%s_%s", rows[i][0], when);
        text_row(text, key, rows[i][1], NULL);
    }
}

extern char **environ;

/* Trials inherit the user's environment, for where libraries are. These variables change how fast a process is, or
 * what code it runs. A value that holds a path, which may name a person, is left out. */
static void put_environment(struct text *text) {
    static const char *const known[] = {"LD_", "DYLD_", "MALLOC_", "Malloc", "GLIBC_TUNABLES",
        "OPENBLAS_", "OMP_", "GOTO_NUM_THREADS"};
    char value[400] = "";
    size_t used = 0;
    for (char **one = environ; one && *one; one++)
        for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
            const char *equals = strchr(*one, '=');
            if (!equals || strncmp(*one, known[i], strlen(known[i])) != 0)
                continue;
            const int n = strchr(equals, '/') ? (int)(equals - *one) : (int)strlen(*one);
            if (used + (size_t)n + 2 <= sizeof value)
                used += (size_t)snprintf(
                    value + used, sizeof value - used, "%s%.*s", used > 0 ? " " : "", n, *one);
        }
    if (used > 0)
        text_row(text, "environment", value, NULL);
}

static bool ends_with(const char *text, const char *end) {
    size_t n = strlen(text), n_end = strlen(end);
    return n >= n_end && strcmp(text + n - n_end, end) == 0;
}

static void copy_rows(struct text *text, const struct csv_table *machine) {
    int key = csv_column(machine, "key"), value = csv_column(machine, "value");
    text_row(text, "key", "value", NULL);
    for (size_t i = 0; i < csv_rows(machine); i++)
        if (!ends_with(csv_text(machine, i, key), "_after"))
            text_row(text, csv_text(machine, i, key), csv_text(machine, i, value), NULL);
}

int machine_write(const struct csv_table *machine, const char *path, struct error *error) {
    struct text text;
    if (text_open(&text, error) != 0)
        return -1;
    copy_rows(&text, machine);
    text_row(&text, "commit", suite_commit(), NULL);
    text_row(&text, "suite_compiler", CONFIG_COMPILER, NULL);
    put_environment(&text);
    put_state(&text, "before");
    return text_save(&text, path, error);
}

int machine_write_after(const char *path, struct error *error) {
    struct csv_table *machine = NULL;
    if (csv_table_read(path, &machine, error) != 0)
        return -1;
    struct text text;
    int failed = text_open(&text, error);
    if (!failed) {
        copy_rows(&text, machine);
        put_state(&text, "after");
        failed = text_save(&text, path, error);
    }
    csv_table_free(machine);
    return failed;
}

/* Words that say nothing about which chip it is. */
static bool word_is_noise(const char *word, size_t n) {
    static const char *const noise[] = {"cpu", "processor", "core", "with", "r", "tm", "unknown"};
    for (size_t i = 0; i < sizeof noise / sizeof *noise; i++)
        if (strlen(noise[i]) == n && strncmp(noise[i], word, n) == 0)
            return true;
    return n > 5 && strncmp(word + n - 5, "-core", 5) == 0;
}

static size_t add_words(char *label, size_t used, const char *text, int most) {
    for (int words = 0; *text != '\0' && *text != '@' && words < most;) {
        char word[32];
        size_t n = 0;
        bool begins = isalnum((unsigned char)*text);
        for (; begins && (isalnum((unsigned char)*text) || *text == '-' || *text == '.'); text++)
            if (n + 1 < sizeof word)
                word[n++] = (char)tolower((unsigned char)*text);
        if (n == 0) {
            text++;
            continue;
        }
        if (word_is_noise(word, n) || used + n + 2 > 64)
            continue;
        if (used > 0)
            label[used++] = '-';
        memcpy(label + used, word, n);
        used += n;
        words++;
    }
    label[used] = '\0';
    return used;
}

void machine_label(const char *kind, const char *chip, const char *system, char label[64]) {
    size_t used = 0;
    label[0] = '\0';
    const bool is_simulated = strcmp(kind, "sim") == 0;
    if (is_simulated)
        used = add_words(label, used, kind, 1);
    used = add_words(label, used, chip, 4);
    if (!is_simulated)
        add_words(label, used, strcmp(system, "Darwin") == 0 ? "macOS" : system, 1);
}
