/* SPDX-License-Identifier: MIT
 *
 * A model on a device, one way: its programs, their surfaces, and the cache of keys and values.
 * Tokens go in, logits come out. From one thread at a time, as the device requires.
 */
#ifndef ANEPROBE_GENERATE_GENERATE_H
#define ANEPROBE_GENERATE_GENERATE_H

#include "device/device.h"
#include "generate/part.h"

struct generate;

/* Receives the text of each program before it is created. */
typedef void generate_text_fn(void *context, const char *text, size_t bytes);

/* What generate_open refuses before it makes a program: a way that does not fit the shape, and a cache and surfaces larger
 * than the machine's memory. */
enum device_status generate_check(
    const struct train_shape *shape, const struct generate_way *way, struct device_error *error);
/* Makes, compiles and loads all programs. The model and the device are borrowed; the model's matrices must
 * be what the way's format can store (generate_round). `text` may be NULL. On anything but DEVICE_OK *out is
 * NULL. */
enum device_status generate_open(struct device *device, const struct train_parameters *model,
    const struct generate_way *way, generate_text_fn *text, void *context, struct generate **out,
    struct device_error *error);
void generate_close(struct generate *generate); /* NULL is allowed */

/* What opening it took on the device's clock, and what it holds. */
struct generate_costs {
    uint64_t compile_ns, load_ns;
    bool cached; /* a compile was served from a cache: no compile time */
    int programs;
    double weight_bytes; /* in the programs' weight files: an eval of each reads all of them once */
};
struct generate_costs generate_costs(const struct generate *generate);

/* Forgets all positions. */
void generate_reset(struct generate *generate);
/* Reads the way's number of tokens, each below vocab, at the next positions, and writes the logits after
 * the last, [vocab]. DEVICE_FAILED when the cache is full. */
enum device_status generate_read(
    struct generate *generate, const int32_t *tokens, float *logits, struct device_error *error);
/* The largest difference between n logits and what they should be, of the largest of those; infinite when
 * one is not finite. */
double generate_logits_off(const float *logits, const float *expected, int n);
/* Takes over what `prompt`, of the same model, read last at its positions 0 and up. Forgets all others. */
enum device_status generate_continue(
    struct generate *generate, const struct generate *prompt, struct device_error *error);

#endif
