/* SPDX-License-Identifier: MIT */
#include "train/run/run_options.h"

#include "base/files.h"
#include "measure/csv.h"
#include "measure/memory_file.h"
#include "train/model/parameters.h"
#include "train/update/double_buffer.h"

#include <stdlib.h>
#include <string.h>

/* The scope of a value: fixed for the run; of the run, but may be changed with --resume; or only
 * for this start of the program. */
enum option_scope { SCOPE_RUN, SCOPE_RUN_ANEW, SCOPE_START };

static int shape_take(
    const struct option *option, const char *value, void *values, struct error *error) {
    struct run_options *o = values;
    char why[400];
    if (strlen(value) >= sizeof o->shape_text)
        return error_set(error, EXIT_USAGE, "option '%s': the text is too long", option->name);
    strcpy(o->shape_text, value);
    return train_shape_parse(value, &o->shape, why, sizeof why) == 0 &&
                   train_shape_trains(&o->shape, why, sizeof why) == 0
               ? 0
               : error_set(error, EXIT_USAGE, "option '%s': %s", option->name, why);
}

static int limit_take(
    const struct option *option, const char *value, void *values, struct error *error) {
    struct run_options *o = values;
    if (strlen(value) >= sizeof o->limit_text || !train_limit_parse(value, &o->limit))
        return error_set(error, EXIT_USAGE,
            "option '%s' takes none, compiles:N or loaded:N, not '%.40s'", option->name, value);
    strcpy(o->limit_text, value);
    return 0;
}

static const char *const ways[] = {"sync", "double", "reload", "mapped", "dynamic", NULL};
static const char *const cuts[] = {[TRAIN_CUT_SIX] = "six", [TRAIN_CUT_THREE] = "three", NULL};

#define FIELD(field) OPTION_FIELD(struct run_options, field)
static const struct option options[] = {
    {"--out", "DIR", NULL, "the run's directory, new or empty", OPTION_TEXT, FIELD(out),
        .scope = SCOPE_START},
    {"--resume", "DIR", NULL,
        "resume from the run's last checkpoint; only --steps, --sample, --export, --tokenizer "
        "and --energy may be combined with it",
        OPTION_TEXT, FIELD(resume), .scope = SCOPE_START},
    {"--shape", "S", "tiny",
        "stories110m, stories15m or tiny, optionally with other sizes (tiny,layers=4), or sizes "
        "alone (layers=2,dim=64,...)",
        OPTION_OTHER, FIELD(shape_text), .take = shape_take},
    {"--data", "FILE", "stories from the built-in grammar", "tokens, uint16 each", OPTION_TEXT,
        FIELD(data)},
    {"--init-from", "FILE", NULL, "start with the weights and shape of a llama2.c model",
        OPTION_TEXT, FIELD(init_from)},
    {"--init-deviation", "X", "0.02",
        "standard deviation of random initial weights; tiny learns faster from 0.05",
        OPTION_DECIMAL, FIELD(init_deviation), .low = 1e-6, .high = 1},
    {"--device", "D", "auto", "auto, cpu:cores=1, sim:m4, ...", OPTION_TEXT, FIELD(device)},
    {"--update", "WAY", "double",
        "how new weights reach the device: sync, double, reload, mapped or dynamic", OPTION_CHOICE,
        FIELD(way), .words = ways},
    {"--max-stale", "N", "1", "double: the greatest age of the weights in use, in updates, or inf",
        OPTION_WHOLE, FIELD(max_stale), .most = 1000, .unlimited = "inf"},
    {"--cut", "CUT", "six", "programs per layer: six, or three fused ones", OPTION_CHOICE,
        FIELD(cut), .words = cuts},
    {"--limit", "L", "as the device reports; assumed for ane: compiles:119",
        "what runs out in a process: none, compiles:N or loaded:N", OPTION_OTHER, FIELD(limit_text),
        .take = limit_take},
    {"--accum", "N", "10", "steps per batch, after which the weights are updated", OPTION_WHOLE,
        FIELD(accum), .least = 1, .most = 1000000},
    {"--steps", "N", "1000", "windows to train on, in total", OPTION_WHOLE, FIELD(steps),
        .least = 1, .most = 1000000000000000, .scope = SCOPE_RUN_ANEW},
    {"--lr", "X", "0.0003", "AdamW's learning rate", OPTION_DECIMAL, FIELD(learning_rate),
        .high = 10},
    {"--lr-end", "X", "1, no fall", "the share of it left at the last step, after a cosine decay",
        OPTION_DECIMAL, FIELD(learning_rate_end), .high = 1},
    {"--warmup", "N", "0", "steps over which the learning rate rises from 0", OPTION_WHOLE,
        FIELD(warmup), .most = 1000000000000000},
    {"--weight-decay", "X", "0", "AdamW's, on matrices", OPTION_DECIMAL, FIELD(weight_decay),
        .high = 10},
    {"--seed", "N", "1", "for initial weights, data and samples", OPTION_WHOLE, FIELD(seed),
        .most = 9000000000000000},
    {"--threads", "N", "1", "host threads", OPTION_WHOLE, FIELD(threads), .least = 1, .most = 256},
    {"--checkpoint-every", "N", "10", "updates between checkpoints", OPTION_WHOLE,
        FIELD(checkpoint_every), .least = 1, .most = 1000000},
    {"--host-step-ms", "X", "0", "in virtual time: host work of a step", OPTION_DECIMAL,
        FIELD(host_step_ms), .high = 1e6},
    {"--host-update-ms", "X", "0", "in virtual time: host work of an update", OPTION_DECIMAL,
        FIELD(host_update_ms), .high = 1e6},
    {"--sample", "N", "0", "texts for the trained model to write to standard output", OPTION_WHOLE,
        FIELD(n_samples), .most = 1000, .scope = SCOPE_START},
    {"--export", "FILE", NULL,
        "write the trained model in llama2.c's format; for stories, also FILE.tokenizer",
        OPTION_TEXT, FIELD(export_to), .scope = SCOPE_START},
    {"--tokenizer", "FILE", NULL, "a llama2.c tokenizer, for --sample when tokens are not bytes",
        OPTION_TEXT, FIELD(tokenizer), .scope = SCOPE_START},
    {"--energy", NULL, NULL,
        "joules an update, of the first updates, where a counter of energy is live", OPTION_SWITCH,
        FIELD(energy), .scope = SCOPE_START},
    {"--restarted-at", "NS", NULL, NULL, OPTION_WHOLE, FIELD(restarted_at_ns),
        .most = 1000000000000000000, .scope = SCOPE_START},
};
#undef FIELD
enum { N_OPTIONS = sizeof options / sizeof *options };

const struct command_line run_options_line = {.name = "aneprobe train",
    .usage = "--out DIR [OPTION...]\n"
             "--resume DIR [--steps N] [--sample N] [--export FILE] [--tokenizer FILE] [--energy]",
    .text = "Trains a Llama2 model on a device whose programs hold their weights, and measures "
            "what that costs: DIR/steps.csv and DIR/updates.csv, row by row. Ctrl-C finishes the "
            "batch, writes a checkpoint and stops.",
    .options = options,
    .n_options = N_OPTIONS};

/* ---- settings.csv */

static int settings_read(struct run_options *o, struct error *error) {
    char path[1100];
    struct csv_table *settings;
    snprintf(path, sizeof path, "%s/settings.csv", o->out);
    if (csv_table_read(path, &settings, error) != 0) {
        error->code = EXIT_USAGE;
        return error_add(error, "; is this the directory of a training run?");
    }
    const int name = csv_column(settings, "option"), value = csv_column(settings, "value");
    int failed = 0;
    for (size_t row = 0; row < csv_rows(settings) && !failed; row++) {
        const struct option *option = option_find(&run_options_line, csv_text(settings, row, name));
        if (!option || option->scope == SCOPE_START || value < 0)
            failed = error_set(error, EXIT_USAGE, "%s:%zu: '%.40s' is not a setting of a run", path,
                csv_line(settings, row), csv_text(settings, row, name));
        else
            failed = option_take(option, csv_text(settings, row, value), o, error);
    }
    csv_table_free(settings);
    return failed;
}

static void value_print(
    const struct option *option, const struct run_options *o, char *out, size_t bytes) {
    /* both options with a parse function keep their text in the field */
    if (option->kind == OPTION_OTHER)
        snprintf(out, bytes, "%s", (const char *)o + option->at);
    else
        option_print(option, o, out, bytes);
}

int run_options_save(const struct run_options *o, struct error *error) {
    char path[1100], value[1100];
    char *bytes = NULL;
    size_t n_bytes = 0;
    struct csv_writer w = {.file = open_memstream(&bytes, &n_bytes)};
    if (!w.file)
        return error_set(error, EXIT_BROKEN, "out of memory");
    csv_put_text(&w, "option");
    csv_put_text(&w, "value");
    csv_end_row(&w);
    for (int i = 0; i < N_OPTIONS; i++) {
        value_print(&options[i], o, value, sizeof value);
        if (options[i].scope == SCOPE_START || value[0] == '\0')
            continue;
        csv_put_text(&w, options[i].name);
        csv_put_text(&w, value);
        csv_end_row(&w);
    }
    const bool is_whole = memory_file_close(w.file, &bytes) == 0 && w.error == 0;
    snprintf(path, sizeof path, "%s/settings.csv", o->out);
    int failed = is_whole ? file_replace(path, bytes, n_bytes, error)
                          : error_set(error, EXIT_BROKEN, "out of memory");
    free(bytes);
    return failed;
}

/* ---- the command line */

/* Settings of the run are fixed. */
static int resume_check(const bool *given, struct error *error) {
    for (int i = 0; i < N_OPTIONS; i++)
        if (given[i] && (options[i].scope == SCOPE_RUN || strcmp(options[i].name, "--out") == 0))
            return error_set(error, EXIT_USAGE,
                "option '%s' was fixed when the run started; omit it, or start another run",
                options[i].name);
    return 0;
}

enum options_answer run_options_read(
    int argc, char **argv, struct run_options *o, struct error *error) {
    bool given[N_OPTIONS] = {false};
    *o = (struct run_options){.device = "auto",
        .shape_text = "tiny",
        .way = TRAIN_DOUBLE,
        .max_stale = 1,
        .accum = 10,
        .steps = 1000,
        .init_deviation = TRAIN_INIT_DEVIATION,
        .learning_rate = 3e-4,
        .learning_rate_end = 1,
        .seed = 1,
        .threads = 1,
        .checkpoint_every = 10};
    char why[400];
    if (train_shape_parse(o->shape_text, &o->shape, why, sizeof why) != 0) {
        error_set(error, EXIT_BROKEN, "%s", why);
        return OPTIONS_WRONG;
    }
    enum options_answer answer = options_read(&run_options_line, argc, argv, o, given, NULL, error);
    if (answer != OPTIONS_READ)
        return answer;
    if (o->resume[0] == '\0' && o->out[0] == '\0') {
        error_set(error, EXIT_USAGE, "give --out DIR, or --resume DIR ('%s --help' has more)",
            run_options_line.name);
        return OPTIONS_WRONG;
    }
    if (o->resume[0] == '\0')
        return OPTIONS_READ;
    /* the stored settings, then again the options given with --resume */
    strcpy(o->out, o->resume);
    return resume_check(given, error) != 0 || settings_read(o, error) != 0
               ? OPTIONS_WRONG
               : options_read(&run_options_line, argc, argv, o, NULL, NULL, error);
}
