/* SPDX-License-Identifier: MIT
 *
 * The results of judging: the words for verdicts, the tables that `--judge` prints, and TAP.
 */
#ifndef ANEPROBE_RECORD_VERDICT_H
#define ANEPROBE_RECORD_VERDICT_H

#include "base/error.h"
#include "record/looks.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum verdict {
    VERDICT_REPRODUCED,
    VERDICT_CONTRADICTED,
    VERDICT_INCONCLUSIVE,
    VERDICT_UNSUPPORTED,
    VERDICT_UNTRUSTED,
    VERDICTS
};
const char *verdict_name(enum verdict verdict);
/* VERDICTS when the word is not one of them. */
enum verdict verdict_find(const char *word);

/* The answer to `--judge` on stdout: summary.csv, then verdicts.csv, then with `--looks` what the look came
 * to, each with its head. */
struct judged {
    const char *summary, *verdicts; /* the rows, without the heads */
    size_t summary_bytes, verdicts_bytes;
    struct look_result look;
};
/* Finds all parts in the answer. -1 and *error when it is incomplete, or lacks the requested look.
 */
int judged_split(
    const char *answer, size_t n_bytes, bool with_look, struct judged *out, struct error *error);

/* TAP 13. Contradicted is not a failure of this suite, so it is an expected `not ok`; inconclusive
 * and unsupported are skipped; untrusted fails, and so does a word that is not a verdict. */
void tap_verdict(
    FILE *out, size_t number, const char *finding, const char *verdict, const char *reason);
/* A text inside a TAP line, which ends at the newline and whose directive begins with #. */
void tap_text(FILE *out, const char *text);

#endif
