/* SPDX-License-Identifier: MIT
 *
 * SHA-256 of what is given piece by piece. The other calls may follow a start without memory; end
 * after start is a must, since it frees.
 */
#ifndef ANEPROBE_MEASURE_DIGEST_H
#define ANEPROBE_MEASURE_DIGEST_H

#include <stddef.h>

enum { DIGEST_BYTES = 32, DIGEST_HEX_BYTES = 2 * DIGEST_BYTES + 1 };

struct digest {
    void *context; /* NULL when there was no memory for it */
};

void digest_start(struct digest *digest);
void digest_add(struct digest *digest, const void *data, size_t bytes);
/* Returns 0, or -1 when there was no memory at the start. */
int digest_end(struct digest *digest, unsigned char out[DIGEST_BYTES]);

/* As lower-case digits with a NUL. */
void digest_hex(const unsigned char digest[DIGEST_BYTES], char hex[DIGEST_HEX_BYTES]);

#endif
