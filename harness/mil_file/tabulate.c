/* SPDX-License-Identifier: MIT
 *
 * What is said against a program, for other programs to read.
 */
#include "mil/check/check.h"
#include "mil_file/mil_file.h"

#include <stdlib.h>

static void place_put(struct table *table, const char *path, struct mil_place place) {
    table_put_text(table, path);
    table_put_count(table, place.line);
    table_put_count(table, place.column);
}

/* What no rule is about: `text` is what there is to say. */
static void said_put(struct table *table, const char *path, struct mil_place place,
    const char *severity, const char *text) {
    place_put(table, path, place);
    table_put_text(table, severity);
    table_put_empty(table);
    table_put_text(table, text);
    for (int i = 0; i < 4; i++)
        table_put_empty(table);
    table_end_row(table, &(const struct table_origin){.clock = NULL});
}

static int findings_put(
    struct table *table, const char *path, const struct mil_finding *findings, int n) {
    int status = EXIT_DONE;
    for (int i = 0; i < n; i++) {
        const bool is_error = findings[i].kind == MIL_FINDING_ERROR;
        said_put(table, path, findings[i].place, is_error ? "error" : "not known here",
            findings[i].text);
        if (is_error || status == EXIT_DONE)
            status = is_error ? EXIT_FAILED : EXIT_UNSUPPORTED;
    }
    return status;
}

static int complaints_put(
    struct table *table, const char *path, const struct mil_program *program, const char *limits) {
    int n, refused = 0;
    struct mil_complaint *complaints = mil_check(program, &n);
    if (n < 0)
        return -1;
    for (int i = 0; i < n; i++) {
        const struct mil_rule *rule = complaints[i].rule;
        if (!mil_rule_is_within(rule, limits))
            continue;
        place_put(table, path, complaints[i].place);
        table_put_text(table, mil_severity_name(rule->severity));
        table_put_text(table, rule->id);
        table_put_text(table, complaints[i].detail);
        table_put_text(table, rule->text);
        table_put_text(table, rule->seen_on);
        table_put_text(table, rule->source);
        table_put_text(table, rule->against);
        table_end_row(table, &(const struct table_origin){.clock = NULL});
        refused += rule->severity == MIL_REFUSED;
    }
    free(complaints);
    return refused;
}

int subject_tabulate(
    const struct mil_subject *subject, enum table_format format, struct error *error) {
    const char *path = subject->path;
    int refused = 0;
    struct table *table = table_new(&table_form_mil);
    if (!table)
        return error_set(error, EXIT_BROKEN, "out of memory");
    int status = findings_put(table, path, subject->findings, subject->n_findings);
    if (!subject->program) {
        said_put(table, path, subject->why.place, "error", subject->why.text);
        status = EXIT_FAILED;
    } else if ((refused = complaints_put(table, path, subject->program, subject->limits)) > 0) {
        status = EXIT_FAILED;
    }
    if (refused < 0)
        status = error_set(error, EXIT_BROKEN, "%s: out of memory while checking", path);
    else if (table_print(table, format, stdout, error) != 0)
        status = -1;
    table_free(table);
    return status;
}
