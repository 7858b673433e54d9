/* SPDX-License-Identifier: MIT */
#ifndef ANEPROBE_TABLE_SCHEMA_H
#define ANEPROBE_TABLE_SCHEMA_H

#include "base/error.h"

#include <stdio.h>

/* The JSON Schema (draft 2020-12) of everything that --format json and jsonl print: `$defs` has for
 * each table its document, NAME, a row of it, NAME.row, and a line of jsonl, NAME.line. Returns 0, or
 * -1 and *error. */
int table_schema_print(FILE *out, struct error *error);

#endif
