/* SPDX-License-Identifier: MIT
 *
 * The programs of a model that generates text, as MIL, and the ways to divide it into programs. The
 * building blocks are the trainer's (train/kernel): rotary embedding of neighbouring channels,
 * RMSNorm, grouped heads.
 *
 * A program is a part of the model: some layers, the classifier, or both. It takes `positions` tokens
 * at a time: one for generation, more for a prompt. x is [1,dim,1,positions]; keys and values of a
 * layer are [1,2 kv_dim,1,W], keys first, and those of a part's layers follow each other along the
 * channels.
 */
#ifndef ANEPROBE_GENERATE_PART_H
#define ANEPROBE_GENERATE_PART_H

#include "mil/blob.h"
#include "mil/build/build.h"
#include "train/model/parameters.h"

/* Where keys and values of earlier positions are kept, and who writes to them. */
enum generate_cache {
    /* an input; the new ones are an output, and the host writes them into the input's surface */
    GENERATE_CACHE_ROWS,
    /* an input and an output, whole: the output's surface is the next eval's input */
    GENERATE_CACHE_WHOLE,
    /* a state, which each eval reads and writes; of devices that keep states */
    GENERATE_CACHE_STATE,
    /* in the host's memory: it computes the attention, the programs everything else */
    GENERATE_CACHE_HOST
};

/* How matrices are stored. The classifier too, where it is in a program. */
enum generate_format {
    GENERATE_FP16,
    GENERATE_INT8,      /* one scale a matrix */
    GENERATE_PALETTE_4, /* 4 bits: one of the 16 values of a matrix */
    /* Exactly, and all other numbers of the program are fp32 as well: for devices that compute in it, and for
     * comparisons with programs that do. A matrix whose elements all are fp16 is stored so. */
    GENERATE_FP32,
    GENERATE_FORMATS
};
const char *generate_format_name(enum generate_format format); /* "fp16" */
/* The type of all numbers but those of stored matrices: of inputs and outputs, too. */
enum mil_dtype generate_dtype(enum generate_format format);

struct generate_way {
    int positions; /* tokens of an eval, at least 1 */
    int capacity; /* earlier positions that an eval can attend to; 0: none, as at the start of a prompt */
    enum generate_cache cache; /* all but ROWS: of one position */
    int layers;                /* of a program; with HOST, 1 */
    bool joined;               /* the classifier is in the last layers' program, else in its own */
    int classifier_parts; /* convolutions and outputs that share its rows; 0: it is on the host */
    enum generate_format format;
    int padding; /* rows of zeros that w1 and w3 get, and columns that w2 gets, so that a core's share is
                    another number of bytes */
};
enum { GENERATE_CLASSIFIER_PARTS_MAX = 16 };

/* Returns 0; or -1 and one sentence in `why` if a way does not suit a shape. */
int generate_way_check(
    const struct train_shape *shape, const struct generate_way *way, char *why, size_t why_bytes);
/* Whether an eval puts the new keys and values into the cache: WHOLE and STATE. */
bool generate_way_places(const struct generate_way *way);

/* What an input or output holds. */
enum generate_role {
    GENERATE_ROTATION, /* in: [1,2,pairs,positions], cosines and sines of the positions' angles */
    GENERATE_PLACE,    /* in, WHOLE and STATE: [1,1,1,capacity], 1 at the new position, else 0 */
    GENERATE_MASK, /* in: [1,1,positions,W], 0 where a position attends and GENERATE_MASKED elsewhere.
                          W: the cache's positions, then, with ROWS, the eval's own */
    GENERATE_ATTENDED, /* in, HOST: [1,dim,1,1] */
    GENERATE_X,        /* in and out */
    GENERATE_CACHE,    /* in; out, with WHOLE: of all the part's layers, W = capacity */
    GENERATE_ROWS, /* out: the new keys and values, W = positions; with HOST the queries before them */
    GENERATE_LOGITS /* out: of some rows of the classifier, at the last of the positions */
};
/* -65504 plus a negative score would be infinite; the exponential of this is 0 all the same. */
#define GENERATE_MASKED (-30000.0f)

struct generate_slot {
    enum generate_role role;
    struct mil_type type;
};
enum { GENERATE_SLOTS_MAX = 3 + GENERATE_CLASSIFIER_PARTS_MAX };

struct generate_part {
    int first_layer,
        n_layers; /* HOST: its layer's first half, after the second half of the one before */
    bool has_classifier;
    /* In the order of the program: inputs by size, ascending, outputs descending, as an M1 needs
     * (maderix/ANE issue 47), and with names in that order (mechramc/Orion). Logits keep theirs. */
    struct generate_slot in[GENERATE_SLOTS_MAX], out[GENERATE_SLOTS_MAX];
    int n_in, n_out;
};

/* Their number, and one of them. */
int generate_parts(const struct train_shape *shape, const struct generate_way *way);
void generate_part_of(const struct train_shape *shape, const struct generate_way *way, int index,
    struct generate_part *out);

/* What the inputs and outputs of all programs hold together. */
double generate_slot_bytes(const struct train_shape *shape, const struct generate_way *way);

/* Text and weights of a part; the weights are one file. Its format's rounding is in them: see
 * generate_round. Release with generate_source_free. */
struct generate_source {
    char *text;
    size_t text_bytes;
    struct mil_blob_file weights;
};
int generate_source_make(const struct train_parameters *model, const struct generate_way *way,
    const struct generate_part *part, enum mil_header header, struct generate_source *out,
    struct mil_error *error);
void generate_source_free(struct generate_source *source);

/* Rounds the matrices of a model to what a format can store, so that a reference computes with the
 * same numbers as the programs. */
void generate_round(struct train_parameters *model, enum generate_format format);

#endif
