/* SPDX-License-Identifier: MIT */
#include "device/sim/sim_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct sim_image *image_alloc(int n_files) {
    struct sim_image *image = calloc(1, sizeof *image);
    if (!image)
        return NULL;
    image->references = 1;
    image->files = calloc((size_t)n_files + 1, sizeof *image->files);
    if (!image->files) {
        free(image);
        return NULL;
    }
    image->weights = (struct mil_weights){.files = image->files, .n_files = n_files};
    return image;
}

static void file_clear(struct mil_blob_file *file) {
    mil_shared_release(file->shared);
    free((char *)file->path);
    *file = (struct mil_blob_file){.path = NULL};
}

/* Takes over one reference to `shared`, which is NULL after running out of memory. */
static int file_set(struct mil_blob_file *file, const char *path, struct mil_shared *shared) {
    char *own_path = shared ? strdup(path) : NULL;
    if (!own_path) {
        mil_shared_release(shared);
        return -1;
    }
    file_clear(file);
    *file = mil_blob_file_of(own_path, shared);
    return 0;
}

struct sim_image *sim_image_new(const struct mil_weights *weights) {
    struct sim_image *image = image_alloc(weights->n_files);
    for (int i = 0; image && i < weights->n_files; i++) {
        const struct mil_blob_file *file = &weights->files[i];
        struct mil_shared *shared =
            file->shared ? mil_shared_hold(file->shared) : mil_shared_copy(file->data, file->bytes);
        if (file_set(&image->files[i], file->path, shared) != 0) {
            sim_image_free(image);
            return NULL;
        }
    }
    return image;
}

struct sim_image *sim_image_share(struct sim_image *image) {
    image->references++;
    return image;
}

void sim_image_free(struct sim_image *image) {
    if (!image || --image->references > 0)
        return;
    for (int i = 0; i < image->weights.n_files; i++)
        file_clear(&image->files[i]);
    free(image->files);
    free(image);
}

int sim_image_write(struct sim_image **image, const char *path, uint64_t offset, const void *data,
    size_t bytes, struct mil_error *error) {
    struct mil_blob blob;
    struct sim_image *own;
    unsigned char *to;
    int index = 0;

    *error = (struct mil_error){.place = {0, 0}};
    while (index < (*image)->weights.n_files && strcmp((*image)->files[index].path, path) != 0)
        index++;
    if (index == (*image)->weights.n_files) {
        snprintf(error->text, sizeof error->text,
            "the program has no weight file %.100s; name one of its files", path);
        return -1;
    }
    const struct mil_blob_file *file = &(*image)->files[index];
    if (mil_blob_read(file, offset, &blob, error) != 0)
        return -1;
    if (blob.bytes != bytes) {
        snprintf(error->text, sizeof error->text,
            "the blob has %zu bytes, not %zu; give all of it, in its type", blob.bytes, bytes);
        return -1;
    }
    if (bytes == 0)
        return 0;
    size_t start = (size_t)((const unsigned char *)blob.data - (const unsigned char *)file->data);
    if ((*image)->references == 1 && (to = mil_shared_own(file->shared)) != NULL) {
        memcpy(to + start, data, bytes);
        return 0;
    }
    own = sim_image_new(&(*image)->weights);
    if (!own || file_set(&own->files[index], path, mil_shared_copy(file->data, file->bytes)) != 0) {
        snprintf(
            error->text, sizeof error->text, "out of memory; free programs, or use smaller ones");
        sim_image_free(own);
        return -1;
    }
    memcpy(mil_shared_own(own->files[index].shared) + start, data, bytes);
    sim_image_free(*image);
    *image = own;
    return 0;
}

struct mil_hash sim_image_hash(const struct sim_image *image, const char *text, size_t text_bytes) {
    struct mil_hash hash = mil_hash_start();
    mil_hash_add(&hash, text, text_bytes);
    for (int i = 0; i < image->weights.n_files; i++) {
        const struct mil_blob_file *file = &image->files[i];
        struct mil_hash contents = mil_shared_hash(file->shared);
        mil_hash_add(&hash, file->path, strlen(file->path));
        mil_hash_add(&hash, &contents, sizeof contents);
    }
    return hash;
}
