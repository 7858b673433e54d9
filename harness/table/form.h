/* SPDX-License-Identifier: MIT
 *
 * The columns of every table that a command prints. docs/tables.schema.json is made from this
 * (`aneprobe-table --schema`), and the test `formats` holds both to what the commands print.
 */
#ifndef ANEPROBE_TABLE_FORM_H
#define ANEPROBE_TABLE_FORM_H

#include <stdbool.h>
#include <stddef.h>

enum table_type { TABLE_TEXT, TABLE_NUMBER, TABLE_COUNT };

enum table_flag {
    TABLE_MUST = 1,   /* known in every row */
    TABLE_SHOWN = 2,  /* to people */
    TABLE_STATUS = 4, /* a word that has a colour */
};

struct table_column {
    const char *name; /* units stand in the name, or in a column "unit" */
    enum table_type type;
    unsigned flags;
    const char *what; /* for the schema */
    /* All values that there are, ended by NULL; NULL: any. */
    const char *const *words;
};

struct table_form {
    const char *name; /* "list": its schema is aneprobe.list */
    /* Goes up when a column changes its meaning or is gone. */
    int version;
    const char *what;
    const struct table_column *columns;
    size_t n_columns;
};

extern const struct table_form table_form_list, table_form_devices, table_form_doctor,
    table_form_judge, table_form_audit, table_form_plan, table_form_plan_program,
    table_form_plan_figures, table_form_plan_check, table_form_mil, table_form_mil_rules,
    table_form_bench, table_form_generate, table_form_baseline, table_form_gate, table_form_compare;

/* All of them, ended by NULL. */
extern const struct table_form *const table_forms[];
/* NULL when there is none of that name. */
const struct table_form *table_form_find(const char *name);

/* The columns that every form has in front of its own. */
enum { TABLE_ORIGIN_COLUMNS = 6 };
extern const struct table_column table_origin_columns[TABLE_ORIGIN_COLUMNS];
/* Of both kinds, in the order in which they are printed. */
const struct table_column *table_form_column(const struct table_form *form, size_t i);

#endif
