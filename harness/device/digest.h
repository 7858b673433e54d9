/* SPDX-License-Identifier: MIT
 *
 * SHA-256 of what is given piece by piece, by the system's library. The other calls may follow a
 * failed one and fail too; end after start is a must, since it frees.
 */
#ifndef ANEPROBE_DEVICE_DIGEST_H
#define ANEPROBE_DEVICE_DIGEST_H

#include <stddef.h>

enum { DIGEST_BYTES = 32, DIGEST_HEX_BYTES = 2 * DIGEST_BYTES + 1 };

struct digest {
    void *context; /* NULL when memory was out at any step */
};

void digest_start(struct digest *digest);
void digest_add(struct digest *digest, const void *data, size_t bytes);
/* Returns 0, or -1 when memory was out at any step. */
int digest_end(struct digest *digest, unsigned char out[DIGEST_BYTES]);

/* As lower-case digits with a NUL. */
void digest_hex(const unsigned char digest[DIGEST_BYTES], char hex[DIGEST_HEX_BYTES]);

#endif
