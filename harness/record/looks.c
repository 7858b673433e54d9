/* SPDX-License-Identifier: MIT */
#include "record/looks.h"

#include "base/number.h"

#include <stdio.h>
#include <string.h>

enum { LEAST_BLOCKS = 3, LEAST_BETWEEN = 2 };

bool looks_after(unsigned blocks, unsigned planned) {
    unsigned first = (planned + 3) / 4, second = (7 * planned + 11) / 12;
    first = first < LEAST_BLOCKS ? LEAST_BLOCKS : first;
    const bool has_second = second >= first + LEAST_BETWEEN && planned >= second + LEAST_BLOCKS;
    return blocks < planned && (blocks == first || (blocks == second && has_second));
}

void looks_add(struct looks *looks, unsigned blocks) {
    if (looks->n < LOOKS_MOST)
        looks->blocks[looks->n++] = blocks;
}

void looks_add_end(struct looks *looks) {
    looks_add(looks, looks->planned);
}

const char *looks_print(const struct looks *looks, char out[LOOKS_WORDS_SIZE]) {
    int used = 0;
    for (unsigned i = 0; i < looks->n; i++)
        used += snprintf(out + used, LOOKS_WORDS_SIZE - (size_t)used, "%s%u", i > 0 ? "," : "",
            looks->blocks[i]);
    snprintf(out + used, LOOKS_WORDS_SIZE - (size_t)used, "/%u", looks->planned);
    return out;
}

/* The number before `end`, which is moved past; 0 when there is none, or it is not above `after`. */
static unsigned number_take(const char **words, char end, unsigned after) {
    char text[16];
    uint64_t value = 0;
    const size_t n = strcspn(*words, end == '\0' ? "" : (char[]){end, '\0'});
    if (n >= sizeof text || (*words)[n] != end)
        return 0;
    memcpy(text, *words, n);
    text[n] = '\0';
    *words += n + 1;
    return number_whole(text, (uint64_t)after + 1, UINT32_MAX, &value) ? (unsigned)value : 0;
}

int looks_parse(const char *words, struct looks *looks, struct error *error) {
    const char *const whole = words;
    *looks = (struct looks){.n = 0};
    while (looks->n < LOOKS_MOST) {
        const unsigned last = looks->n > 0 ? looks->blocks[looks->n - 1] : 0;
        const bool more = strcspn(words, ",") < strlen(words);
        const unsigned blocks = number_take(&words, more ? ',' : '/', last);
        if (blocks == 0)
            break;
        looks_add(looks, blocks);
        if (more)
            continue;
        looks->planned = number_take(&words, '\0', blocks - 1);
        if (looks->planned == 0)
            break;
        return 0;
    }
    return error_set(error, EXIT_USAGE,
        "'%.60s' is not a list of looks: write the blocks at each, rising, and those planned, such "
        "as 3,7/12",
        whole);
}

bool look_stops(const struct look_result *result) {
    return result->claims > 0 && result->decided + result->undecidable == result->claims;
}
