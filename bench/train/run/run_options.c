/* SPDX-License-Identifier: MIT */
#include "train/run/run_options.h"

#include "measure/csv.h"
#include "measure/memory_file.h"
#include "train/model/parameters.h"
#include "train/update/double_buffer.h"
#include "train/file/output_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum option_kind {
    KIND_TEXT,  /* char array of `bytes` */
    KIND_COUNT, /* int, low..high */
    KIND_COUNT64,
    KIND_NUMBER, /* double, low..high */
    KIND_CHOICE  /* by a function of its own */
};
/* Where a value belongs: to the run, for ever; to the run, but may be given anew with --resume; to
 * this start of the program alone. */
enum option_scope { SCOPE_RUN, SCOPE_RUN_ANEW, SCOPE_START };

static const struct option {
    const char *name, *value, *text;
    enum option_kind kind;
    enum option_scope scope;
    size_t at, bytes;
    double low, high;
} table[] = {
#define AT(field) offsetof(struct run_options, field), sizeof((struct run_options *)0)->field
    {"--out", "DIR", "the run's directory, new or empty", KIND_TEXT, SCOPE_START, AT(out), 0, 0},
    {"--resume", "DIR",
        "go on from the run's last checkpoint; of the others only --steps,\n"
        "                      --sample, --export and --tokenizer may go with it",
        KIND_CHOICE, SCOPE_START, 0, 0, 0, 0},
    {"--shape", "S",
        "stories110m, stories15m, tiny (default), with numbers in place of\n"
        "                      theirs (tiny,layers=4), or numbers alone (layers=2,dim=64,...)",
        KIND_CHOICE, SCOPE_RUN, 0, 0, 0, 0},
    {"--data", "FILE", "tokens, uint16 each; default: stories from the built-in grammar", KIND_TEXT,
        SCOPE_RUN, AT(data), 0, 0},
    {"--init-from", "FILE", "begin with the weights of a llama2.c model; its shape counts",
        KIND_TEXT, SCOPE_RUN, AT(init_from), 0, 0},
    {"--init-deviation", "X",
        "of first weights drawn from the seed; default 0.02; tiny learns faster\n"
        "                      from 0.05",
        KIND_NUMBER, SCOPE_RUN, AT(init_deviation), 1e-6, 1},
    {"--device", "D", "auto, cpu:cores=1, sim:m4, ... (default auto)", KIND_TEXT, SCOPE_RUN,
        AT(device), 0, 0},
    {"--update", "WAY", "how new weights reach the device: sync, double (default), reload, dynamic",
        KIND_CHOICE, SCOPE_RUN, 0, 0, 0, 0},
    {"--max-stale", "N",
        "double: how many updates old the weights in use may be, or inf;\n"
        "                      default 1",
        KIND_CHOICE, SCOPE_RUN, 0, 0, 0, 0},
    {"--cut", "CUT", "programs a layer: six (default) or three, fused", KIND_CHOICE, SCOPE_RUN, 0,
        0, 0, 0},
    {"--limit", "L",
        "what runs out in a process: none, compiles:N or loaded:N; default: what\n"
        "                      the device says; assumed for ane: compiles:119",
        KIND_CHOICE, SCOPE_RUN, 0, 0, 0, 0},
    {"--accum", "N", "steps a batch, which ends in an update; default 10", KIND_COUNT, SCOPE_RUN,
        AT(accum), 1, 1e6},
    {"--steps", "N", "windows to train on, in all; default 1000", KIND_COUNT64, SCOPE_RUN_ANEW,
        AT(steps), 1, 1e15},
    {"--lr", "X", "AdamW's learning rate; default 0.0003", KIND_NUMBER, SCOPE_RUN,
        AT(learning_rate), 0, 10},
    {"--lr-end", "X",
        "the share of it that is left at the last step, along a cosine; default 1,\n"
        "                      no fall",
        KIND_NUMBER, SCOPE_RUN, AT(learning_rate_end), 0, 1},
    {"--warmup", "N", "steps over which the learning rate rises from 0; default 0", KIND_COUNT64,
        SCOPE_RUN, AT(warmup), 0, 1e15},
    {"--weight-decay", "X", "AdamW's, on matrices; default 0", KIND_NUMBER, SCOPE_RUN,
        AT(weight_decay), 0, 10},
    {"--seed", "N", "of first weights, data and samples; default 1", KIND_COUNT64, SCOPE_RUN,
        AT(seed), 0, 9e15},
    {"--threads", "N", "host threads; default 1", KIND_COUNT, SCOPE_RUN, AT(threads), 1, 256},
    {"--checkpoint-every", "N", "updates; default 10", KIND_COUNT, SCOPE_RUN, AT(checkpoint_every),
        1, 1e6},
    {"--host-step-ms", "X", "in virtual time: host work of a step; default 0", KIND_NUMBER,
        SCOPE_RUN, AT(host_step_ms), 0, 1e6},
    {"--host-update-ms", "X", "in virtual time: host work of an update; default 0", KIND_NUMBER,
        SCOPE_RUN, AT(host_update_ms), 0, 1e6},
    {"--sample", "N", "texts that the trained model writes to stdout; default 0", KIND_COUNT,
        SCOPE_START, AT(n_samples), 0, 1000},
    {"--export", "FILE", "the trained model as llama2.c reads it; of stories, FILE.tokenizer too",
        KIND_TEXT, SCOPE_START, AT(export_to), 0, 0},
    {"--tokenizer", "FILE", "llama2.c's, for --sample with tokens that are no bytes", KIND_TEXT,
        SCOPE_START, AT(tokenizer), 0, 0},
    {"--restarted-at", "NS", NULL, KIND_COUNT64, SCOPE_START, AT(restarted_at_ns), 0, 1e18},
#undef AT
};
enum { N_OPTIONS = sizeof table / sizeof *table };

static int complain(char *why, size_t why_bytes, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static int complain(char *why, size_t why_bytes, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, why_bytes, format, arguments);
    va_end(arguments);
    return -1;
}

static bool number_parse(const char *text, double low, double high, double *out) {
    char *end;
    errno = 0;
    if (text[0] == '\0' || strspn(text, "0123456789.eE-") != strlen(text))
        return false;
    *out = strtod(text, &end);
    return *end == '\0' && errno == 0 && *out >= low && *out <= high;
}

static bool count_parse(const char *text, double low, double high, int64_t *out) {
    if (text[0] == '\0' || strspn(text, "0123456789") != strlen(text) || strlen(text) > 18)
        return false;
    *out = strtoll(text, NULL, 10);
    return (double)*out >= low && (double)*out <= high;
}

static int way_take(const char *value, struct run_options *o, char *why, size_t why_bytes) {
    for (int way = 0; way < TRAIN_WAYS; way++)
        if (strcmp(value, train_way_names[way]) == 0) {
            o->way = (enum train_way)way;
            return 0;
        }
    return complain(
        why, why_bytes, "--update cannot be `%.40s`; give sync, double, reload or dynamic", value);
}

static int stale_take(const char *value, struct run_options *o, char *why, size_t why_bytes) {
    int64_t n;
    if (strcmp(value, "inf") == 0) {
        o->max_stale = DOUBLE_BUFFER_STALE_INF;
        return 0;
    }
    if (!count_parse(value, 0, 1000, &n))
        return complain(why, why_bytes,
            "--max-stale cannot be `%.40s`; give a whole number from 0 to 1000, or inf", value);
    o->max_stale = (int)n;
    return 0;
}

static int choice_take(const struct option *option, const char *value, struct run_options *o,
    char *why, size_t why_bytes) {
    if (strcmp(option->name, "--resume") == 0) {
        if (strlen(value) >= sizeof o->out)
            return complain(why, why_bytes, "--resume: the path is too long");
        strcpy(o->out, value);
        o->is_resumed = true;
        return 0;
    }
    if (strcmp(option->name, "--shape") == 0) {
        if (strlen(value) >= sizeof o->shape_text)
            return complain(why, why_bytes, "--shape: the text is too long");
        strcpy(o->shape_text, value);
        return train_shape_parse(value, &o->shape, why, why_bytes);
    }
    if (strcmp(option->name, "--update") == 0)
        return way_take(value, o, why, why_bytes);
    if (strcmp(option->name, "--max-stale") == 0)
        return stale_take(value, o, why, why_bytes);
    if (strcmp(option->name, "--cut") == 0) {
        o->cut = strcmp(value, "three") == 0 ? TRAIN_CUT_THREE : TRAIN_CUT_SIX;
        return o->cut == TRAIN_CUT_THREE || strcmp(value, "six") == 0
                   ? 0
                   : complain(why, why_bytes, "--cut cannot be `%.40s`; give six or three", value);
    }
    if (strlen(value) >= sizeof o->limit_text || !train_limit_parse(value, &o->limit))
        return complain(
            why, why_bytes, "--limit cannot be `%.40s`; give none, compiles:N or loaded:N", value);
    strcpy(o->limit_text, value);
    return 0;
}

static int value_take(const struct option *option, const char *value, struct run_options *o,
    char *why, size_t why_bytes) {
    void *field = (char *)o + option->at;
    int64_t n;
    double x;
    switch (option->kind) {
    case KIND_TEXT:
        if (value[0] == '\0' || strlen(value) >= option->bytes)
            return complain(why, why_bytes, "%s wants a value of 1 to %zu characters", option->name,
                option->bytes - 1);
        strcpy(field, value);
        return 0;
    case KIND_COUNT:
    case KIND_COUNT64:
        if (!count_parse(value, option->low, option->high, &n))
            return complain(why, why_bytes,
                "%s cannot be `%.40s`; give a whole number from %.0f to %.0f", option->name, value,
                option->low, option->high);
        if (option->kind == KIND_COUNT)
            *(int *)field = (int)n;
        else
            *(int64_t *)field = n;
        return 0;
    case KIND_NUMBER:
        if (!number_parse(value, option->low, option->high, &x))
            return complain(why, why_bytes, "%s cannot be `%.40s`; give a number from %g to %g",
                option->name, value, option->low, option->high);
        *(double *)field = x;
        return 0;
    default:
        return choice_take(option, value, o, why, why_bytes);
    }
}

static const struct option *option_find(const char *name) {
    for (int i = 0; i < N_OPTIONS; i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}

/* ---- settings.csv */

static int settings_read(struct run_options *o, char *why, size_t why_bytes) {
    char path[1100];
    struct csv_table *settings;
    struct error error;
    snprintf(path, sizeof path, "%s/settings.csv", o->out);
    if (csv_table_read(path, &settings, &error) != 0)
        return complain(
            why, why_bytes, "%.400s; is this the directory of a training run?", error.text);
    const int name = csv_column(settings, "option"), value = csv_column(settings, "value");
    int status = 0;
    for (size_t row = 0; row < csv_rows(settings) && status == 0; row++) {
        const struct option *option = option_find(csv_text(settings, row, name));
        if (!option || option->scope == SCOPE_START || value < 0)
            status = complain(why, why_bytes, "%s:%zu: `%.40s` is no setting of a run", path,
                csv_line(settings, row), csv_text(settings, row, name));
        else
            status = value_take(option, csv_text(settings, row, value), o, why, why_bytes);
    }
    csv_table_free(settings);
    return status;
}

static void value_print(
    const struct option *option, const struct run_options *o, char *out, size_t bytes) {
    const void *field = (const char *)o + option->at;
    out[0] = '\0';
    switch (option->kind) {
    case KIND_TEXT:
        snprintf(out, bytes, "%s", (const char *)field);
        return;
    case KIND_COUNT:
        snprintf(out, bytes, "%d", *(const int *)field);
        return;
    case KIND_COUNT64:
        snprintf(out, bytes, "%" PRId64, *(const int64_t *)field);
        return;
    case KIND_NUMBER:
        snprintf(out, bytes, "%.17g", *(const double *)field);
        return;
    default:
        break;
    }
    if (strcmp(option->name, "--shape") == 0)
        snprintf(out, bytes, "%s", o->shape_text);
    else if (strcmp(option->name, "--update") == 0)
        snprintf(out, bytes, "%s", train_way_names[o->way]);
    else if (strcmp(option->name, "--cut") == 0)
        snprintf(out, bytes, "%s", o->cut == TRAIN_CUT_THREE ? "three" : "six");
    else if (strcmp(option->name, "--limit") == 0)
        snprintf(out, bytes, "%s", o->limit_text);
    else if (o->max_stale == DOUBLE_BUFFER_STALE_INF)
        snprintf(out, bytes, "inf");
    else
        snprintf(out, bytes, "%d", o->max_stale);
}

enum device_status run_options_save(const struct run_options *o, struct device_error *error) {
    char path[1100], value[1100];
    char *bytes = NULL;
    size_t n_bytes = 0;
    struct output_file file;
    struct csv_writer w = {.file = open_memstream(&bytes, &n_bytes)};
    if (!w.file)
        return device_error_set(error, DEVICE_BROKEN, "open", "out of memory");
    csv_put_text(&w, "option");
    csv_put_text(&w, "value");
    csv_end_row(&w);
    for (int i = 0; i < N_OPTIONS; i++) {
        value_print(&table[i], o, value, sizeof value);
        if (table[i].scope == SCOPE_START || value[0] == '\0')
            continue;
        csv_put_text(&w, table[i].name);
        csv_put_text(&w, value);
        csv_end_row(&w);
    }
    const bool is_whole = memory_file_close(w.file, &bytes) == 0 && w.error == 0;
    snprintf(path, sizeof path, "%s/settings.csv", o->out);
    enum device_status status =
        is_whole ? output_file_open(&file, path, error)
                 : device_error_set(error, DEVICE_BROKEN, "open", "out of memory");
    if (status == DEVICE_OK) {
        status = output_file_write(&file, bytes, n_bytes, error);
        if (status == DEVICE_OK)
            status = output_file_finish(&file, NULL, error);
        else
            output_file_abandon(&file);
    }
    free(bytes);
    return status;
}

/* ---- the command line */

void run_options_help(FILE *out) {
    fputs(
        "usage: aneprobe train --out DIR [OPTION...]\n"
        "       aneprobe train --resume DIR [--steps N] [--sample N] [--export FILE]\n\n"
        "Trains a Llama2 model on a device whose programs hold their weights, and measures what\n"
        "that costs: DIR/steps.csv and DIR/updates.csv, row by row. Ctrl-C ends the batch, takes\n"
        "a checkpoint and stops.\n\n",
        out);
    for (int i = 0; i < N_OPTIONS; i++)
        if (table[i].text)
            fprintf(out, "  %s %-*s%s\n", table[i].name, 21 - (int)strlen(table[i].name),
                table[i].value, table[i].text);
}

static int words_take(
    int argc, char **argv, bool resumed, struct run_options *o, char *why, size_t why_bytes) {
    for (int i = 1; i < argc; i += 2) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            o->wants_help = true;
            return 0;
        }
        const struct option *option = option_find(argv[i]);
        if (!option)
            return complain(why, why_bytes, "`%.40s` is not understood", argv[i]);
        if (i + 1 == argc)
            return complain(why, why_bytes, "%s wants a value", argv[i]);
        if (resumed && (option->scope == SCOPE_RUN || strcmp(argv[i], "--out") == 0))
            return complain(why, why_bytes,
                "%s was settled when the run began; leave it out, or start another run", argv[i]);
        if (value_take(option, argv[i + 1], o, why, why_bytes) != 0)
            return -1;
    }
    return 0;
}

int run_options_parse(int argc, char **argv, struct run_options *o, char *why, size_t why_bytes) {
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
    if (train_shape_parse(o->shape_text, &o->shape, why, why_bytes) != 0 ||
        words_take(argc, argv, false, o, why, why_bytes) != 0 || o->wants_help)
        return o->wants_help ? 0 : -1;
    if (o->out[0] == '\0')
        return complain(why, why_bytes, "give --out DIR, or --resume DIR");
    if (!o->is_resumed)
        return 0;
    /* the stored settings first, then what was said beside --resume */
    return settings_read(o, why, why_bytes) != 0 ||
                   words_take(argc, argv, true, o, why, why_bytes) != 0
               ? -1
               : 0;
}
