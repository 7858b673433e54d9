/* SPDX-License-Identifier: MIT
 *
 * A command line, described by a table: what reads it is also what prints its help, as text or as
 * rows from which pages and completions are made.
 *
 *     --name VALUE, --name=VALUE, --switch, -- (all that follows are operands), --help, -h
 *
 * Everything else is an operand, in any place. Mistakes are errors with the code EXIT_USAGE.
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
    OPTION_OTHER    /* as `take` has it */
};

struct option {
    const char *name;     /* "--seed" */
    const char *argument; /* "N"; NULL for a switch */
    const char *initial;  /* its default, for the help; NULL: none */
    const char *text;     /* one sentence without a full stop; NULL: not in the help */
    enum option_kind kind;
    size_t at, bytes; /* the field of the values; OPTION_FIELD gives both */
    uint64_t least, most;
    double low, high;
    const char *unlimited;    /* a word for no limit, stored as -1; NULL: there is none */
    const char *const *words; /* ends with NULL */
    /* Takes a value into the values; returns 0, or -1 and *error. */
    int (*take)(const struct option *option, const char *value, void *values, struct error *error);
    int scope; /* the program's own */
};
#define OPTION_FIELD(type, field) .at = offsetof(type, field), .bytes = sizeof(((type *)0)->field)

struct command_line {
    const char *name;  /* "aneprobe plan" */
    const char *usage; /* what follows the name, one form a line: "--chip CHIP [OPTION...]" */
    const char *text;  /* what it does; NULL: nothing more */
    const struct option *options;
    size_t n_options;
    int least_operands, most_operands; /* -1: any number */
    const char *operand;               /* what the first one is, when it is missing: "RUN" */
    const char *end;                   /* behind the options; NULL: nothing more */
};

enum options_answer {
    OPTIONS_READ,
    OPTIONS_WRONG,    /* *error says why */
    OPTIONS_WANT_HELP /* options_help() is to be printed */
};

/* argv[0] is skipped. Values go to the fields of `values`; given[i] (NULL: not wanted) tells whether
 * option i was there. The operands move to the front, argv[1] being the first; *n_operands (NULL:
 * none are taken) is their number. Help wins over mistakes that come after it. */
enum options_answer options_read(const struct command_line *line, int argc, char **argv,
    void *values, bool *given, int *n_operands, struct error *error);

/* One value, as options_read would take it. */
int option_take(const struct option *option, const char *value, void *values, struct error *error);
/* The value as text that option_take() would take, "" when it is none; not for OPTION_OTHER. */
void option_print(const struct option *option, const void *values, char *text, size_t bytes);
/* NULL when there is none of that name. */
const struct option *option_find(const struct command_line *line, const char *name);
/* Was the option of that name given? */
bool option_was_given(const struct command_line *line, const bool *given, const char *name);

/* Usage, text, options and end, wrapped. */
void options_help(const struct command_line *line, FILE *out);
/* The usage alone, for a command line that has nothing right. */
void options_usage(const struct command_line *line, FILE *out);

#endif
