/* SPDX-License-Identifier: MIT
 *
 * aneprobe-chips PUBLISHED.csv: results/chips.csv on standard output, from results/published.csv.
 * results/chips.sh runs it.
 *
 * Exit: 0 done, 2 usage, 99 broken (the file, memory, or the output).
 */
#include "base/options.h"
#include "base/program.h"
#include "chips/derive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const bases[] = {"unknown", "fitted", "published"};

static int compare_rows(const void *a, const void *b) {
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* "2;4;17": lines of the file, each once, in order; and the sources of these lines. */
static int put_evidence(struct csv_writer *writer, const struct evidence *evidence) {
    const struct published *p = evidence->published;
    size_t bytes = 1;
    for (size_t i = 0; i < evidence->n; i++)
        bytes += 24 + strlen(published_text(p, evidence->rows[i], PUBLISHED_SOURCE));
    char *lines = malloc(bytes), *sources = malloc(bytes);
    if (!lines || !sources) {
        free(lines);
        free(sources);
        return -1;
    }
    size_t n_lines = 0, n_sources = 0, last = SIZE_MAX;
    lines[0] = sources[0] = '\0';
    if (evidence->n > 0)
        qsort(evidence->rows, evidence->n, sizeof *evidence->rows, compare_rows);
    for (size_t i = 0; i < evidence->n; i++) {
        const char *source = published_text(p, evidence->rows[i], PUBLISHED_SOURCE);
        bool is_new = true;
        if (evidence->rows[i] == last)
            continue;
        last = evidence->rows[i];
        n_lines += (size_t)snprintf(lines + n_lines, bytes - n_lines, "%s%zu", n_lines ? ";" : "",
            csv_line(p->table, last));
        for (size_t k = 0; k < i && is_new; k++)
            is_new = !published_is(p, evidence->rows[k], PUBLISHED_SOURCE, source);
        if (is_new)
            n_sources += (size_t)snprintf(
                sources + n_sources, bytes - n_sources, "%s%s", n_sources ? "; " : "", source);
    }
    csv_put_text(writer, lines);
    csv_put_text(writer, sources);
    free(lines);
    free(sources);
    return 0;
}

static int put_chip(struct csv_writer *writer, const struct derived_chip *chip) {
    for (int i = 0; i < chip->n_keys; i++) {
        const struct derived *key = &chip->keys[i];
        csv_put_text(writer, chip->chip);
        csv_put_text(writer, key->key);
        if (key->basis == DERIVE_UNKNOWN)
            csv_put_empty(writer);
        else if (key->word)
            csv_put_text(writer, key->word);
        else
            csv_put_number(writer, key->number);
        csv_put_text(writer, key->unit);
        csv_put_text(writer, bases[key->basis]);
        if (put_evidence(writer, &key->evidence) != 0)
            return -1;
        csv_put_text(writer, key->note);
        (void)csv_end_row(writer); /* the final check of the stream reports errors */
    }
    return 0;
}

static int put_all(const struct published *published, struct error *error) {
    static const char *const columns[] = {
        "chip", "key", "value", "unit", "basis", "rows", "sources", "note"};
    struct csv_writer writer = {.file = stdout};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        csv_put_text(&writer, columns[i]);
    (void)csv_end_row(&writer);
    for (int i = 0; i < derive_n_chips; i++) {
        struct derived_chip chip;
        int status = derive_chip(published, derive_chips[i], &chip);
        if (status == 0 && derive_is_enough(&chip))
            status = put_chip(&writer, &chip);
        derive_close(&chip);
        if (status != 0)
            return error_set(error, EXIT_BROKEN, "out of memory");
    }
    return 0;
}

static const struct command_line line = {.name = "aneprobe-chips",
    .usage = "PUBLISHED.csv >chips.csv",
    .text = "Parameters of the simulated chips, from the published figures.",
    .least_operands = 1,
    .most_operands = 1,
    .operand = "PUBLISHED.csv"};

static void work(char **files, int n_files, void *values, struct error *error) {
    struct published published;
    (void)n_files;
    (void)values;
    if (published_read(files[0], &published, error) == 0) {
        (void)put_all(&published, error);
        published_close(&published);
    }
}

int main(int argc, char **argv) {
    return program_run(&line, argc, argv, NULL, work);
}
