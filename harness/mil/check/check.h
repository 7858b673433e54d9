/* SPDX-License-Identifier: MIT
 *
 * What the engine's compiler is known to refuse, or to accept and get wrong, as far as the text
 * shows it. Each rule has an id, a severity, its source, and the chips and OS it was seen on.
 */
#ifndef ANEPROBE_MIL_CHECK_CHECK_H
#define ANEPROBE_MIL_CHECK_CHECK_H

#include "mil/mil.h"

enum mil_severity {
    MIL_NOTE,    /* worth knowing */
    MIL_WARNING, /* goes wrong on some chips, or with some data */
    MIL_REFUSED  /* refused, or accepted and wrong: do not send it */
};
const char *mil_severity_name(enum mil_severity severity); /* "note", "warning", "refused" */

struct mil_rule {
    const char *id; /* "tile-poisons-process" */
    enum mil_severity severity;
    const char *text;   /* what is wrong and what to use instead */
    const char *source; /* who published it */
    const char *seen_on;
    const char *against; /* who published otherwise, and what; NULL when nobody has */
};

struct mil_complaint {
    const struct mil_rule *rule;
    struct mil_place place;
    const char *detail; /* the op or value it is about; in the array's memory */
};

/* Whether the rule was seen on the chip or system that `word` names ("m4", "macos27"), or on every
 * chip. */
bool mil_rule_is_about(const struct mil_rule *rule, const char *word, size_t bytes);
/* Whether it was on every word of "m4,macos27"; true for NULL. */
bool mil_rule_is_within(const struct mil_rule *rule, const char *limits);

/* The first word of "m4,macos27" that no rule names, its length in *bytes; NULL when there is none. */
const char *mil_limits_unknown(const char *limits, size_t *bytes);

/* Rule number i; NULL past the last. */
const struct mil_rule *mil_rule_at(int index);

/* All complaints, in order of place: an array to free(), its length in *n. NULL with *n = 0 when
 * there are none, with *n = -1 when out of memory. */
struct mil_complaint *mil_check(const struct mil_program *program, int *n);

#endif
