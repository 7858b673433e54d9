/* SPDX-License-Identifier: MIT
 *
 * A client of the framework that does everything right, step by step, for tests to leave the path
 * where they want to. y = w * x with one weight a channel. A step that fails ends the process with
 * code 99 and a message.
 */
#ifndef ANEPROBE_TESTS_STANDIN_HONEST_H
#define ANEPROBE_TESTS_STANDIN_HONEST_H

#include "device/ane/ane_message.h"
#include "device/apple/apple_object.h"
#include "standin.h"

enum { HONEST_CHANNELS = 8, HONEST_POSITIONS = 16, HONEST_SURFACE_BYTES = 65536 };

enum honest_step {
    HONEST_OPEN,
    HONEST_MODEL,
    HONEST_FILES,
    HONEST_COMPILED,
    HONEST_LOADED,
    HONEST_REQUEST
};

struct honest {
    struct apple_runtime runtime;
    const struct apple_entry *e;
    struct device_error error;
    struct apple_call call; /* one pool around everything */
    enum honest_step step;
#define HONEST_QUERY(result, name, parameters) result(*name) parameters;
    STANDIN_QUERIES(HONEST_QUERY)
#undef HONEST_QUERY

    /* to be changed before the step MODEL by those who want it otherwise */
    int blob_offset;  /* 64, where the blob's metadata is */
    int corrupt_at;   /* this byte of the weight file is to be ... */
    int corrupt_with; /* ... this; -1 = the file is as it must be */
    char mil[1024];   /* the text, from open on */

    /* owned */
    void *options; /* an empty NSDictionary */
    void *text, *weights;
    void *surfaces[2]; /* IOSurfaceRef: input, output */
    /* autoreleased */
    void *descriptor, *model, *wrapped[2], *request;
    char directory[512];
};

/* The library that ANEPROBE_STANDIN names. */
void honest_open(struct honest *h);
/* All steps up to this one. */
void honest_go(struct honest *h, enum honest_step step);
/* Unloads, releases what is owned, and empties the pool. */
void honest_close(struct honest *h);

/* Parts. Results are owned. */
void *honest_surface(const struct honest *h, size_t bytes);
void *honest_array(const struct honest *h, void *only);
void honest_write_input(struct honest *h);
bool honest_output_is_right(struct honest *h);
/* Ends the process when `right` is false. */
void honest_must(const struct honest *h, bool right, const char *what);

#endif
