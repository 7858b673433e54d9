/* SPDX-License-Identifier: MIT
 *
 * Checkpoints: all that a run needs to continue as if it had never stopped, in
 * DIRECTORY/checkpoint; the previous one is kept as DIRECTORY/checkpoint.prev. Little endian:
 *
 *     0 8 magic "ANETRAIN" 8 4 version (3) 12 4 number of parts 16 8 size of the whole file in
 *     bytes 24 - per part: name (24 bytes, zeros after it), size in bytes (8) - - the parts' bytes,
 *     one after the other, each at a multiple of 64 end 32 SHA-256 of everything before
 *
 * A checkpoint is written to a new file, synced to disk and renamed, so a run may be killed at any
 * moment. While one is being written, there are three on disk.
 */
#ifndef ANEPROBE_TRAIN_CHECKPOINT_H
#define ANEPROBE_TRAIN_CHECKPOINT_H

#include "device/device.h"

enum { CHECKPOINT_NAME_BYTES = 24, CHECKPOINT_PARTS_MAX = 16 };

/* Something to save: the weights, a moment, a struct of counters, the options as text. */
struct checkpoint_part {
    const char *name; /* at most 23 characters */
    const void *data;
    size_t bytes;
};

/* Writes `parts`, in order, to DIRECTORY. On failure (disk full, directory read-only, ...) the
 * existing checkpoints are unchanged. */
enum device_status checkpoint_write(const char *directory, const struct checkpoint_part *parts,
    int n_parts, struct device_error *error);

/* Whether there is one, intact or not. */
bool checkpoint_exists(const char *directory);

/* A checkpoint that was read and found intact. */
struct checkpoint;

/* Reads DIRECTORY/checkpoint; if that is missing or damaged, checkpoint.prev, and then `notice`
 * says so (else it is ""). When neither is intact: DEVICE_BROKEN with file, reason (foreign,
 * another version, cut off, damaged) and remedy. Must be closed. */
enum device_status checkpoint_open(const char *directory, struct checkpoint **out, char *notice,
    size_t notice_bytes, struct device_error *error);
void checkpoint_close(struct checkpoint *checkpoint);
/* After a notice, and with the lock: renames the newest to checkpoint.damaged, otherwise the next
 * write would let it replace the only intact one. It may be missing. */
enum device_status checkpoint_set_aside(const char *directory, struct device_error *error);

/* A part by name, or NULL. Valid until the checkpoint is closed. */
const void *checkpoint_part(const struct checkpoint *checkpoint, const char *name, size_t *bytes);
/* Copies a part of exactly that size; DEVICE_BROKEN when it is missing or has another size. */
enum device_status checkpoint_copy(const struct checkpoint *checkpoint, const char *name,
    void *data, size_t bytes, struct device_error *error);

/* Locks DIRECTORY for this run, until the descriptor is closed or the process ends in any way.
 * DEVICE_BROKEN when another run has it. `fd` is not inherited by other programs: after an exec,
 * lock it again. */
enum device_status checkpoint_lock(const char *directory, int *fd, struct device_error *error);

#endif
