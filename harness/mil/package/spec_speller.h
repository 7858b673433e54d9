/* SPDX-License-Identifier: MIT
 *
 * Shared by the parts of spec_text: statements (spec_text.c), identifiers (spec_words.c), types and
 * values (spec_value.c), open sizes (spec_flexible.c).
 */
#ifndef ANEPROBE_MIL_PACKAGE_SPEC_SPELLER_H
#define ANEPROBE_MIL_PACKAGE_SPEC_SPELLER_H

#include "mil/code.h"
#include "mil/names.h"
#include "mil/package/spec.h"

struct spec_speller {
    struct code out; /* the text */
    const Coreml__ModelDescription *description;
    bool tensor_scalars; /* write scalars as tensor<fp16, []>, for targets before iOS 17 */
    struct mil_arena arena;
    struct mil_names taken;     /* identifiers of this function */
    struct mil_names originals; /* names that are not identifiers; ids[i] replaces number i */
    const char **ids;
    int ids_room;
    unsigned n_made; /* a counter, so that similar names need no search */
    /* The current place, for errors; NULL = not inside one. */
    const char *function, *operation, *operator_type;
    struct mil_error *error;
};

/* Fills *error with the place and returns -1. */
int spec_fail(struct spec_speller *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

int spec_memory_fail(struct spec_speller *s); /* "out of memory" */

bool spec_is_word(const char *name); /* an identifier */
/* An identifier similar to `name` that is new in this function; NULL when out of memory. */
const char *spec_word_make(struct spec_speller *s, const char *name);
/* A value's identifier in the text; NULL when there is no value with that name. */
const char *spec_word_of(const struct spec_speller *s, const char *name);
/* Makes the identifiers of all values of a function, whose statements are in `block`. */
int spec_words_enter(
    struct spec_speller *s, const Coreml__Function *function, const Coreml__Block *block);

int spec_put_type(struct spec_speller *s, const Coreml__ValueType *type);
/* TYPE(LITERAL) */
int spec_put_value(struct spec_speller *s, const Coreml__Value *value);
/* string("..."), in the form of the target's scalars */
int spec_put_string(struct spec_speller *s, const char *string);
/* What compiled models say of the function's inputs with open sizes, from the model's description. */
void spec_put_flexible(struct spec_speller *s, const char *function);

#endif
