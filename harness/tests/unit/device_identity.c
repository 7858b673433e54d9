/* SPDX-License-Identifier: MIT
 *
 * Programs are told apart by every byte of their text and of their weights' paths and contents, and by what belongs
 * to which.
 */
#include "device/host/identity.h"

#include <criterion/criterion.h>
#include <string.h>

enum { PARTS = 5, PART_BYTES = 8 }; /* the text, then path and content of two files */

struct parts {
    char of[PARTS][PART_BYTES + 1];
};

static void identify(const struct parts *p, unsigned char digest[DIGEST_BYTES]) {
    const struct mil_blob_file files[] = {
        {.path = p->of[1], .data = (const void *)p->of[2], .bytes = strlen(p->of[2])},
        {.path = p->of[3], .data = (const void *)p->of[4], .bytes = strlen(p->of[4])}};
    struct device_source source = {.mil_text = p->of[0], .mil_bytes = strlen(p->of[0])};
    source.weights = (struct mil_weights){.files = files, .n_files = 2};
    cr_assert_eq(identity_of(&source, digest), 0);
}

static bool same(const struct parts *a, const struct parts *b) {
    unsigned char x[DIGEST_BYTES], y[DIGEST_BYTES];
    identify(a, x);
    identify(b, y);
    return memcmp(x, y, DIGEST_BYTES) == 0;
}

static const struct parts first = {{"the text", "path one", "bytes of", "path two", "content."}};

Test(identity, every_byte_counts) {
    cr_expect(same(&first, &first));
    for (int part = 0; part < PARTS; part++)
        for (int byte = 0; byte < PART_BYTES; byte++) {
            struct parts other = first;
            other.of[part][byte] ^= 1;
            cr_expect_not(same(&first, &other), "byte %d of part %d", byte, part);
        }
}

/* A byte that moves from the end of one part to the beginning of the next. */
Test(identity, it_counts_where_a_part_ends) {
    for (int part = 0; part + 1 < PARTS; part++) {
        struct parts other = first;
        const char moved[] = {other.of[part][PART_BYTES - 1], '\0'};
        other.of[part][PART_BYTES - 1] = '\0';
        memmove(other.of[part + 1] + 1, first.of[part + 1], PART_BYTES - 1);
        other.of[part + 1][0] = moved[0];
        cr_expect_not(same(&first, &other), "part %d", part);
    }
}
