/* SPDX-License-Identifier: MIT
 *
 * What a job reports to the command that started it: CSV rows what,name,value,text.
 *
 *   step name starts now: shows where a job hung or crashed fact name, value clock, unit in the
 *   name latency ns, value one eval response ns, value one request of --rate, from its arrival
 *   largest output, value, where error of an output; the text names the first wrong element rms
 *   output, value note name, text energy
 *   QUANTITY METRIC, value, or QUANTITY and why there is none end done | failed | unsupported, text
 */
#ifndef ANEPROBE_BENCH_FILE_REPORT_H
#define ANEPROBE_BENCH_FILE_REPORT_H

#include "measure/csv.h"

struct report {
    struct csv_writer csv;
};

void report_begin(struct report *report, FILE *out);
/* value NaN: an empty cell. */
void report_row(
    struct report *report, const char *what, const char *name, double value, const char *text);
void report_step(struct report *report, const char *step);
void report_fact(struct report *report, const char *name, double value);

#endif
