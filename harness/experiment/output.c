/* SPDX-License-Identifier: MIT */
#include "experiment/output.h"

#include "base/files.h"
#include "base/output_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST = 4 };

/* Not /dev/null and pipes: a file moved into their place would replace them. */
static bool is_replaceable(const struct output *output) {
    struct stat status;
    return output->path && strcmp(output->path, "-") != 0 &&
           (stat(output->path, &status) != 0 || S_ISREG(status.st_mode));
}

static int stream_write(const struct output *output, struct error *error) {
    const bool is_stdout = strcmp(output->path, "-") == 0;
    FILE *out = is_stdout ? stdout : fopen(output->path, "w");
    if (!out)
        return path_error(error, "write", output->path);
    bool is_well = fwrite(output->bytes, 1, output->n_bytes, out) == output->n_bytes;
    is_well &= is_stdout || fclose(out) == 0;
    return is_well || is_stdout ? 0 : path_error(error, "write", output->path);
}

int output_write_all(const struct output *outputs, size_t n, struct error *error) {
    struct output_file files[MOST];
    int failed = 0;
    for (size_t i = 0; i < n; i++)
        if (is_replaceable(&outputs[i])) {
            output_file_open(&files[i], outputs[i].path);
            output_file_write(&files[i], outputs[i].bytes, outputs[i].n_bytes);
            if (!failed && files[i].error.code != EXIT_DONE) {
                *error = files[i].error;
                failed = -1;
            }
        }
    for (size_t i = 0; i < n; i++)
        if (is_replaceable(&outputs[i])) {
            if (failed)
                output_file_abandon(&files[i]);
            else
                failed = output_file_finish(&files[i], NULL, error);
        }
    for (size_t i = 0; i < n && !failed; i++)
        if (outputs[i].path && !is_replaceable(&outputs[i]))
            failed = stream_write(&outputs[i], error);
    return failed;
}
