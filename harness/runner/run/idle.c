/* SPDX-License-Identifier: MIT */
#include "runner/run/idle.h"

#include "base/clock.h"
#include "base/signals.h"
#include "base/status_line.h"

#include <time.h>

void idle_watch(struct disturbance *out) {
    const struct timespec step = {.tv_nsec = 50000000};
    struct disturbance_reading begin, end;
    disturbance_read(&begin);
    for (int ms = 0; ms < IDLE_WATCH_MS && !signals_stop_asked(); ms += 50)
        nanosleep(&step, NULL);
    disturbance_read(&end);
    disturbance_between(&begin, &end, out);
}

const char *idle_words(const struct disturbance *d, char words[IDLE_WORDS_SIZE]) {
    words[0] = '\0';
    if (disturbed_is(d) == DISTURBED_YES)
        snprintf(words, IDLE_WORDS_SIZE,
            "%u processors, of which others use %.1f: verdicts on time will be untrusted; close "
            "what is busy, or wait with --wait-idle SECONDS",
            d->n_processors, d->others_cpus);
    return words;
}

void idle_wait(unsigned limit_s, FILE *out) {
    const uint64_t begin_ns = clock_monotonic_ns();
    struct disturbance now;
    for (;;) {
        idle_watch(&now);
        const uint64_t waited_s = (clock_monotonic_ns() - begin_ns) / 1000000000u;
        if (disturbed_is(&now) != DISTURBED_YES || waited_s >= limit_s || signals_stop_asked())
            break;
        status_line_show(out, "waiting for others, who use %.1f of %u processors: %u s left",
            now.others_cpus, now.n_processors, limit_s - (unsigned)waited_s);
    }
    status_line_clear(out);
    if (disturbed_is(&now) == DISTURBED_UNKNOWN)
        fprintf(out, "aneprobe: what others do cannot be read here: not waiting\n");
    else if (disturbed_is(&now) == DISTURBED_YES)
        fprintf(out,
            "aneprobe: still busy after %u s: starting anyway; verdicts on time may be untrusted\n",
            limit_s);
}
