/* SPDX-License-Identifier: MIT */
#include "train/engine/surface_io.h"

#include "mil/fp16.h"

#include <string.h>

struct train_view train_view_open(
    struct device *device, const struct train_surface *s, bool write) {
    return (struct train_view){
        device_surface_lock(device, s->handle, write), s->layout.channel_stride_bytes};
}

void train_view_close(struct device *device, const struct train_surface *s, bool write) {
    device_surface_unlock(device, s->handle, write);
}

static uint16_t *row_of(const struct train_view *view, const struct train_block *block, int row) {
    return (uint16_t *)(void *)(view->memory + (size_t)(block->first_row + row) * view->row_bytes) +
           block->first_column;
}

void train_view_put(const struct train_view *view, const struct train_block *block, const float *x,
    float scale, float *scratch) {
    size_t n = (size_t)block->columns;
    for (int r = 0; r < block->rows; r++) {
        const float *from = x + (size_t)r * n;
        for (size_t i = 0; i < n; i++)
            scratch[i] = from[i] * scale;
        fp16_from_floats(row_of(view, block, r), scratch, n);
    }
}

void train_view_get(const struct train_view *view, const struct train_block *block, float *x) {
    size_t n = (size_t)block->columns;
    for (int r = 0; r < block->rows; r++)
        fp16_to_floats(x + (size_t)r * n, row_of(view, block, r), n);
}

void train_view_get_sum(const struct train_view *view, const struct train_block *block,
    const float *x, float *sum, float *scratch) {
    size_t n = (size_t)block->columns;
    for (int r = 0; r < block->rows; r++) {
        fp16_to_floats(scratch, row_of(view, block, r), n);
        for (size_t i = 0; i < n; i++)
            sum[(size_t)r * n + i] = x[(size_t)r * n + i] + scratch[i];
    }
}

void train_view_copy(const struct train_view *to, const struct train_block *to_block,
    const struct train_view *from, const struct train_block *from_block) {
    for (int r = 0; r < to_block->rows; r++)
        memcpy(row_of(to, to_block, r), row_of(from, from_block, r),
            (size_t)to_block->columns * sizeof(uint16_t));
}

/* The columns of x become rows; in tiles, so that lines of both stay in the cache until all of them is used. */
static void transposed_put(
    const struct train_view *view, const struct train_block *block, const uint16_t *x) {
    enum { TILE = 32 };
    for (int first_row = 0; first_row < block->rows; first_row += TILE)
        for (int first = 0; first < block->columns; first += TILE)
            for (int r = first_row; r < block->rows && r < first_row + TILE; r++) {
                uint16_t *to = row_of(view, block, r);
                for (int c = first; c < block->columns && c < first + TILE; c++)
                    to[c] = x[(size_t)c * (size_t)block->rows + (size_t)r];
            }
}

void train_view_put16(const struct train_view *view, const struct train_block *block,
    bool transposed, const uint16_t *x) {
    const size_t columns = (size_t)block->columns;
    if (transposed)
        transposed_put(view, block, x);
    for (int r = 0; !transposed && r < block->rows; r++)
        memcpy(row_of(view, block, r), x + (size_t)r * columns, columns * sizeof *x);
}

/* Magnitudes have the order of their bits. */
int train_view_largest(const struct train_view *view, int64_t rows, int64_t columns) {
    uint16_t largest = 0; /* as narrow as the elements: a vector holds more of them */
    for (int64_t r = 0; r < rows; r++) {
        const uint16_t *row =
            (const uint16_t *)(const void *)(view->memory + (size_t)r * view->row_bytes);
        for (int64_t c = 0; c < columns; c++) {
            const uint16_t magnitude = row[c] & 0x7fff;
            largest = magnitude > largest ? magnitude : largest;
        }
    }
    return largest;
}
