/* SPDX-License-Identifier: MIT
 *
 * The chips and systems that a rule was seen on, and the words that a user names them by.
 */
#include "mil/check/check.h"

#include <string.h>

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Whether `text` contains the word with no digit after it, ignoring blanks and case. */
static bool names(const char *text, const char *word, size_t bytes) {
    for (; *text; text++) {
        const char *p = text;
        size_t i = 0;
        while (i < bytes && *p) {
            if (*p == ' ') {
                p++;
                continue;
            }
            if (lower(*p) != lower(word[i]))
                break;
            i++, p++;
        }
        if (i == bytes && !is_digit(*p))
            return true;
    }
    return false;
}

/* "M1-M5" also names the chips between. */
static bool ranges(const char *text, const char *word, size_t bytes) {
    if (bytes != 2 || lower(word[0]) != 'm' || !is_digit(word[1]))
        return false;
    for (const char *p = text; (p = strchr(p, '-')) != NULL; p++)
        if (p - text >= 2 && p[-2] == 'M' && p[1] == 'M' && is_digit(p[-1]) && is_digit(p[2]) &&
            word[1] >= p[-1] && word[1] <= p[2])
            return true;
    return false;
}

static bool is_named(const struct mil_rule *rule, const char *word, size_t bytes) {
    return names(rule->seen_on, word, bytes) || ranges(rule->seen_on, word, bytes);
}

bool mil_rule_is_about(const struct mil_rule *rule, const char *word, size_t bytes) {
    return strstr(rule->seen_on, "every chip") || strstr(rule->seen_on, "not stated") ||
           is_named(rule, word, bytes);
}

const char *mil_limits_unknown(const char *limits, size_t *bytes) {
    for (; limits && *limits; limits += *bytes + (limits[*bytes] == ',')) {
        const struct mil_rule *rule;
        int i = 0;
        *bytes = strcspn(limits, ",");
        while ((rule = mil_rule_at(i)) != NULL && !is_named(rule, limits, *bytes))
            i++;
        if (!rule)
            return limits;
    }
    return NULL;
}

bool mil_rule_is_within(const struct mil_rule *rule, const char *limits) {
    while (limits && *limits) {
        size_t bytes = strcspn(limits, ",");
        if (bytes > 0 && !mil_rule_is_about(rule, limits, bytes))
            return false;
        limits += bytes + (limits[bytes] == ',');
    }
    return true;
}
