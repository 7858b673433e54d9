/* SPDX-License-Identifier: MIT
 *
 * What `tiny` learns in the time that its description promises: a run as a user would start it,
 * judged on windows and by texts that it was not trained on. The loss stands beside what the best
 * possible reader has on the same windows. A text that the model writes counts when the stories' grammar
 * could have made it, word for word, up to where it ends.
 *
 * train_tiny [SEED]
 */
#include "bench.h"

#include "device/host/directory.h"
#include "train/data/grammar.h"
#include "train/host/sample.h"
#include "train/data/tokens.h"
#include "train/run/training.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { WINDOWS = 256, TEXTS = 50 };
static const uint64_t other_seed = 1000000007; /* of windows and texts: no run has it */
static const double goal_loss = 1.10, goal_texts = 0.8, goal_s = 120;

struct result {
    double loss, floor, texts, wall_s;
};

/* Mean surprise of tokens 1 .. seq, in nats. */
static double reader_loss(struct grammar_reader *reader, const uint16_t *window, int seq) {
    double sum = 0;
    grammar_reader_open(reader);
    (void)grammar_reader_next(reader, window[0]);
    for (int i = 1; i <= seq; i++)
        sum += grammar_reader_next(reader, window[i]);
    return sum / seq;
}

static enum device_status loss_measure(struct sampler *sampler, struct grammar_reader *reader,
    const struct train_shape *shape, struct result *out, struct device_error *error) {
    struct tokens *tokens;
    uint16_t *window = calloc((size_t)shape->seq + 1, sizeof *window);
    if (!window)
        return device_error_set(error, DEVICE_BROKEN, "open", "out of memory");
    const enum device_status status = tokens_open(NULL, shape->vocab, shape->seq, &tokens, error);
    for (uint64_t i = 0; i < WINDOWS && status == DEVICE_OK; i++) {
        tokens_window(tokens, other_seed, i, window);
        out->loss += sampler_loss(sampler, window) / WINDOWS;
        out->floor += reader_loss(reader, window, shape->seq) / WINDOWS;
    }
    tokens_close(tokens);
    free(window);
    return status;
}

static bool text_is_possible(struct grammar_reader *reader, const uint16_t *text, int n) {
    grammar_reader_begin(reader);
    (void)grammar_reader_next(reader, STORY_START);
    for (int i = 0; i < n; i++)
        if (!isfinite(grammar_reader_next(reader, text[i])))
            return false;
    return n > 0;
}

static enum device_status texts_measure(struct sampler *sampler, struct grammar_reader *reader,
    const struct train_shape *shape, struct result *out, struct device_error *error) {
    uint16_t *text = calloc((size_t)shape->seq, sizeof *text);
    if (!text)
        return device_error_set(error, DEVICE_BROKEN, "open", "out of memory");
    for (uint64_t i = 0; i < TEXTS; i++) {
        const struct sample_options options = {
            .temperature = 0.8, .top_p = 0.95, .seed = other_seed + i};
        const int n = sampler_write(sampler, &options, text);
        out->texts += (double)text_is_possible(reader, text, n) / TEXTS;
    }
    free(text);
    return DEVICE_OK;
}

static enum device_status model_judge(
    const struct train_parameters *model, struct result *out, struct device_error *error) {
    struct grammar *grammar = NULL;
    struct grammar_reader *reader = NULL;
    struct sampler *sampler = NULL;
    enum device_status status = sampler_new(model, &sampler, error);
    if (status == DEVICE_OK)
        status = grammar_new(story_rules, n_story_rules, &grammar, error);
    if (status == DEVICE_OK && !(reader = grammar_reader_new(grammar)))
        status = device_error_set(error, DEVICE_BROKEN, "open", "out of memory");
    if (status == DEVICE_OK)
        status = loss_measure(sampler, reader, &model->shape, out, error);
    if (status == DEVICE_OK)
        status = texts_measure(sampler, reader, &model->shape, out, error);
    grammar_reader_free(reader);
    grammar_free(grammar);
    sampler_free(sampler);
    return status;
}

static enum device_status train(
    const struct run_options *options, struct result *out, struct device_error *error) {
    static const volatile sig_atomic_t never = 0;
    struct training *training;
    struct training_progress progress;
    struct device *device;
    char notice[600];
    enum device_status status = device_open(options->device, options->seed, &device, error);
    if (status != DEVICE_OK)
        return status;
    status = training_open(device, options, &training, notice, sizeof notice, error);
    if (status == DEVICE_OK && training_run(training, &never, NULL, NULL, error) != TRAINING_DONE)
        status = DEVICE_FAILED;
    if (status == DEVICE_OK) {
        training_progress_get(training, &progress);
        out->wall_s = 1e-9 * (double)progress.wall_ns;
        status = model_judge(training_parameters(training), out, error);
    }
    training_close(training);
    device_close(device);
    return status;
}

static void row_print(const char *metric, double value, const char *unit, double reference,
    const char *of, double ratio, double goal, bool is_met) {
    printf("train_tiny,%s,%.4g,%s,%.4g %s,%.3f,%.2f,%s\n", metric, value, unit, reference, of,
        ratio, goal, is_met ? "yes" : "no");
}

int main(int argc, char **argv) {
    struct run_directory place;
    struct run_options options;
    struct error usage;
    struct result result = {0};
    struct device_error error = {.text = ""};
    char why[700], directory[1100];
    if (run_directory_open(&place, why, sizeof why) != 0) {
        fprintf(stderr, "train_tiny: %s\n", why);
        return 99;
    }
    snprintf(directory, sizeof directory, "%s/run", place.path);
    (void)mkdir(directory, 0700); /* taking it finds out */
    char *words[] = {"train", "--out", directory, "--device", "cpu:cores=1", "--update", "dynamic",
        "--cut", "three", "--threads", "2", "--accum", "4", "--steps", "18000", "--init-deviation",
        "0.05", "--lr", "0.0025", "--lr-end", "0", "--warmup", "400", "--checkpoint-every", "1000",
        "--seed", argc > 1 ? argv[1] : "1"};
    int code = 0;
    if (run_options_read(sizeof words / sizeof *words, words, &options, &usage) != OPTIONS_READ) {
        fprintf(stderr, "train_tiny: %s\n", usage.text);
        code = 2;
    } else if (train(&options, &result, &error) != DEVICE_OK) {
        fprintf(stderr, "train_tiny: %s: %s\n", error.stage, error.text);
        code = 99;
    }
    run_directory_close(&place);
    if (code != 0)
        return code;
    const double over = result.loss / result.floor, share_s = result.wall_s / goal_s;
    fputs(bench_header, stdout);
    row_print(
        "loss", result.loss, "nats", result.floor, "at least", over, goal_loss, over <= goal_loss);
    row_print("texts", result.texts, "of all", 1, "that the grammar makes", result.texts,
        goal_texts, result.texts >= goal_texts);
    row_print("wall", result.wall_s, "s", goal_s, "allowed", share_s, 1, share_s <= 1);
    return over <= goal_loss && result.texts >= goal_texts ? 0 : 1;
}
