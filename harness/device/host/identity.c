/* SPDX-License-Identifier: MIT */
#include "device/host/identity.h"

#include <string.h>

static void part_add(struct digest *d, const void *data, size_t bytes) {
    unsigned char length[8];
    for (int i = 0; i < 8; i++)
        length[i] = (unsigned char)((uint64_t)bytes >> (8 * i));
    digest_add(d, length, sizeof length);
    digest_add(d, data, bytes);
}

int identity_of(const struct device_source *source, unsigned char digest[DIGEST_BYTES]) {
    struct digest d;
    digest_start(&d);
    part_add(&d, source->mil_text, source->mil_bytes);
    for (int i = 0; i < source->weights.n_files; i++) {
        const struct mil_blob_file *file = &source->weights.files[i];
        part_add(&d, file->path, strlen(file->path));
        part_add(&d, file->data, file->bytes);
    }
    return digest_end(&d, digest);
}
