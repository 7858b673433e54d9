/* SPDX-License-Identifier: MIT
 *
 * The columns of the files of a run, each on one line: shell scripts take them from here, and the test
 * `heads` holds SQL to them.
 */
#ifndef ANEPROBE_RECORD_HEADS_H
#define ANEPROBE_RECORD_HEADS_H

/* clang-format off */
/* A file of samples has the experiment's own columns between the first and the last. Those of disturbance
 * come after, and are missing in files of versions that did not have them. */
#define HEAD_SAMPLES_FIRST "job,device,clock,arm,block"
#define HEAD_SAMPLES_LAST "status,reason"
#define HEAD_SAMPLES_DISTURBANCE "others_pct,others_error_pct,stolen_pct,waited_pct,switches,frequency_mhz,thermal_pressure"
#define HEAD_SCHEDULE "job,program,arm,block,limit_s"
#define HEAD_JOBS "job,program,arm,block,status,exit,signal,wall_ms,others_pct,disturbed"
#define HEAD_SUMMARY "program,arm,metric,unit,n,n_unit,median,ci_low,ci_high,min,max,outliers,program_hash,probe_version"
/* What an experiment's --judge --values prints: the values behind the medians in a summary. */
#define HEAD_VALUES "program,arm,metric,unit,n_unit,value,program_hash,probe_version"
#define HEAD_VERDICTS "finding,verdict,measured,unit,ci_low,ci_high,n,n_unit,published,source,reason"
/* The result of the last look at each program: looks.csv. */
#define HEAD_LOOKS "program,looks,blocks,planned,trials,dropped,claims,decided,undecidable,level"
/* What --judge adds with --looks, and what --list and --about of an experiment print. */
#define HEAD_LOOK "claims,decided,undecidable,level"
#define HEAD_LIST "program,arm,blocks,limit_s,text"
#define HEAD_ABOUT "field,text"
/* clang-format on */

#endif
