/* SPDX-License-Identifier: MIT */
#include "device/model/model_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void content_free(struct model_content *content) {
    if (!content || --content->references > 0)
        return;
    free(content->data);
    free(content->path);
    free(content);
}

static struct model_content *content_new(const char *path, const void *data, size_t bytes) {
    struct model_content *content = calloc(1, sizeof *content);
    if (!content)
        return NULL;
    content->references = 1;
    content->bytes = bytes;
    content->path = malloc(strlen(path) + 1);
    content->data = malloc(bytes ? bytes : 1);
    if (!content->path || !content->data) {
        content_free(content);
        return NULL;
    }
    strcpy(content->path, path);
    if (bytes)
        memcpy(content->data, data, bytes);
    return content;
}

/* Puts a content, whose reference it takes, in place `index`. */
static void image_put(struct model_image *image, int index, struct model_content *content) {
    content_free(image->contents[index]);
    image->contents[index] = content;
    image->files[index] = (struct mil_blob_file){
        .path = content->path, .data = content->data, .bytes = content->bytes};
}

static struct model_image *image_alloc(int n_files) {
    struct model_image *image = calloc(1, sizeof *image);
    if (!image)
        return NULL;
    size_t room = n_files > 0 ? (size_t)n_files : 1;
    image->references = 1;
    image->files = calloc(room, sizeof *image->files);
    image->contents = calloc(room, sizeof *image->contents);
    if (!image->files || !image->contents) {
        model_image_free(image);
        return NULL;
    }
    image->weights = (struct mil_weights){.files = image->files, .n_files = n_files};
    return image;
}

struct model_image *model_image_new(const struct mil_weights *weights) {
    struct model_image *image = image_alloc(weights->n_files);
    for (int i = 0; image && i < weights->n_files; i++) {
        const struct mil_blob_file *file = &weights->files[i];
        struct model_content *content = content_new(file->path, file->data, file->bytes);
        if (!content) {
            model_image_free(image);
            return NULL;
        }
        image_put(image, i, content);
    }
    return image;
}

struct model_image *model_image_share(struct model_image *image) {
    image->references++;
    return image;
}

void model_image_free(struct model_image *image) {
    if (!image || --image->references > 0)
        return;
    if (image->contents)
        for (int i = 0; i < image->weights.n_files; i++)
            content_free(image->contents[i]);
    free(image->contents);
    free(image->files);
    free(image);
}

/* An image with the same contents, which only it may change the list of. */
static struct model_image *image_clone(const struct model_image *image) {
    struct model_image *clone = image_alloc(image->weights.n_files);
    for (int i = 0; clone && i < image->weights.n_files; i++) {
        image->contents[i]->references++;
        image_put(clone, i, image->contents[i]);
    }
    return clone;
}

int model_image_write(struct model_image **image, const char *path, uint64_t offset,
    const void *data, size_t bytes, struct mil_error *error) {
    struct mil_blob blob;
    struct model_image *own;
    struct model_content *content;
    int index = 0;

    *error = (struct mil_error){.place = {0, 0}};
    while (index < (*image)->weights.n_files && strcmp((*image)->files[index].path, path) != 0)
        index++;
    if (index == (*image)->weights.n_files) {
        snprintf(error->text, sizeof error->text,
            "the program has no weight file %.100s; name one of its own", path);
        return -1;
    }
    const struct mil_blob_file *file = &(*image)->files[index];
    if (mil_blob_read(file, offset, &blob, error) != 0)
        return -1;
    if (blob.bytes != bytes) {
        snprintf(error->text, sizeof error->text,
            "the blob has %zu bytes, not %zu; give all of it, in its own type", blob.bytes, bytes);
        return -1;
    }
    if (bytes == 0)
        return 0;
    size_t start = (size_t)((const unsigned char *)blob.data - (const unsigned char *)file->data);
    if ((*image)->references == 1 && (*image)->contents[index]->references == 1) {
        memcpy((*image)->contents[index]->data + start, data, bytes);
        return 0;
    }
    own = image_clone(*image);
    content = content_new(path, file->data, file->bytes);
    if (!own || !content) {
        snprintf(error->text, sizeof error->text, "memory is out; free programs or make less");
        model_image_free(own);
        content_free(content);
        return -1;
    }
    memcpy(content->data + start, data, bytes);
    image_put(own, index, content);
    model_image_free(*image);
    *image = own;
    return 0;
}

static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 33)) * 0xFF51AFD7ED558CCDu; /* MurmurHash3's finaliser */
    z = (z ^ (z >> 33)) * 0xC4CEB9FE1A85EC53u;
    return z ^ (z >> 33);
}

/* Weights are many megabytes, and each step waits for the one before: four side by side. */
enum { HASH_LANES = 4 };

static void hash_lanes(uint64_t lanes[HASH_LANES], const unsigned char *p, size_t n_words) {
    for (size_t i = 0; i < n_words; i += HASH_LANES)
        for (int lane = 0; lane < HASH_LANES; lane++, p += sizeof *lanes) {
            uint64_t word;
            memcpy(&word, p, sizeof word);
            lanes[lane] = (lanes[lane] ^ word) * 0x9E3779B97F4A7C15u;
            lanes[lane] ^= lanes[lane] >> 32;
        }
}

static void hash_add(struct model_hash *hash, const void *data, size_t bytes) {
    const unsigned char *p = data;
    uint64_t a = hash->a ^ bytes, b = hash->b + bytes;
    uint64_t lanes[HASH_LANES] = {1, 2, 3, 4};
    size_t n_words = bytes / sizeof *lanes / HASH_LANES * HASH_LANES;
    hash_lanes(lanes, p, n_words);
    for (int lane = 0; lane < HASH_LANES; lane++) {
        a = mix(a ^ lanes[lane]);
        b = mix(b + lanes[lane]);
    }
    if (bytes > 0)
        p += n_words * sizeof *lanes;
    bytes -= n_words * sizeof *lanes;
    while (bytes > 0) {
        uint64_t word = 0;
        size_t n = bytes < sizeof word ? bytes : sizeof word;
        memcpy(&word, p, n);
        a = (a ^ word) * 0x9E3779B97F4A7C15u;
        a ^= a >> 32;
        b = (b + word) * 0xD6E8FEB86659FD93u;
        b ^= b >> 29;
        p += n;
        bytes -= n;
    }
    hash->a = mix(a);
    hash->b = mix(b);
}

struct model_hash model_hash_of(
    const char *text, size_t text_bytes, const struct mil_weights *weights) {
    struct model_hash hash = {1, 2};
    hash_add(&hash, text, text_bytes);
    for (int i = 0; i < weights->n_files; i++) {
        hash_add(&hash, weights->files[i].path, strlen(weights->files[i].path));
        hash_add(&hash, weights->files[i].data, weights->files[i].bytes);
    }
    return hash;
}
