/* SPDX-License-Identifier: MIT */
#include "train/data/tokenizer.h"

#include "train/file/little_endian.h"
#include "base/files.h"
#include "base/output_file.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_BEGIN = 1, TEXT_END = 2, N_BYTES = 256 };

/* U+FFFD */
static const char replacement[] = "\xEF\xBF\xBD";

struct piece {
    const char *text;
    size_t bytes;
};

struct tokenizer {
    const char *file; /* mapped; NULL: tokens are bytes */
    size_t file_bytes;
    struct piece *pieces;
    char byte;
};

/* What precedes each piece in the file. */
struct piece_head {
    float score;
    int32_t bytes;
};
_Static_assert(sizeof(struct piece_head) == 8, "the file's layout");

static enum device_status pieces_find(
    struct tokenizer *t, const char *path, int vocab, struct device_error *error) {
    size_t at = sizeof(int32_t);
    for (int token = 0; token < vocab; token++) {
        struct piece_head head;
        if (at + sizeof head > t->file_bytes)
            return device_error_set(error, DEVICE_BROKEN, "tokenizer",
                "%s ends at token %d, but the model has %d; it was cut off or made for another "
                "model",
                path, token, vocab);
        memcpy(&head, t->file + at, sizeof head);
        at += sizeof head;
        if (head.bytes < 0 || (size_t)head.bytes > t->file_bytes - at)
            return device_error_set(error, DEVICE_BROKEN, "tokenizer",
                "%s: token %d (byte %zu) has a length of %d, past the file's end; it is damaged or "
                "not a llama2.c tokenizer",
                path, token, at - sizeof head.bytes, (int)head.bytes);
        t->pieces[token] = (struct piece){t->file + at, (size_t)head.bytes};
        at += (size_t)head.bytes;
    }
    if (at != t->file_bytes)
        return device_error_set(error, DEVICE_BROKEN, "tokenizer",
            "%s has more than the model's %d tokens; it was made for another model", path, vocab);
    return DEVICE_OK;
}

enum device_status tokenizer_open(
    const char *path, int vocab, struct tokenizer **out, struct device_error *error) {
    struct error why;
    enum device_status status = DEVICE_OK;
    const void *data = NULL;
    *out = NULL;
    struct tokenizer *t = calloc(1, sizeof *t);
    if (t != NULL)
        t->pieces = calloc((size_t)vocab, sizeof *t->pieces);
    if (t == NULL || t->pieces == NULL)
        status = device_error_set(error, DEVICE_BROKEN, "tokenizer", "out of memory");
    if (status == DEVICE_OK && path != NULL) {
        if (file_map(path, &data, &t->file_bytes, &why) != 0)
            status = device_error_take(error, "file", &why);
        t->file = data;
        if (status == DEVICE_OK)
            status = pieces_find(t, path, vocab, error);
    }
    if (status == DEVICE_OK)
        *out = t;
    else
        tokenizer_close(t);
    return status;
}

void tokenizer_close(struct tokenizer *t) {
    if (t == NULL)
        return;
    file_unmap(t->file, t->file_bytes);
    free(t->pieces);
    free(t);
}

/* A byte in a form safe for terminals: control characters other than tabs and line ends have no
 * text. */
static struct piece byte_piece(struct tokenizer *t, unsigned char byte) {
    t->byte = (char)byte;
    bool is_control = (byte < ' ' && byte != '\n' && byte != '\t') || byte == 127;
    return (struct piece){&t->byte, is_control ? 0 : 1};
}

static int hex_digit(char c) {
    static const char digits[] = "0123456789ABCDEF";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

/* The byte that a piece like "<0x0A>" stands for, or -1. */
static int byte_named(struct piece piece) {
    if (piece.bytes != 6 || memcmp(piece.text, "<0x", 3) != 0 || piece.text[5] != '>')
        return -1;
    int high = hex_digit(piece.text[3]), low = hex_digit(piece.text[4]);
    return high >= 0 && low >= 0 ? 16 * high + low : -1;
}

const char *tokenizer_text(struct tokenizer *t, uint16_t previous, uint16_t token, size_t *bytes) {
    struct piece piece = {replacement, sizeof replacement - 1};
    if (token == TEXT_BEGIN || token == TEXT_END) {
        piece.bytes = 0;
    } else if (t->file != NULL) {
        piece = t->pieces[token];
        if (previous == TEXT_BEGIN && piece.bytes > 0 && piece.text[0] == ' ') {
            piece.text++;
            piece.bytes--;
        }
        int byte = byte_named(piece);
        if (byte >= 0)
            piece = byte_piece(t, (unsigned char)byte);
    } else if (token < N_BYTES) {
        piece = byte_piece(t, (unsigned char)token);
    }
    *bytes = piece.bytes;
    return piece.text;
}

enum device_status tokenizer_write_bytes(const char *path, int vocab, struct device_error *error) {
    const int32_t longest = vocab > N_BYTES ? (int32_t)sizeof replacement - 1 : 1;
    struct output_file file;
    struct error why;
    output_file_open(&file, path);
    output_file_write(&file, &longest, sizeof longest);
    for (int token = 0; token < vocab; token++) {
        const char byte = (char)token;
        struct piece piece = {&byte, 1}; /* even for token 0: run.c rejects empty pieces */
        if (token >= N_BYTES)
            piece = (struct piece){replacement, sizeof replacement - 1};
        const struct piece_head head = {.bytes = (int32_t)piece.bytes};
        output_file_write(&file, &head, sizeof head);
        output_file_write(&file, piece.text, piece.bytes);
    }
    return output_file_finish(&file, NULL, &why) == 0 ? DEVICE_OK
                                                      : device_error_take(error, "file", &why);
}
