/* SPDX-License-Identifier: MIT */
#include "experiment/trial.h"

#include "experiment/origin.h"
#include "measure/random.h"
#include "record/disturbed.h"
#include "record/sample.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct cell {
    enum { CELL_EMPTY, CELL_TEXT, CELL_NUMBER, CELL_COUNT } kind;
    char *text;
    double number;
    uint64_t count;
};

struct trial_state {
    struct trial_origin origin;
    struct csv_writer out;
    struct cell *cells; /* one per column of the experiment: the current row */
    uint64_t n_rows;
    uint64_t random;
    struct origin programs;
    bool has_way; /* then the machine was looked at by the way */
    struct disturbance_reading way_before, way_after;
    enum exit_code code; /* the first thing that went wrong, and why */
    char reason[600];
};

/* The first reason counts: later ones are its consequences. */
static void state_fail(struct trial_state *s, enum exit_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void state_fail(struct trial_state *s, enum exit_code code, const char *format, ...) {
    if (s->code != EXIT_DONE)
        return;
    s->code = code;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(s->reason, sizeof s->reason, format, arguments);
    va_end(arguments);
}

static struct cell *cell_find(struct trial *t, const char *column) {
    struct trial_state *s = t->state;
    for (size_t i = 0; i < s->origin.experiment->n_columns; i++)
        if (strcmp(s->origin.experiment->columns[i].name, column) == 0) {
            free(s->cells[i].text);
            s->cells[i] = (struct cell){.kind = CELL_EMPTY};
            return &s->cells[i];
        }
    state_fail(s, EXIT_BROKEN, "%s wrote a column '%s' that it does not declare",
        s->origin.experiment->name, column);
    return NULL;
}

void trial_program(struct trial *t, const char *text, size_t bytes) {
    if (t->state)
        origin_add(&t->state->programs, text, bytes);
}

void trial_text(struct trial *t, const char *column, const char *value) {
    struct cell *cell = cell_find(t, column);
    if (!cell || !value)
        return;
    cell->text = strdup(value);
    cell->kind = CELL_TEXT;
    if (!cell->text)
        state_fail(t->state, EXIT_BROKEN, "out of memory while writing a row");
}

void trial_number(struct trial *t, const char *column, double value) {
    struct cell *cell = cell_find(t, column);
    if (!cell)
        return;
    cell->kind = CELL_NUMBER;
    cell->number = value;
}

void trial_u64(struct trial *t, const char *column, uint64_t value) {
    struct cell *cell = cell_find(t, column);
    if (!cell)
        return;
    cell->kind = CELL_COUNT;
    cell->count = value;
}

static void row_end(struct trial_state *s) {
    if (csv_end_row(&s->out) != 0)
        state_fail(s, EXIT_BROKEN,
            "cannot write the samples: %s; free some space or give --csv another path",
            strerror(errno));
}

static void number_put(struct trial_state *s, size_t column) {
    double value = s->cells[column].number;
    if (!isfinite(value))
        state_fail(s, EXIT_BROKEN, "%s computed a '%s' that is not a finite number",
            s->origin.experiment->name, s->origin.experiment->columns[column].name);
    csv_put_number(&s->out, value);
}

/* On one line, so that each row is a line and a crash loses at most one. */
static void reason_put(struct trial_state *s, const char *reason) {
    char line[800];
    snprintf(line, sizeof line, "%s", reason ? reason : "");
    for (char *c = line; *c; c++)
        if (*c == '\n' || *c == '\r')
            *c = ' ';
    csv_put_text(&s->out, line);
}

/* `disturbance` is an end row's. */
static void row_put(struct trial *t, enum sample_status status, bool values, const char *reason,
    const struct disturbance *disturbance) {
    struct trial_state *s = t->state;
    csv_put_u64(&s->out, s->origin.place->job);
    csv_put_text(&s->out, t->device->name);
    csv_put_text(&s->out, device_clock(t->device));
    csv_put_text(&s->out, s->origin.place->arm->name);
    csv_put_u64(&s->out, s->origin.place->block);
    for (size_t i = 0; i < s->origin.experiment->n_columns; i++) {
        struct cell *cell = &s->cells[i];
        if (cell->kind == CELL_TEXT)
            csv_put_text(&s->out, cell->text);
        else if (!values && s->origin.experiment->columns[i].kind == EXPERIMENT_NUMBER)
            csv_put_empty(&s->out);
        else if (cell->kind == CELL_NUMBER)
            number_put(s, i);
        else if (cell->kind == CELL_COUNT)
            csv_put_u64(&s->out, cell->count);
        else
            csv_put_empty(&s->out);
        free(cell->text);
        *cell = (struct cell){.kind = CELL_EMPTY};
    }
    csv_put_text(&s->out, sample_status_name(status));
    reason_put(s, reason);
    disturbed_put(&s->out, disturbance);
    row_end(s);
}

void trial_row(struct trial *t, enum sample_status status, const char *reason) {
    row_put(t, status, status == SAMPLE_OK, reason, NULL);
    t->state->n_rows++;
}

static void error_text(const struct device_error *error, char *text, size_t size) {
    char code[96] = "";
    if (error->code != 0 || error->domain[0])
        snprintf(code, sizeof code, " (%s %d)", error->domain, error->code);
    snprintf(text, size, "%s: %s%s", error->stage, error->text, code);
}

void trial_row_error(struct trial *t, const struct device_error *error) {
    char text[sizeof error->text + 192];
    error_text(error, text, sizeof text);
    trial_row(t, error->status == DEVICE_UNSUPPORTED ? SAMPLE_UNSUPPORTED : SAMPLE_FAILED, text);
}

int trial_break(struct trial *t, const char *format, ...) {
    char text[sizeof t->state->reason];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    state_fail(t->state, EXIT_BROKEN, "%s", text);
    return -1;
}

int trial_break_error(struct trial *t, const struct device_error *error) {
    char text[sizeof error->text + 192];
    error_text(error, text, sizeof text);
    state_fail(t->state, device_error_code(error), "%s", text);
    return -1;
}

const struct trial_origin *trial_origin(const struct trial *t) {
    return &t->state->origin;
}

void trial_rows_flushed(struct trial *t) {
    t->state->out.buffered = false;
}

enum device_status trial_way_open(
    struct trial *t, enum device_way way, struct trial *machine, struct device_error *error) {
    *machine = *t;
    enum device_status status = device_way_open(
        t->device, way, t->seed ^ t->state->origin.place->asked_before, &machine->device, error);
    t->state->has_way = status == DEVICE_OK;
    if (status == DEVICE_OK)
        device_disturbance_read(machine->device, &t->state->way_before);
    return status;
}

void trial_way_close(struct trial *t, struct trial *machine) {
    if (!machine->device)
        return;
    device_disturbance_read(machine->device, &t->state->way_after);
    device_close(machine->device);
}

uint64_t trial_random(struct trial *t) {
    return random_next(&t->state->random);
}

void trial_shuffle(struct trial *t, unsigned *order, unsigned n) {
    for (unsigned i = 0; i < n; i++)
        order[i] = i;
    for (unsigned left = n; left > 1; left--) {
        unsigned pick = (unsigned)random_below(&t->state->random, left);
        unsigned swap = order[pick];
        order[pick] = order[left - 1];
        order[left - 1] = swap;
    }
}

uint64_t trial_clock_ns(struct trial *t) {
    return device_clock_ns(t->device);
}

static void header_put(struct trial_state *s) {
    for (int i = 0; i < SAMPLE_STATUS; i++)
        csv_put_text(&s->out, sample_columns[i]);
    for (size_t i = 0; i < s->origin.experiment->n_columns; i++)
        csv_put_text(&s->out, s->origin.experiment->columns[i].name);
    for (int i = SAMPLE_STATUS; i < SAMPLE_COLUMNS; i++)
        csv_put_text(&s->out, sample_columns[i]);
    for (int i = 0; i < DISTURBED_COLUMNS; i++)
        csv_put_text(&s->out, disturbed_columns[i]);
    row_end(s);
}

uint64_t trial_seed(uint64_t run_seed, const char *arm, unsigned block) {
    uint64_t state = run_seed;
    uint64_t seed = random_next(&state);
    for (const char *c = arm; *c; c++) {
        state = seed ^ (unsigned char)*c;
        seed = random_next(&state);
    }
    state = seed ^ block;
    return random_next(&state);
}

enum exit_code trial_run(const struct experiment *experiment, const struct options *options,
    const struct trial_place *place, FILE *out, char *reason, size_t reason_size) {
    struct trial_state s = {.origin = {experiment, options, place},
        .out = {.file = out},
        .cells = calloc(experiment->n_columns + 1, sizeof *s.cells)};
    struct trial t = {.arm = place->arm,
        .block = place->block,
        .seed = trial_seed(options->seed, place->arm->name, place->block),
        .quick = options->quick,
        .value = place->value,
        .state = &s};
    s.random = t.seed;
    if (!s.cells) {
        snprintf(reason, reason_size, "out of memory");
        return EXIT_BROKEN;
    }

    struct device_error error;
    /* The same trial, with the same data, at another time: what a simulated engine draws differs. */
    if (device_open(options->device, t.seed ^ place->asked_before, &t.device, &error) !=
        DEVICE_OK) {
        snprintf(reason, reason_size, "%s", error.text);
        free(s.cells);
        return device_error_code(&error);
    }

    /* In virtual time a trial is reproducible byte for byte, so rows need no flush; but for an arm that only other
     * trials start, and may find killed, and for one that starts such arms, each of which may take long. */
    s.out.buffered = device_is_virtual(t.device) && place->arm->blocks_full > 0;
    struct disturbance_reading before, after;
    struct disturbance disturbance;
    header_put(&s);
    device_disturbance_read(t.device, &before);
    if (s.code == EXIT_DONE && experiment->run(&t) != 0)
        state_fail(&s, EXIT_BROKEN, "the trial gave up without a reason");
    device_disturbance_read(t.device, &after);
    disturbance_between(
        s.has_way ? &s.way_before : &before, s.has_way ? &s.way_after : &after, &disturbance);
    s.out.buffered = false;
    /* Unsupported is a result and is judged as one; broken and failed trials have no end row. */
    if (s.code == EXIT_UNSUPPORTED || s.code == EXIT_FAILED)
        trial_row(&t, s.code == EXIT_UNSUPPORTED ? SAMPLE_UNSUPPORTED : SAMPLE_FAILED, s.reason);
    if (s.code == EXIT_DONE || s.code == EXIT_UNSUPPORTED) {
        char end[ORIGIN_REASON_SIZE];
        origin_print(&s.programs, experiment->version, s.n_rows, end);
        for (size_t i = 0; i < experiment->n_columns; i++) {
            free(s.cells[i].text);
            s.cells[i] = (struct cell){.kind = CELL_EMPTY};
        }
        row_put(&t, SAMPLE_END, false, end, &disturbance);
    }
    device_close(t.device);

    for (size_t i = 0; i < experiment->n_columns; i++)
        free(s.cells[i].text);
    free(s.cells);
    snprintf(reason, reason_size, "%s", s.reason);
    return s.code;
}
