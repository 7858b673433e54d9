/* SPDX-License-Identifier: MIT
 *
 * A command line described by a table, which is used both to parse it and to print its help, as
 * text or as rows from which manual pages and completions are made.
 *
 *     --name VALUE, --name=VALUE, --switch, -- (everything after it is an operand), --help, -h
 *
 * Everything else is an operand, at any position. Mistakes are errors with the code EXIT_USAGE.
 */
#ifndef ANEPROBE_BASE_OPTIONS_H
#define ANEPROBE_BASE_OPTIONS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum option_kind {
    OPTION_SWITCH,  /* bool */
    OPTION_WORD,    /* const char *, the argument itself */
    OPTION_TEXT,    /* an array of char */
    OPTION_WHOLE,   /* int, unsigned, int64_t or uint64_t; least..most */
    OPTION_DECIMAL, /* double; low..high */
    OPTION_CHOICE,  /* int or an enum: the place in `words` */
    OPTION_OTHER    /* handled by `take` */
};

struct option {
    const char *name;     /* "--seed" */
    const char *argument; /* "N"; NULL for a switch */
    const char *initial;  /* its default, for the help; NULL: no default */
    const char *text;     /* one sentence without a full stop; NULL: not in the help */
    enum option_kind kind;
    size_t at, bytes; /* the field in the values struct; OPTION_FIELD gives both */
    uint64_t least, most;
    double low, high;
    const char *unlimited;    /* a word for "no limit", stored as -1; NULL: none */
    const char *const *words; /* ends with NULL */
    /* Stores a value in the values struct; returns 0, or -1 and *error. */
    int (*take)(const struct option *option, const char *value, void *values, struct error *error);
    int scope; /* for the program */
};
#define OPTION_FIELD(type, field) .at = offsetof(type, field), .bytes = sizeof(((type *)0)->field)

struct command_line {
    const char *name;  /* "aneprobe plan" */
    const char *usage; /* what follows the name, one form per line: "--chip CHIP [OPTION...]" */
    const char *text;  /* what it does; NULL: nothing more */
    const struct option *options;
    size_t n_options;
    int least_operands, most_operands; /* -1: any number */
    const char *operand;               /* the name of the first one, for errors: "RUN" */
    const char *end;                   /* after the options; NULL: nothing more */
};

enum options_answer {
    OPTIONS_READ,
    OPTIONS_WRONG,    /* *error says why */
    OPTIONS_WANT_HELP /* print options_help() */
};

/* argv[0] is skipped. Values go to the fields of `values`; given[i] (given may be NULL) tells
 * whether option i was given. The operands move to the front, starting at argv[1]; *n_operands
 * (NULL: no operands allowed) is their number. --help takes precedence over mistakes after it. */
enum options_answer options_read(const struct command_line *line, int argc, char **argv,
    void *values, bool *given, int *n_operands, struct error *error);

/* Parses one value, like options_read. */
int option_take(const struct option *option, const char *value, void *values, struct error *error);
/* The value as text that option_take() accepts, "" when there is none; not for OPTION_OTHER. */
void option_print(const struct option *option, const void *values, char *text, size_t bytes);
/* NULL when there is no option with that name. */
const struct option *option_find(const struct command_line *line, const char *name);
/* Whether the option with that name was given. */
bool option_was_given(const struct command_line *line, const bool *given, const char *name);

/* Usage, text, options and end, wrapped. */
void options_help(const struct command_line *line, FILE *out);
/* Only the usage, for a command line that is wrong altogether. */
void options_usage(const struct command_line *line, FILE *out);

#endif
