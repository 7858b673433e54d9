/* SPDX-License-Identifier: MIT */
#include "experiment/experiment.h"

#include <stdio.h>
#include <string.h>

static void chip_note(void *context, const char *key, const char *value) {
    if (!strcmp(key, "chip"))
        snprintf(context, TRIAL_CHIP_SIZE, "%s", value);
}

void trial_chip(struct trial *t, char out[TRIAL_CHIP_SIZE]) {
    static const char other[] = " (processor)";
    out[0] = '\0';
    device_properties(t->device, chip_note, out);
    if (!strcmp(device_kind(t->device), "cpu") && strlen(out) + sizeof other <= TRIAL_CHIP_SIZE)
        strcat(out, other);
}

const char *judgement_chip(struct judgement *j) {
    const size_t *rows;
    if (judgement_rows(j, NULL, NULL, &rows) == 0)
        return "";
    const char *chip = judgement_text(j, rows[0], "chip");
    return strncmp(chip, "Apple ", 6) ? chip : chip + 6;
}

bool judgement_chip_is(
    struct judgement *j, const char *const *chips, size_t n, char *reason, size_t reason_size) {
    const size_t *rows;
    const char *chip = judgement_chip(j);
    if (judgement_rows(j, NULL, NULL, &rows) == 0)
        return true;
    for (size_t i = 0; i < n; i++)
        if (!strcmp(chip, chips[i]))
            return true;
    snprintf(reason, reason_size, "the claim is about ");
    for (size_t i = 0; i < n; i++) {
        const size_t used = strlen(reason);
        snprintf(reason + used, reason_size - used, "%san %s",
            i == 0      ? ""
            : i + 1 < n ? ", "
                        : " and ",
            chips[i]);
    }
    const size_t used = strlen(reason);
    snprintf(reason + used, reason_size - used, "; this is %s",
        *chip ? chip : "a device that does not name its chip");
    return false;
}
