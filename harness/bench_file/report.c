/* SPDX-License-Identifier: MIT */
#include "bench_file/report.h"

#include <math.h>

void report_begin(struct report *report, FILE *out) {
    static const char *const columns[] = {"what", "name", "value", "text"};
    *report = (struct report){.csv = {.file = out}};
    for (int i = 0; i < 4; i++)
        csv_put_text(&report->csv, columns[i]);
    csv_end_row(&report->csv);
}

void report_row(
    struct report *report, const char *what, const char *name, double value, const char *text) {
    csv_put_text(&report->csv, what);
    csv_put_text(&report->csv, name);
    csv_put_number(&report->csv, value);
    csv_put_text(&report->csv, text);
    csv_end_row(&report->csv);
}

void report_step(struct report *report, const char *step) {
    report_row(report, "step", step, NAN, NULL);
}

void report_fact(struct report *report, const char *name, double value) {
    report_row(report, "fact", name, value, NULL);
}
