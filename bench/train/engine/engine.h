/* SPDX-License-Identifier: MIT
 *
 * The trainer's engine: everything that outlives a change of weights (surfaces, programs without
 * weights, host threads, buffers), sets of programs that each hold one version of the weights, and
 * the step that runs one window forward and backward on a set.
 *
 * One version, everywhere. train_set_snapshot copies what the host needs of that version
 * (embedding, norms) into the set and the matrices, in fp16, into the engine's staging area, from
 * which the set's programs are built. A step on that set uses the set's copies on the host and its
 * programs on the device, never the live parameters: its gradients are those at the snapshot. The
 * caller applies them to the live parameters, which may be newer by then.
 *
 * The engine has one staging area: it belongs to the last set that took a snapshot, until all its
 * programs are built (TRAIN_WEIGHTS_BAKED) or train_set_write_weights was called
 * (TRAIN_WEIGHTS_INPUT).
 *
 * Not thread-safe: call all of this from one thread, as the device requires. A step allocates
 * nothing.
 */
#ifndef ANEPROBE_TRAIN_ENGINE_H
#define ANEPROBE_TRAIN_ENGINE_H

#include "device/device.h"
#include "train/kernel/cut.h"
#include "train/host/pool.h"

struct train_engine_options {
    enum train_cut cut;
    enum train_weights_place place;
    int host_threads; /* in addition to the caller's; 0 = none */
    int qos;          /* of evals, loads and compiles */
    /* Called after every eval of a step, so that compiles may be started and collected meanwhile.
     * May be NULL. */
    void (*between_evals)(void *context);
    void *context;
};

struct train_engine;

/* Creates surfaces, threads and buffers, and compiles and loads the programs without weights (one
 * sdpa_bwd2 for all layers; with weights as input: all programs). The device is borrowed. */
enum device_status train_engine_create(struct device *device, const struct train_shape *shape,
    const struct train_engine_options *options, struct train_engine **out,
    struct device_error *error);
/* Call after freeing its sets. NULL is allowed. */
void train_engine_free(struct train_engine *engine);
/* The host threads, for train_adamw_update between steps. */
struct train_pool *train_engine_pool(const struct train_engine *engine);

/* The number of programs that the engine and its sets hold on the device now, built or loaded. */
int train_engine_programs_alive(const struct train_engine *engine);
/* The number of compiles done for the engine and its sets, including cached ones. */
int train_engine_compiles(const struct train_engine *engine);
/* Bytes of host memory: activations and buffers, surfaces, staging; each set's copies. */
struct train_memory {
    size_t activation_bytes, surface_bytes, staging_bytes, set_bytes;
};
struct train_memory train_engine_memory(const struct train_engine *engine);

/* ---- sets ------------------------------------------------------------------------------------ */

struct train_set;

/* A set without weights: nothing is on the device yet. */
enum device_status train_set_create(
    struct train_engine *engine, struct train_set **out, struct device_error *error);
/* Frees its programs too. NULL is allowed. */
void train_set_free(struct train_set *set);

/* Takes a snapshot of the current weights under the caller's version number. A few tens of
 * milliseconds at 110 M parameters, on the calling thread and the host threads. Programs of an
 * older snapshot keep its weights until they are dropped and rebuilt, or rewritten. */
void train_set_snapshot(
    struct train_set *set, const struct train_parameters *parameters, uint64_t version);
uint64_t train_set_version(const struct train_set *set);
/* Returns the snapshot in fp32, rounded to fp16 as in the programs; taking a snapshot of it again
 * gives the same weights. False when another snapshot was taken since. */
bool train_set_weights(const struct train_set *set, struct train_parameters *out);

/* The number of the set's programs, 0..n-1 in the order in which a step first uses them; 0 when
 * weights are inputs. */
int train_set_n_programs(const struct train_set *set);
/* "layer 3 ffn_bwd", for messages; lives as long as the set. */
const char *train_set_program_name(const struct train_set *set, int index);

/* The life of one program on the device. build makes text and weight files from the staging area.
 * The caller compiles it, in the background or not: train_set_program gives the device's handle
 * (NULL before build). After a compile, load also makes the requests. unload and drop undo load and
 * build; both are allowed at any time between steps, even if the program was never loaded or built.
 */
enum device_status train_set_build(struct train_set *set, int index, struct device_error *error);
struct device_program *train_set_program(const struct train_set *set, int index);
/* compile, compile_start, compile_poll and compile_wait of the device, counted, with the engine's
 * QoS. */
enum device_status train_set_compile(struct train_set *set, int index, struct device_error *error);
enum device_status train_set_compile_start(
    struct train_set *set, int index, struct device_error *error);
bool train_set_compile_poll(struct train_set *set, int index);
enum device_status train_set_compile_wait(
    struct train_set *set, int index, struct device_error *error);
enum device_status train_set_load(struct train_set *set, int index, struct device_error *error);
enum device_status train_set_unload(struct train_set *set, int index, struct device_error *error);
void train_set_drop(struct train_set *set, int index);

/* Another way to change weights: overwrites program `index`'s weights on disk, in its source files
 * or its compiled data, with those of the staging area. Takes effect, if at all, at the next load.
 */
enum device_status train_set_rewrite(
    struct train_set *set, int index, bool compiled, struct device_error *error);

/* Another: maps a loaded program's weights, until unload, and finds those of the staging area in them, which
 * the program was built from. DEVICE_UNSUPPORTED, or the device's own status, where they cannot be mapped or
 * do not stand there in rows, each once. Then write_mapped brings in what the staging area has by then. */
enum device_status train_set_map(struct train_set *set, int index, struct device_error *error);
enum device_status train_set_write_mapped(
    struct train_set *set, int index, struct device_error *error);

/* Another: with TRAIN_WEIGHTS_INPUT, writes the staging area's weights into the surfaces. */
enum device_status train_set_write_weights(struct train_set *set, struct device_error *error);

/* All programs loaded, or weights written: a step can run on it. */
bool train_set_is_ready(const struct train_set *set);

/* ---- the step -------------------------------------------------------------------------------- */

/* Where a step's time went, on the device's clock (in virtual time the host's parts are 0). The
 * parts add up to the step's wall time except for a few microseconds. */
struct train_timing {
    uint64_t device_ns; /* in evals */
    uint64_t io_ns;     /* writing and reading surfaces, fp16 conversion */
    /* computing on the calling thread, partly in parallel with the host threads */
    uint64_t host_ns;
    uint64_t wait_ns; /* waiting for the host threads: weight gradients not done in time */
    uint64_t evals;
    uint64_t rescales; /* evals repeated with a smaller gradient scale, after an overflow */
};

/* One window: tokens[0..seq-1] predict tokens[1..seq]. Adds the gradient of the mean cross entropy
 * to `gradients` (all tensors; zero them before the first step of a batch), sets *loss in nats,
 * adds to *timing. Every eval's status and every output's finiteness are checked:
 * DEVICE_FAILED with the layer and program in error->text when an output is not finite at any
 * scale (the weights have diverged), the device's own status when an eval fails; `gradients` are
 * then unfit, *loss is not set. */
enum device_status train_step(struct train_engine *engine, const struct train_set *set,
    const uint16_t *tokens, struct train_parameters *gradients, double *loss,
    struct train_timing *timing, struct device_error *error);

/* Forward only, for validation: the mean cross entropy. */
enum device_status train_loss(struct train_engine *engine, const struct train_set *set,
    const uint16_t *tokens, double *loss, struct train_timing *timing, struct device_error *error);

#endif
