/* SPDX-License-Identifier: MIT */
#include "device/digest.h"

#include <stdlib.h>

#ifdef __APPLE__
#include <CommonCrypto/CommonDigest.h>

static void *context_new(void) {
    CC_SHA256_CTX *context = malloc(sizeof *context);
    if (context != NULL)
        CC_SHA256_Init(context); /* this and the next always return 1 */
    return context;
}

static int context_add(void *context, const void *data, size_t bytes) {
    const char *at = data;
    for (; bytes > 0;) {
        CC_LONG part = bytes > (1u << 30) ? 1u << 30 : (CC_LONG)bytes;
        CC_SHA256_Update(context, at, part);
        at += part;
        bytes -= part;
    }
    return 0;
}

static int context_end(void *context, unsigned char out[DIGEST_BYTES]) {
    CC_SHA256_Final(out, context);
    return 0;
}

static void context_free(void *context) {
    free(context);
}
#else
#include <openssl/evp.h>

static void context_free(void *context) {
    EVP_MD_CTX_free(context);
}

static void *context_new(void) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
        context_free(context);
        context = NULL;
    }
    return context;
}

static int context_add(void *context, const void *data, size_t bytes) {
    return EVP_DigestUpdate(context, data, bytes) == 1 ? 0 : -1;
}

static int context_end(void *context, unsigned char out[DIGEST_BYTES]) {
    return EVP_DigestFinal_ex(context, out, NULL) == 1 ? 0 : -1;
}
#endif

void digest_start(struct digest *digest) {
    digest->context = context_new();
}

void digest_add(struct digest *digest, const void *data, size_t bytes) {
    if (digest->context != NULL && bytes > 0 && context_add(digest->context, data, bytes) != 0) {
        context_free(digest->context);
        digest->context = NULL;
    }
}

int digest_end(struct digest *digest, unsigned char out[DIGEST_BYTES]) {
    int code = digest->context != NULL ? context_end(digest->context, out) : -1;
    context_free(digest->context);
    digest->context = NULL;
    return code;
}

void digest_hex(const unsigned char digest[DIGEST_BYTES], char hex[DIGEST_HEX_BYTES]) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[DIGEST_HEX_BYTES - 1] = '\0';
}
