/* SPDX-License-Identifier: MIT */
#include "mil/flexible.h"

#include <stdlib.h>
#include <string.h>

const char mil_flexible_name[] = "FlexibleShapeInformation";

/* Past the string that opens at `at`, which is a quote. */
static const char *string_end(const char *at) {
    for (at++; *at && *at != '"'; at++)
        at += *at == '\\' && at[1];
    return *at ? at + 1 : at;
}

static bool string_is(const char *at, const char *text) {
    const size_t bytes = strlen(text);
    return *at == '"' && strncmp(at + 1, text, bytes) == 0 && at[1 + bytes] == '"';
}

/* The next place where the string `text` follows a byte `after`; NULL: none before `end`, or before the
 * text's end. */
static const char *string_find(const char *at, const char *end, char after, const char *text) {
    char before = '\0';
    while (*at && (!end || at < end)) {
        if (*at != '"') {
            before = strchr(" \t\r\n", *at) ? before : *at;
            at++;
            continue;
        }
        if (before == after && string_is(at, text))
            return at;
        before = '"';
        at = string_end(at);
    }
    return NULL;
}

/* Where the parenthesis that `at` is within closes. */
static const char *section_end(const char *at) {
    for (int depth = 1; *at; at++) {
        if (*at == '"') {
            at = string_end(at) - 1;
            continue;
        }
        depth += (*at == '(') - (*at == ')');
        if (depth == 0)
            break;
    }
    return at;
}

/* The numbers of the list that comes after `at`, nested or not: true when there are `n`. */
static bool numbers_read(const char *at, const char *end, int n, int64_t *numbers) {
    int depth = 0, found = 0;
    at = memchr(at, '[', (size_t)(end - at));
    while (at && at < end) {
        if ((*at >= '0' && *at <= '9') || *at == '-') {
            char *after;
            const long long number = strtoll(at, &after, 10);
            if (after == at || found == n)
                return false;
            numbers[found++] = number;
            at = after;
            continue;
        }
        depth += (*at == '[') - (*at == ']');
        at++;
        if (depth == 0)
            break;
    }
    return found == n;
}

/* The attribute's text. */
static const char *text_of(const struct mil_function *function) {
    const char *text = NULL;
    for (int i = 0; i < function->n_attrs; i++)
        if (strcmp(function->attrs[i].name, mil_flexible_name) == 0)
            text = function->attrs[i].literal.string;
    return text;
}

/* Whether a list follows the string that opens at `at`: names of sets come before other things. */
static bool list_follows(const char *at) {
    at = string_end(at);
    at += strspn(at, " \t\r\n");
    at += *at == ',';
    return at[strspn(at, " \t\r\n")] == '[';
}

/* The numbers of the input's entry number `index` in a section. */
static bool section_read(const struct mil_function *function, const char *section,
    const char *input, int index, int n, int64_t *numbers) {
    const char *text = text_of(function);
    const char *at = text ? string_find(text, NULL, '(', section) : NULL;
    if (!at)
        return false;
    const char *begin = string_end(at), *end = section_end(begin);
    for (at = begin; (at = string_find(at, end, '{', input)) != NULL; at = string_end(at))
        if (list_follows(at) && index-- == 0)
            return numbers_read(string_end(at), end, n, numbers);
    return false;
}

bool mil_flexible_default(
    const struct mil_function *function, const char *input, int rank, int64_t *dims) {
    return section_read(function, "DefaultShapes", input, 0, rank, dims);
}

bool mil_flexible_range(
    const struct mil_function *function, const char *input, int rank, int64_t *low, int64_t *high) {
    int64_t numbers[2 * MIL_RANK_MAX];
    if (rank > MIL_RANK_MAX || !section_read(function, "RangeDims", input, 0, 2 * rank, numbers))
        return false;
    for (int i = 0; i < rank; i++) {
        low[i] = numbers[2 * i];
        high[i] = numbers[2 * i + 1];
    }
    return true;
}

bool mil_flexible_shape(
    const struct mil_function *function, const char *input, int rank, int index, int64_t *dims) {
    return section_read(function, "EnumeratedShapes", input, index, rank, dims);
}
