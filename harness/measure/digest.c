/* SPDX-License-Identifier: MIT
 *
 * nettle, or macOS's own: small libraries, since each trial starts a process that loads one
 * (OpenSSL's libcrypto takes longer to load than the rest of such a process).
 */
#include "measure/digest.h"

#include <stdlib.h>

#ifdef __APPLE__
#include <CommonCrypto/CommonDigest.h>

typedef CC_SHA256_CTX context;

/* These calls always return 1. */
static void context_start(context *c) {
    CC_SHA256_Init(c);
}

static void context_add(context *c, const void *data, size_t bytes) {
    const char *at = data;
    for (; bytes > 0;) {
        CC_LONG part = bytes > (1u << 30) ? 1u << 30 : (CC_LONG)bytes;
        CC_SHA256_Update(c, at, part);
        at += part;
        bytes -= part;
    }
}

static void context_end(context *c, unsigned char out[DIGEST_BYTES]) {
    CC_SHA256_Final(out, c);
}
#else
#include <nettle/sha2.h>

typedef struct sha256_ctx context;

static void context_start(context *c) {
    sha256_init(c);
}

static void context_add(context *c, const void *data, size_t bytes) {
    sha256_update(c, bytes, data);
}

static void context_end(context *c, unsigned char out[DIGEST_BYTES]) {
    sha256_digest(c, DIGEST_BYTES, out);
}
#endif

void digest_start(struct digest *digest) {
    digest->context = malloc(sizeof(context));
    if (digest->context != NULL)
        context_start(digest->context);
}

void digest_add(struct digest *digest, const void *data, size_t bytes) {
    if (digest->context != NULL && bytes > 0)
        context_add(digest->context, data, bytes);
}

int digest_end(struct digest *digest, unsigned char out[DIGEST_BYTES]) {
    if (digest->context == NULL)
        return -1;
    context_end(digest->context, out);
    free(digest->context);
    digest->context = NULL;
    return 0;
}

void digest_hex(const unsigned char digest[DIGEST_BYTES], char hex[DIGEST_HEX_BYTES]) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[DIGEST_HEX_BYTES - 1] = '\0';
}
