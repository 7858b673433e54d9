/* SPDX-License-Identifier: MIT */
#include "experiment/child.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static int discard(void *context, const char *bytes, size_t n) {
    (void)context;
    (void)bytes;
    (void)n;
    return 0;
}

/* Opening a simulated device is a new process of the simulated engine. */
static enum exit_code apart_on_sim(
    const struct trial_origin *origin, const struct trial_place *place, char *reason, size_t size) {
    char *bytes = NULL;
    size_t n_bytes = 0;
    FILE *out = open_memstream(&bytes, &n_bytes);
    if (!out) {
        snprintf(reason, size, "out of memory");
        return EXIT_BROKEN;
    }
    enum exit_code code = trial_run(origin->experiment, origin->options, place, out, reason, size);
    fclose(out);
    free(bytes);
    return code;
}

/* The place of a trial of another arm, for this trial's block; -1 with the reason given. */
static int place_make(struct trial *t, const char *arm, uint64_t value, struct trial_place *place) {
    const struct trial_origin *origin = trial_origin(t);
    *place = *origin->place;
    place->arm = NULL;
    place->value = value;
    for (size_t i = 0; i < origin->experiment->n_arms; i++)
        if (strcmp(origin->experiment->arms[i].name, arm) == 0)
            place->arm = &origin->experiment->arms[i];
    return place->arm ? 0 : trial_break(t, "%s has no arm '%s'", origin->experiment->name, arm);
}

static int end_break(struct trial *t, const char *arm, const char *reason) {
    return trial_break(
        t, "the other process (%s) did not complete%s%s", arm, *reason ? ": " : "", reason);
}

int trial_apart(struct trial *t, const char *arm) {
    const struct trial_origin *origin = trial_origin(t);
    struct trial_place place;
    char reason[700] = "";
    if (place_make(t, arm, 0, &place) != 0)
        return -1;
    const enum exit_code code = strncmp(origin->options->device, "sim:", 4) == 0
                                    ? apart_on_sim(origin, &place, reason, sizeof reason)
                                    : child_run(origin->options->program, origin->options, &place,
                                          discard, NULL, reason, sizeof reason);
    return code == EXIT_DONE ? 0 : end_break(t, arm, reason);
}

struct written {
    char *bytes;
    size_t n;
};

static int keep(void *context, const char *bytes, size_t n) {
    struct written *w = context;
    char *more = realloc(w->bytes, w->n + n + 1);
    if (!more)
        return -1;
    memcpy(more + w->n, bytes, n);
    w->bytes = more;
    w->n += n;
    return 0;
}

/* The whole lines of what a process wrote before it ended. */
static struct csv_table *rows_read(const struct written *w) {
    struct csv_table *rows = NULL;
    struct error ignored;
    size_t n = w->n;
    while (n > 0 && w->bytes[n - 1] != '\n')
        n--;
    if (n == 0 || csv_table_parse("samples", w->bytes, n, &rows, &ignored) != 0)
        return NULL;
    return rows;
}

/* Also a simulated engine's is a process of its own, since it may crash as well. */
int trial_apart_try(
    struct trial *t, const char *arm, uint64_t value, unsigned limit_s, struct trial_apart *out) {
    const struct trial_origin *origin = trial_origin(t);
    struct trial_place place;
    struct spawn_result result;
    struct written written = {NULL, 0};
    *out = (struct trial_apart){.end = TRIAL_APART_DONE};
    trial_rows_flushed(t);
    if (place_make(t, arm, value, &place) != 0)
        return -1;
    int failed = child_start(origin->options->program, origin->options, &place, limit_s, keep,
        &written, &result, out->reason, sizeof out->reason);
    /* In virtual time the host's says nothing: a simulated call that does not return ends by SIGALRM. */
    const bool late = !failed && result.end == SPAWN_ENDED && result.signal == SIGALRM;
    if (!failed && (late || (result.end == SPAWN_TIME_LIMIT && !device_is_virtual(t->device))))
        out->end = TRIAL_APART_TIMEOUT;
    else if (!failed && result.end == SPAWN_ENDED && result.signal != 0)
        out->end = TRIAL_APART_CRASHED;
    else
        failed = failed || result.end != SPAWN_ENDED || result.exit_code != EXIT_DONE;
    if (late)
        snprintf(out->reason, sizeof out->reason, "it exceeded its limit of %u s", limit_s);
    out->rows = rows_read(&written);
    free(written.bytes);
    if (!failed)
        return 0;
    csv_table_free(out->rows);
    out->rows = NULL;
    return end_break(t, arm, out->reason);
}

/* ---- a process beside this trial */

struct trial_beside {
    struct trial_place place;
    struct child_words words;
    struct written written;
    struct spawn_sink out;
    struct spawn *spawn;
};

int trial_beside_start(
    struct trial *t, const char *arm, uint64_t value, struct trial_beside **out) {
    const struct trial_origin *origin = trial_origin(t);
    struct trial_beside *b = *out = calloc(1, sizeof *b);
    char reason[700];
    struct error error;
    int failed = b ? place_make(t, arm, value, &b->place) : trial_break(t, "out of memory");
    if (!failed && child_words_make(origin->options, &b->place, &b->words, reason, sizeof reason))
        failed = end_break(t, arm, reason);
    if (!failed) {
        b->out = (struct spawn_sink){.limit = SIZE_MAX, .take = keep, .context = &b->written};
        const struct spawn_program child = {.argv = b->words.words.argv,
            .limits = {.time_ms = (uint64_t)b->place.arm->limit_s * 1000,
                .grace_ms = CHILD_GRACE_MS},
            .out = &b->out};
        if (spawn_begin(&b->spawn, &child, &error) != 0)
            failed = end_break(t, arm, error.text);
    }
    if (failed) {
        free(b);
        *out = NULL;
    }
    return failed;
}

/* Its header and a row have come. */
static bool has_row(const struct written *w) {
    const char *header = w->n ? memchr(w->bytes, '\n', w->n) : NULL;
    return header && memchr(header + 1, '\n', (size_t)(w->bytes + w->n - header - 1));
}

void trial_beside_ready(struct trial_beside *b) {
    enum { LOOK_MS = 5 };
    while (!has_row(&b->written) && !spawn_poll(b->spawn, LOOK_MS))
        continue;
}

int trial_beside_end(struct trial *t, struct trial_beside *b, struct csv_table **rows) {
    struct spawn_result result;
    struct error error;
    const char *reason = "";
    int failed = spawn_end(b->spawn, &result, &error);
    *rows = NULL;
    if (failed)
        reason = error.text;
    else if (result.end == SPAWN_NOT_STARTED)
        reason = strerror(result.start_errno);
    else if (result.end == SPAWN_TIME_LIMIT)
        reason = "it exceeded its limit and was killed";
    else if (result.signal)
        reason = strsignal(result.signal);
    if (failed || result.end != SPAWN_ENDED || result.exit_code != EXIT_DONE)
        failed = end_break(t, b->place.arm->name, reason);
    else if (!(*rows = rows_read(&b->written)))
        failed = trial_break(t, "the other process (%s) wrote no rows", b->place.arm->name);
    free(b->written.bytes);
    free(b);
    return failed;
}

uint64_t trial_shared_seed(struct trial *t) {
    const struct trial_origin *origin = trial_origin(t);
    return trial_seed(origin->options->seed, "", origin->place->block);
}
