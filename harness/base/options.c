/* SPDX-License-Identifier: MIT */
#include "base/options.h"

#include "base/number.h"
#include "base/suggest.h"

#include <inttypes.h>
#include <string.h>

/* ---- values ---------------------------------------------------------------------------------- */

static int refuse(
    const struct option *option, const char *takes, const char *value, struct error *error) {
    return error_set(
        error, EXIT_USAGE, "option '%s' takes %s, not '%.40s'", option->name, takes, value);
}

static int whole_take(
    const struct option *option, const char *value, void *field, struct error *error) {
    char takes[80];
    const uint64_t all = option->bytes == sizeof(uint64_t) ? UINT64_MAX : UINT32_MAX;
    const uint64_t most = option->most ? option->most : all;
    uint64_t number = UINT64_MAX;
    if ((option->unlimited && strcmp(value, option->unlimited) == 0) ||
        number_whole(value, option->least, most, &number)) {
        if (option->bytes == sizeof(uint64_t))
            *(uint64_t *)field = number;
        else
            *(unsigned *)field = (unsigned)number;
        return 0;
    }
    snprintf(takes, sizeof takes,
        most < all ? "a whole number from %" PRIu64 " to %" PRIu64 "%s%s" : "a whole number",
        option->least, most, option->unlimited ? ", or " : "",
        option->unlimited ? option->unlimited : "");
    return refuse(option, takes, value, error);
}

static int decimal_take(
    const struct option *option, const char *value, double *field, struct error *error) {
    char takes[80];
    double number;
    if (number_decimal(value, &number) && number >= option->low && number <= option->high) {
        *field = number;
        return 0;
    }
    snprintf(takes, sizeof takes, "a number from %g to %g", option->low, option->high);
    return refuse(option, takes, value, error);
}

/* "sync, double or reload" */
static void words_list(const char *const *words, char *text, size_t bytes) {
    size_t n = 0;
    for (size_t i = 0; words[i] && n < bytes; i++)
        n += (size_t)snprintf(text + n, bytes - n, "%s%s",
            i == 0         ? ""
            : words[i + 1] ? ", "
                           : " or ",
            words[i]);
}

static int choice_take(
    const struct option *option, const char *value, int *field, struct error *error) {
    char takes[200] = "";
    for (int i = 0; option->words[i]; i++)
        if (strcmp(option->words[i], value) == 0) {
            *field = i;
            return 0;
        }
    words_list(option->words, takes, sizeof takes);
    return refuse(option, takes, value, error);
}

int option_take(const struct option *option, const char *value, void *values, struct error *error) {
    void *field = (char *)values + option->at;
    switch (option->kind) {
    case OPTION_SWITCH:
        *(bool *)field = true;
        return 0;
    case OPTION_WORD:
    case OPTION_TEXT:
        if (value[0] == '\0')
            return error_set(
                error, EXIT_USAGE, "option '%s' needs a value, %s", option->name, option->argument);
        if (option->kind == OPTION_WORD) {
            *(const char **)field = value;
            return 0;
        }
        if (strlen(value) >= option->bytes)
            return error_set(error, EXIT_USAGE, "option '%s' takes at most %zu characters",
                option->name, option->bytes - 1);
        strcpy(field, value);
        return 0;
    case OPTION_WHOLE:
        return whole_take(option, value, field, error);
    case OPTION_DECIMAL:
        return decimal_take(option, value, field, error);
    case OPTION_CHOICE:
        return choice_take(option, value, field, error);
    case OPTION_OTHER:
        break;
    }
    return option->take(option, value, values, error);
}

void option_print(const struct option *option, const void *values, char *text, size_t bytes) {
    const void *field = (const char *)values + option->at;
    text[0] = '\0';
    switch (option->kind) {
    case OPTION_SWITCH:
        snprintf(text, bytes, "%s", *(const bool *)field ? "yes" : "");
        return;
    case OPTION_WORD:
        snprintf(text, bytes, "%s", *(const char *const *)field ? *(const char *const *)field : "");
        return;
    case OPTION_TEXT:
        snprintf(text, bytes, "%s", (const char *)field);
        return;
    case OPTION_WHOLE: {
        const bool is_wide = option->bytes == sizeof(uint64_t);
        const uint64_t number = is_wide ? *(const uint64_t *)field : *(const unsigned *)field;
        if (option->unlimited && number == (is_wide ? UINT64_MAX : UINT32_MAX))
            snprintf(text, bytes, "%s", option->unlimited);
        else
            snprintf(text, bytes, "%" PRIu64, number);
        return;
    }
    case OPTION_DECIMAL:
        snprintf(text, bytes, "%.17g", *(const double *)field);
        return;
    case OPTION_CHOICE:
        snprintf(text, bytes, "%s", option->words[*(const int *)field]);
        return;
    case OPTION_OTHER:
        return;
    }
}

/* ---- the command line ------------------------------------------------------------------------ */

static const struct option *option_of(
    const struct command_line *line, const char *name, size_t length) {
    for (size_t i = 0; i < line->n_options; i++)
        if (strlen(line->options[i].name) == length &&
            memcmp(line->options[i].name, name, length) == 0)
            return &line->options[i];
    return NULL;
}

const struct option *option_find(const struct command_line *line, const char *name) {
    return option_of(line, name, strlen(name));
}

bool option_was_given(const struct command_line *line, const bool *given, const char *name) {
    const struct option *option = option_find(line, name);
    return option && given[option - line->options];
}

static int unknown(const struct command_line *line, const char *word, struct error *error) {
    enum { MOST = 64 };
    const char *names[MOST];
    size_t n = 0;
    for (size_t i = 0; i < line->n_options && n < MOST; i++)
        if (line->options[i].text)
            names[n++] = line->options[i].name;
    const char *nearest = suggest_nearest(word, names, n);
    error_set(error, EXIT_USAGE, "unknown option '%.60s'", word);
    return nearest ? error_add(error, "; did you mean '%s'?", nearest)
                   : error_add(error, " ('%s --help' lists them)", line->name);
}

static int operands_check(
    const struct command_line *line, int n, char **argv, struct error *error) {
    if (n < line->least_operands)
        return error_set(
            error, EXIT_USAGE, "%s is missing ('%s --help' has more)", line->operand, line->name);
    if (line->most_operands >= 0 && n > line->most_operands)
        return error_set(error, EXIT_USAGE, "unexpected argument '%.60s' ('%s --help' has more)",
            argv[1 + line->most_operands], line->name);
    return 0;
}

/* The option at argv[*at], with its value. */
static int word_take(const struct command_line *line, int argc, char **argv, int *at, void *values,
    bool *given, struct error *error) {
    const char *word = argv[*at], *equals = strchr(word, '=');
    const char *value = equals ? equals + 1 : NULL;
    const struct option *option =
        option_of(line, word, equals ? (size_t)(equals - word) : strlen(word));
    if (!option)
        return unknown(line, word, error);
    if (option->kind == OPTION_SWITCH && equals)
        return error_set(error, EXIT_USAGE, "option '%s' takes no value", option->name);
    if (option->kind != OPTION_SWITCH && !equals && *at + 1 < argc)
        value = argv[++*at];
    if (option->kind != OPTION_SWITCH && !value)
        return error_set(
            error, EXIT_USAGE, "option '%s' needs a value, %s", option->name, option->argument);
    if (given)
        given[option - line->options] = true;
    return option_take(option, value, values, error);
}

enum options_answer options_read(const struct command_line *line, int argc, char **argv,
    void *values, bool *given, int *n_operands, struct error *error) {
    int n = 0;
    bool only_operands = false;
    for (int i = 1; i < argc; i++) {
        char *word = argv[i];
        if (only_operands || word[0] != '-' || word[1] == '\0')
            argv[1 + n++] = word;
        else if (strcmp(word, "--") == 0)
            only_operands = true;
        else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
            return OPTIONS_WANT_HELP;
        else if (word_take(line, argc, argv, &i, values, given, error) != 0)
            return OPTIONS_WRONG;
    }
    if (operands_check(line, n, argv, error) != 0)
        return OPTIONS_WRONG;
    if (n_operands)
        *n_operands = n;
    return OPTIONS_READ;
}

/* ---- help ------------------------------------------------------------------------------------ */

enum { WIDTH = 80, TEXT_COLUMN = 24 };

/* Wraps words from column `at` on, with later lines indented. Line ends in the text are kept. */
static void put_wrapped(const char *text, int at, int indent, FILE *out) {
    while (*text != '\0') {
        const int n = (int)strcspn(text, " \n");
        if (at > indent && at + 1 + n > WIDTH) {
            fprintf(out, "\n%*s", indent, "");
            at = indent;
        } else if (at > indent) {
            fputc(' ', out);
            at++;
        }
        fprintf(out, "%.*s", n, text);
        at += n;
        text += n;
        if (*text == '\n') {
            fprintf(out, "\n%*s", text[1] == '\n' || text[1] == '\0' ? 0 : indent, "");
            at = indent;
        }
        text += *text != '\0';
    }
    fputc('\n', out);
}

/* Bytes up to a space or line end that is not within brackets: they belong together. */
static int usage_part(const char *text) {
    int n = 0, depth = 0;
    for (; text[n] != '\0' && text[n] != '\n' && (depth > 0 || text[n] != ' '); n++)
        depth += (text[n] == '[') - (text[n] == ']');
    return n;
}

void options_usage(const struct command_line *line, FILE *out) {
    const char *text = line->usage;
    const char *head = "usage: ";
    do {
        const int indent = fprintf(out, "%s%s", head, line->name);
        int at = indent;
        while (*text != '\0' && *text != '\n') {
            const int n = usage_part(text);
            if (at > indent && at + 1 + n > WIDTH) {
                fprintf(out, "\n%*s", indent, "");
                at = indent;
            }
            at += fprintf(out, " %.*s", n, text);
            text += n + (text[n] == ' ');
        }
        fputc('\n', out);
        head = "       ";
        text += *text == '\n';
    } while (*text != '\0');
}

static void put_option(const struct option *option, FILE *out) {
    char text[600];
    int n = fprintf(out, "  %s%s%s", option->name, option->argument ? " " : "",
        option->argument ? option->argument : "");
    if (n + 2 > TEXT_COLUMN) {
        fputc('\n', out);
        n = 0;
    }
    fprintf(out, "%*s", TEXT_COLUMN - n, "");
    snprintf(text, sizeof text, option->initial ? "%s; default %s" : "%s", option->text,
        option->initial);
    put_wrapped(text, TEXT_COLUMN, TEXT_COLUMN, out);
}

void options_help(const struct command_line *line, FILE *out) {
    options_usage(line, out);
    if (line->text) {
        fputc('\n', out);
        put_wrapped(line->text, 0, 0, out);
    }
    bool any = false;
    for (size_t i = 0; i < line->n_options; i++) {
        if (!line->options[i].text)
            continue;
        if (!any)
            fputc('\n', out);
        any = true;
        put_option(&line->options[i], out);
    }
    if (line->end) {
        fputc('\n', out);
        put_wrapped(line->end, 0, 0, out);
    }
}
