/* SPDX-License-Identifier: MIT
 *
 * The limits. The sources disagree about what is counted, so there is one rule for all chips: what
 * the chip's own rows say was counted, at the lowest number; the note names the rival.
 */
#include "chips/derive.h"

#include <math.h>
#include <string.h>

static double lowest(const struct evidence *e) {
    double low = INFINITY;
    for (size_t i = 0; i < e->n; i++)
        low = fmin(low, e->values[i]);
    return low;
}

static void evidence_copy(struct evidence *to, const struct evidence *from) {
    for (size_t i = 0; i < from->n; i++)
        evidence_add(to, from->rows[i], from->values[i]);
    to->no_memory = to->no_memory || from->no_memory;
}

/* Programs loaded at once until one more failed, and an unload freed a slot. */
static bool limit_loaded(struct derived_chip *chip, struct derived *kind, struct derived *value) {
    static const char *const configs[] = {
        "simultaneously loaded", "programs loaded", "programs resident"};
    for (size_t i = 0; i < sizeof configs / sizeof *configs; i++)
        evidence_find(&value->evidence,
            &(struct evidence_query){chip->chip, "compile_limit", configs[i], NULL, "limit"});
    if (value->evidence.n == 0)
        return false;
    derive_set_word(kind, DERIVE_PUBLISHED, "loaded");
    derive_set(value, DERIVE_PUBLISHED, lowest(&value->evidence));
    value->unit = "programs";
    derive_note(kind, "programs loaded at once, of which unloading frees a slot; rival: compiles");
    return true;
}

static bool limit_bytes(struct derived_chip *chip, struct derived *kind, struct derived *value) {
    evidence_find(&value->evidence, &(struct evidence_query){chip->chip, "compile_limit",
                                        "memory of loaded programs", NULL, "limit"});
    if (value->evidence.n == 0)
        return false;
    derive_set_word(kind, DERIVE_PUBLISHED, "bytes");
    derive_set(value, DERIVE_PUBLISHED, 1e9 / 1048576 * value->evidence.values[0]);
    value->unit = "MB";
    derive_note(
        kind, "inferred by its source from few sizes of program; tiny ones load by the hundred");
    return true;
}

static bool limit_compiles(struct derived_chip *chip, struct derived *kind, struct derived *value) {
    evidence_find(&value->evidence,
        &(struct evidence_query){chip->chip, "compile_limit", "per process", NULL, "limit_low"});
    /* a library's constant below what it probed is not a measurement */
    evidence_find(&value->evidence, &(struct evidence_query){chip->chip, "compile_limit",
                                        "per process", "cold compiles", "limit"});
    if (value->evidence.n == 0)
        return false;
    derive_set_word(kind, DERIVE_PUBLISHED, "compiles");
    derive_set(value, DERIVE_PUBLISHED, lowest(&value->evidence));
    value->unit = "compiles";
    derive_note(kind, "as its sources say; rival: a table of about 120 to 128 loaded programs, "
                      "which unloading gives back (M5 Pro)");
    return true;
}

/* What sources say of programs themselves differs by kind of axis and of layer, which the simulated engine does
 * not tell apart, and no plan comes near it. */
static void programs_themselves(struct derived_chip *chip) {
    static const char *const keys[][2] = {{"files_limit", "files"}, {"files_failure", ""},
        {"layers_limit", "layers"}, {"layers_failure", ""}, {"axis_limit", "elements"},
        {"axis_failure", ""}, {"surfaces_limit", "surfaces"}, {"surfaces_failure", ""}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        derive_key(chip, keys[i][0], keys[i][1]);
}

void derive_limits(struct derived_chip *chip) {
    programs_themselves(chip);
    struct derived *kind = derive_key(chip, "limit_kind", "");
    struct derived *value = derive_key(chip, "limit_value", "");

    if (limit_loaded(chip, kind, value) || limit_bytes(chip, kind, value) ||
        limit_compiles(chip, kind, value)) {
        evidence_copy(&kind->evidence, &value->evidence);
    } else {
        evidence_find(&kind->evidence,
            &(struct evidence_query){chip->chip, "compile_limit", NULL, NULL, "programs_compiled"});
        if (kind->evidence.n > 0)
            derive_note(kind, "no limit was met up to %.0f compiles in one process",
                kind->evidence.values[0]);
    }
    /* Both the number of programs and their bytes may run out; all other pairs are rivals. */
    struct derived *kind2 = derive_key(chip, "limit2_kind", "");
    struct derived *value2 = derive_key(chip, "limit2_value", "");
    if (kind->word && strcmp(kind->word, "loaded") == 0 && limit_bytes(chip, kind2, value2))
        evidence_copy(&kind2->evidence, &value2->evidence);
    derive_key(chip, "limit_back", "");
    struct derived *failure = derive_key(chip, "limit_failure", "");
    const struct published *p = chip->published;
    for (size_t i = 0; i < value->evidence.n; i++) {
        size_t row = value->evidence.rows[i];
        const char *note = published_text(p, row, PUBLISHED_NOTE);
        const char *word = strstr(note, "silent")  ? "silent"
                           : strstr(note, "fails") ? "error"
                                                   : NULL;
        if (!word)
            continue;
        evidence_add(&failure->evidence, row, 1);
        derive_set_word(failure, DERIVE_PUBLISHED, word);
    }
}
