/* SPDX-License-Identifier: MIT */
#include "runner/run/head.h"

#include "runner/run/machine.h"

#include <inttypes.h>
#include <string.h>

const char *head_duration(uint64_t ms, char text[32]) {
    const uint64_t s = (ms + 999) / 1000;
    if (s < 3600)
        snprintf(text, 32, "%" PRIu64 ":%02" PRIu64, s / 60, s % 60);
    else
        snprintf(text, 32, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64, s / 3600, s / 60 % 60, s % 60);
    return text;
}

/* Experiments that still have a job. */
static size_t count_experiments(const struct session *s) {
    size_t n = 0;
    for (size_t p = 0; p < s->manifest.n; p++)
        for (size_t i = s->journal.n_done; i < s->schedule.n; i++)
            if (strcmp(s->schedule.jobs[i].experiment, s->manifest.experiments[p].name) == 0) {
                n++;
                break;
            }
    return n;
}

static void put_duration(FILE *out, const struct expectation *e) {
    char duration[32];
    head_duration(e->here_ms + e->elsewhere_ms, duration);
    if (e->n_here + e->n_elsewhere == 0) {
        fprintf(out, "  how long is not known, since none of this ran here before; from the first "
                     "trials on, the line below estimates the time left\n");
        return;
    }
    fprintf(out, "  about %s", duration);
    if (e->n_unknown > 0)
        fprintf(out, " for %zu of the trials", e->n_here + e->n_elsewhere);
    if (e->n_here > 0)
        fprintf(out, ", by what %s took here before",
            e->n_elsewhere + e->n_unknown > 0 ? "they" : "these trials");
    if (e->n_here > 0 && e->n_elsewhere > 0)
        fprintf(out, " and, for %zu of them, what such trials took on %s", e->n_elsewhere,
            e->elsewhere);
    else if (e->n_elsewhere > 0)
        fprintf(
            out, ", by what such trials took on %s: none of this ran here before", e->elsewhere);
    fputs(e->n_unknown > 0 ? "; the rest never ran here\n" : "\n", out);
}

void head_put(FILE *out, const struct session *session, const struct expectation *expectation) {
    const size_t n_left = session->schedule.n - session->journal.n_done,
                 n_experiments = count_experiments(session);
    const char *chip = machine_value(session->machine, "chip");
    if (n_left == 0)
        return;
    fprintf(out, "aneprobe: %zu trial%s of %zu experiment%s, %s, on %s%s%s%s, seed %" PRIu64 "\n",
        n_left, n_left == 1 ? "" : "s", n_experiments, n_experiments == 1 ? "" : "s",
        session->settings.quick ? "quick" : "full", session->settings.device,
        chip[0] != '\0' ? " (" : "", chip, chip[0] != '\0' ? ")" : "", session->settings.seed);
    fprintf(out, "  into %s\n", session->run.path);
    put_duration(out, expectation);
}
