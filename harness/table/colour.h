/* SPDX-License-Identifier: MIT
 *
 * Words that have a colour where people read them: on a terminal, unless NO_COLOR is set
 * (https://no-color.org) or TERM is dumb.
 */
#ifndef ANEPROBE_TABLE_COLOUR_H
#define ANEPROBE_TABLE_COLOUR_H

#include <stdio.h>

#define COLOUR_HEAD "a table's head"

/* What stands between the two has the colour of `word`; without one, nothing is printed. */
void colour_begin(FILE *out, const char *word);
void colour_end(FILE *out, const char *word);
/* The word itself. */
void colour_put(FILE *out, const char *word);

#endif
