/* SPDX-License-Identifier: MIT
 *
 * The columns of the files of a run, each on one line: shell scripts take them from here, and the test
 * `heads` holds SQL to them.
 */
#ifndef ANEPROBE_RECORD_HEADS_H
#define ANEPROBE_RECORD_HEADS_H

#include "measure/csv.h"

/* clang-format off */
/* A file of samples has the experiment's own columns between the first and the last. Those of disturbance
 * come after, and are missing in files of versions that did not have them. */
#define HEAD_SAMPLES_FIRST "job,device,clock,arm,block"
#define HEAD_SAMPLES_LAST "status,reason"
#define HEAD_SAMPLES_DISTURBANCE "others_pct,others_error_pct,stolen_pct,waited_pct,switches,frequency_mhz,thermal_pressure"
#define HEAD_SCHEDULE "job,experiment,arm,block,limit_s"
#define HEAD_JOBS "job,experiment,arm,block,status,exit,signal,wall_ms,others_pct,disturbed"
#define HEAD_SUMMARY "experiment,arm,metric,unit,n,n_unit,median,ci_low,ci_high,min,max,outliers,program_hash,probe_version"
/* What an experiment's --judge --values prints: the values behind the medians in a summary. */
#define HEAD_VALUES "experiment,arm,metric,unit,n_unit,value,program_hash,probe_version"
#define HEAD_VERDICTS "finding,verdict,measured,unit,ci_low,ci_high,n,n_unit,published,source,reason"
/* The result of the last look at each experiment: looks.csv. */
#define HEAD_LOOKS "experiment,looks,blocks,planned,trials,dropped,claims,decided,undecidable,level"
/* What --judge adds with --looks, and what --list and --about of an experiment print. */
#define HEAD_LOOK "claims,decided,undecidable,level"
#define HEAD_LIST "experiment,arm,blocks,limit_s,text"
#define HEAD_ABOUT "field,text"
/* clang-format on */

/* A row's column `experiment`, which runs of versions before 2026-12 call `program`. -1 and *error when there is
 * neither. Not for samples, whose `program` is a program. */
int head_experiment(const struct csv_table *table, struct error *error);

#endif
