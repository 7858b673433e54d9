/* SPDX-License-Identifier: MIT */
#include "runner/run/stopping.h"

#include "runner/run/machine.h"

#include <string.h>

static const char until_decided[] = "until-decided";

const char *stopping_setting(bool fixed) {
    return fixed ? "all" : until_decided;
}

bool stopping_is_fixed(const struct csv_table *settings) {
    return strcmp(machine_value(settings, "trials"), until_decided) != 0;
}

void stopping_find(const struct schedule *schedule, const struct journal *journal,
    const char *experiment, bool fixed, struct standing *standing) {
    unsigned begun = 0; /* the last block with a trial, done or dropped */
    *standing = (struct standing){.blocks = 0};
    for (size_t i = 0; i < schedule->n_planned; i++) {
        const struct schedule_job *job = &schedule->jobs[i];
        if (strcmp(job->experiment, experiment) != 0)
            continue;
        standing->looks.planned = job->n_blocks;
        standing->n_planned++;
        if (i >= journal->n_done)
            continue;
        const bool dropped = journal->entries[i].status == JOB_DROPPED;
        if (standing->n_dropped == 0)
            begun = job->block;
        standing->n_dropped += dropped;
        standing->n_done += !dropped;
    }
    for (unsigned blocks = 1; !fixed && blocks <= begun; blocks++)
        if (looks_after(blocks, standing->looks.planned))
            looks_add(&standing->looks, blocks);
    standing->blocks = standing->n_dropped > 0 ? begun : standing->looks.planned;
    if (standing->n_dropped == 0)
        looks_add_end(&standing->looks);
}
