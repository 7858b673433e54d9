/* SPDX-License-Identifier: MIT
 *
 * The rows of all steps, as a CSV file, and the start of a step within its limits.
 */
#ifndef ANEPROBE_DOCTOR_ACCOUNT_H
#define ANEPROBE_DOCTOR_ACCOUNT_H

#include "base/spawn.h"
#include "measure/csv.h"

/* The prefix of a child's rows, to distinguish them from what the system prints. */
enum { DOCTOR_ROW_MARK = '@' };

struct account {
    char *bytes;
    size_t n_bytes;
    FILE *file;
    uint64_t deadline_ns; /* monotonic clock: everything ends by then */
};

/* Returns 0, or -1 and *error. */
int account_open(struct account *account, unsigned seconds, struct error *error);
void account_free(struct account *account);

void account_row(struct account *account, const char *check, const char *item, const char *status,
    const char *remedy, const char *detail);
/* Runs a child of this suite and takes its rows; a failure adds a row. */
void account_child(
    struct account *account, const char *const *argv, const char *check, const char *item);
/* Another program, in the environment that helper programs get. `said` gets the first line of its
 * output; if it could not be run or failed, a row of `check` is added and false is returned. */
bool account_ask(struct account *account, const char *const *argv, const char *check,
    const char *item, const char *remedy, char said[400]);

/* As far as it goes; NULL when out of memory. csv_table_free() it. */
struct csv_table *account_read(struct account *account);
/* The status of the first row of that check and item (NULL = any), or "". */
const char *account_status(const struct csv_table *table, const char *check, const char *item);
bool account_has_ok(const struct csv_table *table, const char *check);

#endif
