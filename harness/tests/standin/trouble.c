/* SPDX-License-Identifier: MIT */
#include "trouble.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum action {
    ACTION_ABSENT,
    ACTION_RAISE,
    ACTION_HANG,
    ACTION_LATE,
    ACTION_CRASH,
    ACTION_KILL,
    ACTION_PLAN_CPU,
    ACTION_NIL,
    ACTION_KEYLESS,
    ACTIONS
};

static const char *const names[TROUBLES] = {"not-ready", "eval-0x1d", "outputs-by-name",
    "backings-refused", "load-11", "all-aborts", "no-engine", "amc-refused", "two-engines",
    "cores-of-both"};
static const char *const actions[ACTIONS] = {
    "absent=", "raise=", "hang=", "late=", "crash=", "kill=", "plan-cpu=", "nil=", "keyless="};

enum { TARGETS = 8, TARGET_BYTES = 160 };
static bool on[TROUBLES];
static struct {
    enum action action;
    char name[TARGET_BYTES];
} targets[TARGETS];
static int n_targets;

static bool word_take(const char *word, size_t length) {
    for (int i = 0; i < TROUBLES; i++)
        if (strlen(names[i]) == length && memcmp(names[i], word, length) == 0)
            return on[i] = true;
    for (int i = 0; i < ACTIONS; i++) {
        size_t prefix = strlen(actions[i]);
        if (length <= prefix || length - prefix >= TARGET_BYTES || n_targets == TARGETS ||
            memcmp(actions[i], word, prefix) != 0)
            continue;
        targets[n_targets].action = (enum action)i;
        snprintf(
            targets[n_targets].name, TARGET_BYTES, "%.*s", (int)(length - prefix), word + prefix);
        n_targets++;
        return true;
    }
    return false;
}

void trouble_open(void) {
    const char *word = getenv("ANEPROBE_STANDIN_TROUBLE");
    memset(on, 0, sizeof on);
    n_targets = 0;
    while (word && *word) {
        size_t length = strcspn(word, ",");
        if (!word_take(word, length)) {
            fprintf(stderr, "stand-in: ANEPROBE_STANDIN_TROUBLE: there is no trouble `%.*s`\n",
                (int)length, word);
            abort();
        }
        word += length + (word[length] == ',');
    }
}

bool trouble_is_on(enum trouble trouble) {
    return on[trouble];
}

static bool target_is(enum action action, const char *name) {
    for (int i = 0; i < n_targets; i++)
        if (targets[i].action == action && strcmp(targets[i].name, name) == 0)
            return true;
    return false;
}

bool trouble_plan_is_cpu(const char *output) {
    return target_is(ACTION_PLAN_CPU, output);
}

bool trouble_is_nil(const char *name) {
    return target_is(ACTION_NIL, name);
}

bool trouble_is_keyless(const char *key) {
    return target_is(ACTION_KEYLESS, key);
}

bool trouble_is_absent(const char *name) {
    return target_is(ACTION_ABSENT, name);
}

bool trouble_at_message(const char *selector) {
    while (target_is(ACTION_HANG, selector))
        pause();
    if (target_is(ACTION_LATE, selector)) {
        fflush(NULL);
        signal(SIGALRM, SIG_DFL);
        raise(SIGALRM);
    }
    if (target_is(ACTION_CRASH, selector))
        raise(SIGSEGV);
    if (target_is(ACTION_KILL, selector))
        raise(SIGKILL);
    return target_is(ACTION_RAISE, selector);
}
