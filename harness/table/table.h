/* SPDX-License-Identifier: MIT
 *
 * Tables that commands print: for people, or as CSV, JSON or JSON lines for other programs. Every row
 * can be understood alone: in front of the form's own columns it says which suite made it, and of which
 * device, chip, system and clock it speaks.
 */
#ifndef ANEPROBE_TABLE_TABLE_H
#define ANEPROBE_TABLE_TABLE_H

#include "base/error.h"
#include "table/form.h"

#include <stdint.h>
#include <stdio.h>

enum table_format { TABLE_AS_TEXT, TABLE_AS_CSV, TABLE_AS_JSON, TABLE_AS_JSONL };
/* For an option: "text", "csv", "json", "jsonl", NULL. */
extern const char *const table_format_words[];
#define TABLE_FORMAT_TEXT "text, csv, json or jsonl"

/* What is not known is NULL or "". */
struct table_origin {
    const char *device, *chip, *os;
    const char *clock; /* "measured" or "virtual" */
    /* Of the suite that made the figures; NULL: this one. */
    const char *suite_version, *suite_commit;
};

struct table;

/* NULL when out of memory. */
struct table *table_new(const struct table_form *form);
void table_free(struct table *table); /* NULL is allowed */

/* The cells of a row from left to right, then its end. The texts are copied. What goes wrong is told
 * by table_print(). */
void table_put_text(struct table *table, const char *text); /* NULL or "": not known */
void table_put_number(struct table *table, double value);   /* not finite: not known */
void table_put_count(struct table *table, uint64_t value);
void table_put_empty(struct table *table);
void table_end_row(struct table *table, const struct table_origin *origin);

/* Text is aligned, with the columns that people are shown, in colour where `out` is a terminal and
 * NO_COLOR is not set (https://no-color.org). Returns 0, or -1 and *error; whether all of it could be
 * written is for the last check of the stream. */
int table_print(
    const struct table *table, enum table_format format, FILE *out, struct error *error);

/* Copies a table of `form` that has borders around its cells; a status with which a cell begins has
 * its colour, where table_print() has colours. Returns 0, or -1 and *error. */
int table_paint(const struct table_form *form, FILE *in, FILE *out, struct error *error);

#endif
