/* SPDX-License-Identifier: MIT
 *
 * aneprobe-import: results of others as rows of results/published.csv. Started by `aneprobe import`.
 *
 * Exit: 0 done, 2 usage, 99 broken: a file is not what it should be.
 */
#include "import/rows.h"

#include "base/files.h"
#include "base/options.h"
#include "base/program.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_MAX_BYTES = 64 << 20 };

struct import_options {
    const char *source;
};

static const struct option options[] = {
    {"--source", "WHO", NULL,
        "who published them, and where; llama-bench's files and those of 'aneprobe generate' do "
        "not say, ANEForge's "
        "name their contributor",
        OPTION_WORD, OPTION_FIELD(struct import_options, source)},
};

static const struct command_line line = {.name = "aneprobe import",
    .usage = "FILE... [--source WHO]",
    .text = "Prints what others measured as rows of results/published.csv: JSON of ANEForge's "
            "roofline suite (schema version 2), and CSV of llama-bench or of 'aneprobe generate'. "
            "'aneprobe compare --also ROWS.csv' shows them. Each row says whose it is.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .least_operands = 1,
    .most_operands = -1,
    .operand = "FILE"};

static int file_import(
    struct import_rows *rows, const char *path, const char *source, struct error *error) {
    char *bytes = NULL;
    size_t n_bytes;
    if (path_check(path, error) != 0 ||
        file_take(path, FILE_MAX_BYTES, &bytes, &n_bytes, error) != 0)
        return -1;
    const bool is_json = bytes[strspn(bytes, " \t\r\n")] == '{';
    const int failed = is_json ? import_aneforge(rows, path, source, bytes, n_bytes, error)
                               : import_llama_bench(rows, path, source, bytes, n_bytes, error);
    free(bytes);
    return failed;
}

static void work(char **files, int n_files, void *values, struct error *error) {
    const struct import_options *o = values;
    struct import_rows rows = {.n = 0};
    int failed = 0;
    for (int i = 0; !failed && i < n_files; i++)
        failed = file_import(&rows, files[i], o->source, error);
    if (!failed)
        import_print(&rows, stdout);
    import_free(&rows);
}

int main(int argc, char **argv) {
    struct import_options o = {NULL};
    return program_run(&line, argc, argv, &o, work);
}
