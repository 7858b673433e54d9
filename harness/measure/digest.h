/* SPDX-License-Identifier: MIT
 *
 * Incremental SHA-256. The other calls are allowed even if start ran out of memory; every start
 * needs an end, which frees.
 */
#ifndef ANEPROBE_MEASURE_DIGEST_H
#define ANEPROBE_MEASURE_DIGEST_H

#include <stddef.h>

enum { DIGEST_BYTES = 32, DIGEST_HEX_BYTES = 2 * DIGEST_BYTES + 1 };

struct digest {
    void *context; /* NULL when out of memory */
};

void digest_start(struct digest *digest);
void digest_add(struct digest *digest, const void *data, size_t bytes);
/* Returns 0, or -1 when start ran out of memory. */
int digest_end(struct digest *digest, unsigned char out[DIGEST_BYTES]);

/* As lower-case hexadecimal with a NUL. */
void digest_hex(const unsigned char digest[DIGEST_BYTES], char hex[DIGEST_HEX_BYTES]);

#endif
