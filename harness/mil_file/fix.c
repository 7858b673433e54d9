/* SPDX-License-Identifier: MIT
 *
 * --fix: the rewritten program, checked and shown.
 */
#include "mil/check/check.h"
#include "mil/type.h"
#include "mil_file/mil_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Inputs and outputs that are elsewhere, or of another size. */
static void slots_say(
    const struct mil_subject *subject, const struct mil_fixed *fixed, int number) {
    const struct mil_function *f = &subject->program->functions[number];
    char was[MIL_TYPE_TEXT_MAX], is[MIL_TYPE_TEXT_MAX];
    for (int i = 0; i < f->n_inputs + f->n_outputs; i++) {
        const struct mil_fixed_slot *slot = &fixed->slots[number][i];
        const bool is_input = i < f->n_inputs;
        const int at = is_input ? i : i - f->n_inputs;
        const struct mil_value *value =
            &f->values[is_input ? slot->before : f->outputs[slot->before]];
        const char *what = is_input ? "input" : "output";
        if (slot->before != at)
            printf("%s: '%s': %s %s is number %d, was %d\n", subject->path, f->name, what,
                value->name, at, slot->before);
        if (mil_type_equal(&slot->type, value->type))
            continue;
        printf("%s: '%s': %s %s is %s, was %s", subject->path, f->name, what, value->name,
            mil_type_format(is, &slot->type), mil_type_format(was, value->type));
        if (mil_type_elements(&slot->type) == mil_type_elements(value->type))
            printf(": the same elements\n");
        else
            printf(": its elements are the first [%" PRId64 ", %" PRId64 ", %" PRId64 ", %" PRId64
                   "]; the others %s\n",
                slot->block[0], slot->block[1], slot->block[2], slot->block[3],
                is_input ? "are ignored" : "have no meaning");
    }
}

/* How many complaints there are of each rule, per program. */
static int rules_count(
    const struct mil_program *program, const char *limits, int *counts, bool *refused) {
    int n;
    struct mil_complaint *complaints = mil_check(program, &n);
    for (int i = 0; i < n; i++)
        for (int r = 0; mil_rule_at(r); r++)
            if (complaints[i].rule == mil_rule_at(r) &&
                mil_rule_is_within(mil_rule_at(r), limits)) {
                counts[r]++;
                *refused = *refused || mil_rule_at(r)->severity == MIL_REFUSED;
            }
    free(complaints);
    return n;
}

/* The rules that still complain, with what to do; and whether one refuses. */
static int left_say(const struct mil_subject *subject, const struct mil_fixed *fixed, bool *refused,
    struct error *error) {
    int n_rules = 0;
    bool ignored = false;
    while (mil_rule_at(n_rules))
        n_rules++;
    int *before = calloc((size_t)n_rules, sizeof *before),
        *after = calloc((size_t)n_rules, sizeof *after);
    bool failed = !before || !after ||
                  rules_count(subject->program, subject->limits, before, &ignored) < 0 ||
                  rules_count(fixed->program, subject->limits, after, refused) < 0;
    for (int r = 0; r < n_rules && !failed; r++)
        if (after[r] > 0)
            printf("%s: %s: %s, %d time%s, before %d: %s\n", subject->path,
                after[r] > before[r] ? "more" : "left", mil_rule_at(r)->id, after[r],
                after[r] > 1 ? "s" : "", before[r], mil_rule_at(r)->text);
    free(before);
    free(after);
    return failed ? error_set(error, EXIT_BROKEN, "%s: out of memory", subject->path) : 0;
}

int subject_fix(struct mil_subject *subject, struct mil_fixed *fixed, struct error *error) {
    struct mil_error why;
    bool refused = false;
    int n = 0;
    if (mil_fix(subject->program, &subject->package->weights, subject->limits, fixed, &why) < 0)
        return error_set(error, EXIT_BROKEN, "%s: cannot rewrite: %s", subject->path, why.text);
    const int differs =
        mil_fixed_check(subject->program, &subject->package->weights, fixed, 1, &why);
    if (differs != 0)
        return error_set(
            error, differs < 0 ? EXIT_BROKEN : EXIT_UNSUPPORTED, "%s: %s", subject->path, why.text);
    for (int i = 0; i < MIL_FIX_KINDS; i++)
        if (fixed->counts[i] > 0) {
            printf("%s: rewritten: %s, %d\n", subject->path, mil_fix_kind_at(i)->text,
                fixed->counts[i]);
            n++;
        }
    for (int i = 0; i < fixed->n_functions; i++)
        slots_say(subject, fixed, i);
    if (left_say(subject, fixed, &refused, error) < 0)
        return -1;
    if (n == 0)
        printf("%s: nothing to rewrite\n", subject->path);
    char *before = mil_print(subject->program, NULL);
    int failed = before ? difference_print(before, fixed->text, error)
                        : error_set(error, EXIT_BROKEN, "out of memory");
    free(before);
    if (failed)
        return -1;
    for (int i = 0; i < subject->n_findings; i++)
        if (subject->findings[i].kind == MIL_FINDING_UNKNOWN && !refused)
            return EXIT_UNSUPPORTED;
    return refused ? EXIT_FAILED : EXIT_DONE;
}
