/* SPDX-License-Identifier: MIT */
#include "device/cpu/identity.h"

#include <string.h>

#ifdef __APPLE__
#include <CommonCrypto/CommonDigest.h>

struct digester {
    CC_SHA256_CTX context;
};

static int digester_start(struct digester *d) {
    return CC_SHA256_Init(&d->context) == 1 ? 0 : -1;
}

static int digester_add(struct digester *d, const void *data, size_t bytes) {
    const char *at = data;
    for (; bytes > 0;) {
        CC_LONG part = bytes > (1u << 30) ? 1u << 30 : (CC_LONG)bytes;
        if (CC_SHA256_Update(&d->context, at, part) != 1)
            return -1;
        at += part;
        bytes -= part;
    }
    return 0;
}

static int digester_end(struct digester *d, int code, unsigned char digest[IDENTITY_BYTES]) {
    return code == 0 && CC_SHA256_Final(digest, &d->context) == 1 ? 0 : -1;
}
#else
#include <openssl/evp.h>

struct digester {
    EVP_MD_CTX *context;
};

static int digester_start(struct digester *d) {
    d->context = EVP_MD_CTX_new();
    return d->context != NULL && EVP_DigestInit_ex(d->context, EVP_sha256(), NULL) == 1 ? 0 : -1;
}

static int digester_add(struct digester *d, const void *data, size_t bytes) {
    return EVP_DigestUpdate(d->context, data, bytes) == 1 ? 0 : -1;
}

static int digester_end(struct digester *d, int code, unsigned char digest[IDENTITY_BYTES]) {
    if (code == 0 && EVP_DigestFinal_ex(d->context, digest, NULL) != 1)
        code = -1;
    EVP_MD_CTX_free(d->context);
    return code;
}
#endif

static int part_add(struct digester *d, const void *data, size_t bytes) {
    unsigned char length[8];
    for (int i = 0; i < 8; i++)
        length[i] = (unsigned char)((uint64_t)bytes >> (8 * i));
    if (digester_add(d, length, sizeof length) != 0)
        return -1;
    return bytes == 0 ? 0 : digester_add(d, data, bytes);
}

int identity_of(const struct device_source *source, unsigned char digest[IDENTITY_BYTES]) {
    struct digester d;
    int code = digester_start(&d);
    if (code == 0)
        code = part_add(&d, source->mil_text, source->mil_bytes);
    for (int i = 0; code == 0 && i < source->weights.n_files; i++) {
        const struct mil_blob_file *file = &source->weights.files[i];
        code = part_add(&d, file->path, strlen(file->path));
        if (code == 0)
            code = part_add(&d, file->data, file->bytes);
    }
    return digester_end(&d, code, digest);
}

void identity_hex(const unsigned char digest[IDENTITY_BYTES], char hex[IDENTITY_HEX_BYTES]) {
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < IDENTITY_BYTES; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[IDENTITY_HEX_BYTES - 1] = '\0';
}
