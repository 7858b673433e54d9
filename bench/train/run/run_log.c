/* SPDX-License-Identifier: MIT */
#include "train/run/run_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct run_log {
    char steps_path[1024], updates_path[1024];
    struct csv_writer steps, updates;
};

static const char *const step_columns[] = {"step", "tokens", "loss", "wall_ns", "step_ns",
    "device_ns", "io_ns", "host_ns", "wait_ns", "stall_ns", "evals", "rescales", "version",
    "version_in_use", "stale_updates", "programs_alive", "compiles", "restarts"};
static const char *const update_columns[] = {"update", "step", "tokens", "loss", "gradient_norm",
    "wall_ns", "batch_ns", "optimiser_ns", "checkpoint_ns", "stall_ns", "stall_wait_ns",
    "stall_swap_ns", "stall_snapshot_ns", "stall_restart_ns", "version_in_use", "stale_updates",
    "compile_version", "compile_begin_ns", "compile_end_ns", "compiler_ns", "programs_alive",
    "compiles", "restarts", "learning_rate"};

static enum device_status write_refuse(const char *path, struct device_error *error) {
    return device_error_set(error, DEVICE_BROKEN, "log",
        "%.300s cannot be written: %s; fix that, then continue with --resume", path,
        strerror(errno));
}

/* For a log at its beginning: the run cannot be resumed yet. */
static enum device_status begin_refuse(const char *path, struct device_error *error) {
    return device_error_set(error, DEVICE_BROKEN, "log",
        "%.300s cannot be written: %s; fix that, then start it again", path, strerror(errno));
}

static enum device_status header_put(struct csv_writer *w, const char *path,
    const char *const *columns, size_t n, struct device_error *error) {
    for (size_t i = 0; i < n; i++)
        csv_put_text(w, columns[i]);
    return csv_end_row(w) == 0 ? DEVICE_OK : begin_refuse(path, error);
}

static enum device_status row_end(
    struct csv_writer *w, const char *path, struct device_error *error) {
    return csv_end_row(w) == 0 ? DEVICE_OK : write_refuse(path, error);
}

/* Never through a link. */
static FILE *csv_open(const char *path, bool is_new) {
    int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | (is_new ? O_CREAT | O_TRUNC : 0), 0666);
    FILE *file = fd >= 0 ? fdopen(fd, "r+") : NULL;
    if (fd >= 0 && !file)
        close(fd);
    return file;
}

static enum device_status log_open(
    const char *directory, bool is_new, struct run_log **out, struct device_error *error) {
    struct run_log *log = calloc(1, sizeof *log);
    *out = log;
    if (!log)
        return device_error_set(error, DEVICE_BROKEN, "log", "out of memory");
    snprintf(log->steps_path, sizeof log->steps_path, "%s/steps.csv", directory);
    snprintf(log->updates_path, sizeof log->updates_path, "%s/updates.csv", directory);
    const char *path = log->steps_path;
    if ((log->steps.file = csv_open(path, is_new)) != NULL)
        log->updates.file = csv_open(path = log->updates_path, is_new);
    if (log->updates.file)
        return DEVICE_OK;
    return is_new ? begin_refuse(path, error) : write_refuse(path, error);
}

enum device_status run_log_create(
    const char *directory, struct run_log **out, struct device_error *error) {
    enum device_status status = log_open(directory, true, out, error);
    struct run_log *log = *out;
    if (status == DEVICE_OK)
        status = header_put(&log->steps, log->steps_path, step_columns,
            sizeof step_columns / sizeof *step_columns, error);
    if (status == DEVICE_OK)
        status = header_put(&log->updates, log->updates_path, update_columns,
            sizeof update_columns / sizeof *update_columns, error);
    if (status != DEVICE_OK) {
        run_log_close(log);
        *out = NULL;
    }
    return status;
}

static enum device_status file_cut(
    FILE *file, const char *path, int64_t bytes, struct device_error *error) {
    struct stat about;
    if (fstat(fileno(file), &about) != 0)
        return write_refuse(path, error);
    if (about.st_size < bytes)
        return device_error_set(error, DEVICE_BROKEN, "log",
            "%.300s has lost rows that the checkpoint counts; restore it, or start another run",
            path);
    if (ftruncate(fileno(file), (off_t)bytes) != 0 || fseek(file, 0, SEEK_END) != 0)
        return write_refuse(path, error);
    return DEVICE_OK;
}

enum device_status run_log_continue(const char *directory, const struct run_log_place *place,
    struct run_log **out, struct device_error *error) {
    enum device_status status = log_open(directory, false, out, error);
    struct run_log *log = *out;
    if (status == DEVICE_OK)
        status = file_cut(log->steps.file, log->steps_path, place->steps_bytes, error);
    if (status == DEVICE_OK)
        status = file_cut(log->updates.file, log->updates_path, place->updates_bytes, error);
    if (status != DEVICE_OK) {
        run_log_close(log);
        *out = NULL;
    }
    return status;
}

void run_log_close(struct run_log *log) {
    if (!log)
        return;
    if (log->steps.file)
        fclose(log->steps.file);
    if (log->updates.file)
        fclose(log->updates.file);
    free(log);
}

enum device_status run_log_put_step(
    struct run_log *log, const struct run_log_step *row, struct device_error *error) {
    struct csv_writer *w = &log->steps;
    csv_put_i64(w, row->step);
    csv_put_i64(w, row->tokens);
    csv_put_number(w, row->loss);
    csv_put_u64(w, row->wall_ns);
    csv_put_u64(w, row->step_ns);
    csv_put_u64(w, row->timing.device_ns);
    csv_put_u64(w, row->timing.io_ns);
    csv_put_u64(w, row->timing.host_ns);
    csv_put_u64(w, row->timing.wait_ns);
    csv_put_u64(w, row->stall_ns);
    csv_put_u64(w, row->timing.evals);
    csv_put_u64(w, row->timing.rescales);
    csv_put_i64(w, row->version);
    csv_put_i64(w, row->version_in_use);
    csv_put_i64(w, row->version - row->version_in_use);
    csv_put_i64(w, row->programs_alive);
    csv_put_i64(w, row->compiles);
    csv_put_i64(w, row->restarts);
    return row_end(w, log->steps_path, error);
}

static void compile_put(struct csv_writer *w, const struct run_log_update *row) {
    if (!row->has_compile) {
        for (int i = 0; i < 4; i++)
            csv_put_empty(w);
        return;
    }
    csv_put_i64(w, row->compile.version);
    csv_put_u64(w, row->compile.begin_ns);
    csv_put_u64(w, row->compile.end_ns);
    csv_put_u64(w, row->compile.compiler_ns);
}

enum device_status run_log_put_update(
    struct run_log *log, const struct run_log_update *row, struct device_error *error) {
    struct csv_writer *w = &log->updates;
    csv_put_i64(w, row->update);
    csv_put_i64(w, row->step);
    csv_put_i64(w, row->tokens);
    csv_put_number(w, row->loss);
    csv_put_number(w, row->gradient_norm);
    csv_put_u64(w, row->wall_ns);
    csv_put_u64(w, row->batch_ns);
    csv_put_u64(w, row->optimiser_ns);
    csv_put_u64(w, row->checkpoint_ns);
    csv_put_u64(w, train_stall_ns(&row->stall) + row->restart_ns);
    csv_put_u64(w, row->stall.wait_ns);
    csv_put_u64(w, row->stall.swap_ns);
    csv_put_u64(w, row->stall.snapshot_ns);
    csv_put_u64(w, row->restart_ns);
    csv_put_i64(w, row->version_in_use);
    csv_put_i64(w, row->update - row->version_in_use);
    compile_put(w, row);
    csv_put_i64(w, row->programs_alive);
    csv_put_i64(w, row->compiles);
    csv_put_i64(w, row->restarts);
    csv_put_number(w, row->learning_rate);
    return row_end(w, log->updates_path, error);
}

static enum device_status file_sync(
    struct csv_writer *w, const char *path, int64_t *bytes, struct device_error *error) {
    const long end = ftell(w->file);
    if (end < 0 || fsync(fileno(w->file)) != 0)
        return write_refuse(path, error);
    *bytes = end;
    return DEVICE_OK;
}

enum device_status run_log_sync(
    struct run_log *log, struct run_log_place *place, struct device_error *error) {
    enum device_status status = file_sync(&log->steps, log->steps_path, &place->steps_bytes, error);
    return status == DEVICE_OK
               ? file_sync(&log->updates, log->updates_path, &place->updates_bytes, error)
               : status;
}
