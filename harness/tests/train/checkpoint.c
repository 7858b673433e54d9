/* SPDX-License-Identifier: MIT
 *
 * Checkpoints: reading gives what was written, or a reason; whatever happens to the writer, a complete one
 * remains.
 */
#include "train/file/checkpoint.h"

#include "file_kit.h"
#include "measure/random.h"

#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

TestSuite(train_checkpoint, .init = kit_open, .fini = kit_close, .timeout = 120);

enum { WEIGHTS = 30000 };

/* A run's state with its number in every byte. */
struct state {
    uint64_t step;
    float weights[WEIGHTS];
};

static void state_fill(struct state *state, uint64_t step) {
    state->step = step;
    for (int i = 0; i < WEIGHTS; i++)
        state->weights[i] = (float)(step * 7 + (uint64_t)i);
}

static enum device_status write_step(uint64_t step, struct device_error *error) {
    static struct state state;
    state_fill(&state, step);
    const struct checkpoint_part parts[] = {{"counters", &state.step, sizeof state.step},
        {"options", "--update double", 15}, {"empty", "", 0},
        {"weights", state.weights, sizeof state.weights}};
    return checkpoint_write(kit_directory, parts, 4, error);
}

static void write_well(uint64_t step) {
    struct device_error error;
    cr_assert_eq(write_step(step, &error), DEVICE_OK, "%s", error.text);
}

/* Reads the newest one, checks all of it, and returns its step. */
static uint64_t read_step(char *notice, size_t notice_bytes) {
    static struct state is, should;
    struct checkpoint *checkpoint;
    struct device_error error;
    size_t bytes;
    cr_assert_eq(checkpoint_open(kit_directory, &checkpoint, notice, notice_bytes, &error),
        DEVICE_OK, "%s", error.text);
    cr_assert_eq(checkpoint_copy(checkpoint, "counters", &is.step, sizeof is.step, &error),
        DEVICE_OK, "%s", error.text);
    cr_assert_eq(checkpoint_copy(checkpoint, "weights", is.weights, sizeof is.weights, &error),
        DEVICE_OK, "%s", error.text);
    const char *options = checkpoint_part(checkpoint, "options", &bytes);
    cr_assert(bytes == 15 && memcmp(options, "--update double", 15) == 0);
    cr_assert_not_null(checkpoint_part(checkpoint, "empty", &bytes));
    cr_assert_eq(bytes, 0);
    state_fill(&should, is.step);
    cr_assert_eq(memcmp(is.weights, should.weights, sizeof is.weights), 0);
    checkpoint_close(checkpoint);
    return is.step;
}

static uint64_t read_quietly(void) {
    char notice[512];
    uint64_t step = read_step(notice, sizeof notice);
    cr_assert_str_empty(notice);
    return step;
}

static void refused(const char *because) {
    struct checkpoint *checkpoint;
    struct device_error error = {0};
    char notice[512];
    cr_assert_eq(
        checkpoint_open(kit_directory, &checkpoint, notice, sizeof notice, &error), DEVICE_BROKEN);
    cr_assert_null(checkpoint);
    cr_assert(strstr(error.text, because), "'%s' does not say '%s'", error.text, because);
    cr_assert(strstr(error.text, "without --resume"), "'%s' has no remedy", error.text);
}

Test(train_checkpoint, restores_what_was_saved) {
    write_well(1);
    cr_assert_eq(read_quietly(), 1);
    write_well(2);
    cr_assert_eq(read_quietly(), 2);
    cr_assert_eq(kit_count(), 2, "the checkpoint and the one before, and nothing else");
}

Test(train_checkpoint, parts_of_another_size_or_name_are_refused) {
    struct checkpoint *checkpoint;
    struct device_error error;
    char notice[64];
    static float weights[WEIGHTS + 1];
    size_t bytes = 5;
    write_well(1);
    cr_assert_eq(
        checkpoint_open(kit_directory, &checkpoint, notice, sizeof notice, &error), DEVICE_OK);
    cr_assert_eq(
        checkpoint_copy(checkpoint, "weights", weights, sizeof weights, &error), DEVICE_BROKEN);
    cr_assert_not_null(strstr(error.text, "'weights' has 120000 bytes but this run needs 120004"),
        "%s", error.text);
    cr_assert_eq(weights[0], 0);
    cr_assert_eq(checkpoint_copy(checkpoint, "weight", weights, 4, &error), DEVICE_BROKEN);
    cr_assert_not_null(strstr(error.text, "no part 'weight'"), "%s", error.text);
    cr_assert_null(checkpoint_part(checkpoint, "", &bytes));
    cr_assert_eq(bytes, 0);
    checkpoint_close(checkpoint);
}

/* Byte for byte, so that a change of the format cannot go unseen. */
Test(train_checkpoint, layout) {
    struct device_error error;
    const struct checkpoint_part parts[] = {{"one", "abc", 3}, {"two", "defgh", 5}};
    cr_assert_eq(checkpoint_write(kit_directory, parts, 2, &error), DEVICE_OK, "%s", error.text);
    size_t bytes;
    unsigned char *file = kit_read(kit_path("checkpoint"), &bytes), expected[256] = {0};
    cr_assert_eq(bytes, 128 + 64 + 64 + 32);
    memcpy(expected, "ANETRAIN\3\0\0\0\2\0\0\0\x20\1", 18);
    memcpy(expected + 24, "one", 3);
    expected[48] = 3;
    memcpy(expected + 56, "two", 3);
    expected[80] = 5;
    memcpy(expected + 128, "abc", 3);
    memcpy(expected + 192, "defgh", 5);
    cr_assert_eq(memcmp(file, expected, sizeof expected), 0);
    free(file);
}

Test(train_checkpoint, as_many_parts_as_there_may_be) {
    struct device_error error;
    struct checkpoint *checkpoint;
    struct checkpoint_part parts[CHECKPOINT_PARTS_MAX];
    char names[CHECKPOINT_PARTS_MAX][16], notice[64];
    size_t bytes;
    for (int i = 0; i < CHECKPOINT_PARTS_MAX; i++) {
        snprintf(names[i], sizeof names[i], "part %d", i);
        parts[i] = (struct checkpoint_part){names[i], names[i], strlen(names[i])};
    }
    cr_assert_eq(checkpoint_write(kit_directory, parts, CHECKPOINT_PARTS_MAX, &error), DEVICE_OK,
        "%s", error.text);
    cr_assert_eq(checkpoint_open(kit_directory, &checkpoint, notice, sizeof notice, &error),
        DEVICE_OK, "%s", error.text);
    for (int i = 0; i < CHECKPOINT_PARTS_MAX; i++) {
        const char *part = checkpoint_part(checkpoint, names[i], &bytes);
        cr_assert(part && bytes == strlen(names[i]) && memcmp(part, names[i], bytes) == 0, "%d", i);
    }
    checkpoint_close(checkpoint);
}

Test(train_checkpoint, without_a_checkpoint_there_is_an_error) {
    refused("checkpoint: No such file");
    cr_assert_not(checkpoint_exists(kit_directory));
    (void)kit_file("checkpoint", "", 0);
    cr_assert(checkpoint_exists(kit_directory));
    refused("is not a checkpoint of this trainer");
}

/* Changes a copy of a whole file, in every way that a byte or a length can be wrong. */
Test(train_checkpoint, damage_is_noticed) {
    struct device_error error;
    static const char part[200] = "some state";
    const struct checkpoint_part parts[] = {{"state", part, sizeof part}};
    cr_assert_eq(checkpoint_write(kit_directory, parts, 1, &error), DEVICE_OK, "%s", error.text);
    size_t bytes;
    unsigned char *file = kit_read(kit_path("checkpoint"), &bytes);
    for (size_t i = 0; i < bytes; i++) {
        file[i] ^= 0x10;
        (void)kit_file("checkpoint", file, bytes);
        refused(i < 8               ? "is not a checkpoint of this trainer"
                : i < 12            ? "use the program that wrote it"
                : i >= 16 && i < 24 ? "was cut off or added to"
                                    : "is damaged");
        file[i] ^= 0x10;
    }
    for (size_t n = 0; n < bytes; n++) {
        (void)kit_file("checkpoint", file, n);
        refused(n < 56 ? "is not a checkpoint of this trainer" : "was cut off");
    }
    free(file);
    file = calloc(bytes, 1);
    (void)kit_file("checkpoint", file, bytes);
    refused("is not a checkpoint of this trainer");
    free(file);
}

static void damage(const char *name) {
    size_t bytes;
    char *file = kit_read(kit_path(name), &bytes);
    file[bytes / 2] ^= 1;
    (void)kit_file(name, file, bytes);
    free(file);
}

Test(train_checkpoint, the_previous_one_is_used_if_the_newest_is_damaged) {
    char notice[512];
    write_well(1);
    write_well(2);
    damage("checkpoint");
    cr_assert_eq(read_step(notice, sizeof notice), 1);
    cr_assert(strstr(notice, "checkpoint is damaged"), "%s", notice);
    cr_assert(strstr(notice, "continuing from") && strstr(notice, "checkpoint.prev"), "%s", notice);
    /* as left by a run that was killed between the two renames */
    write_well(2);
    write_well(3);
    cr_assert_eq(rename(kit_path("checkpoint"), kit_path("checkpoint.prev")), 0);
    cr_assert(checkpoint_exists(kit_directory));
    cr_assert_eq(read_step(notice, sizeof notice), 3);
    cr_assert(strstr(notice, "checkpoint: No such file"), "%s", notice);
    write_well(4);
    cr_assert_eq(read_quietly(), 4);
    damage("checkpoint");
    cr_assert_eq(read_step(notice, sizeof notice), 3);
    damage("checkpoint.prev");
    refused("checkpoint is damaged");
}

/* A write that is cut short must leave the complete one in its place. */
Test(train_checkpoint, a_damaged_one_does_not_replace_the_whole_one) {
    struct device_error error;
    char notice[512];
    size_t bytes;
    write_well(1);
    write_well(2);
    damage("checkpoint");
    cr_assert_eq(read_step(notice, sizeof notice), 1);
    cr_assert_eq(checkpoint_set_aside(kit_directory, &error), DEVICE_OK, "%s", error.text);
    free(kit_read(kit_path("checkpoint.damaged"), &bytes));
    write_well(3);
    damage("checkpoint");
    cr_assert_eq(read_step(notice, sizeof notice), 1, "the whole one is still there");
    cr_assert_eq(checkpoint_set_aside(kit_directory, &error), DEVICE_OK, "%s", error.text);
    cr_assert_eq(checkpoint_set_aside(kit_directory, &error), DEVICE_OK, "none is fine too");
    cr_assert_eq(checkpoint_set_aside("/nonexistent", &error), DEVICE_OK, "nor a directory");
}

/* A full disk, simulated by a limit on file sizes. */
Test(train_checkpoint, a_limit_on_file_sizes_leaves_the_older_one) {
    struct rlimit all, little;
    struct device_error error;
    write_well(1);
    write_well(2);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &all), 0);
    signal(SIGXFSZ, SIG_IGN);
    for (rlim_t limit = 0; limit < 120000; limit = 3 * limit + 10) {
        little = (struct rlimit){.rlim_cur = limit, .rlim_max = all.rlim_max};
        cr_assert_eq(setrlimit(RLIMIT_FSIZE, &little), 0);
        cr_assert_eq(write_step(3, &error), DEVICE_BROKEN);
        cr_assert_eq(setrlimit(RLIMIT_FSIZE, &all), 0);
        cr_assert(strstr(error.text, "make room"), "%s", error.text);
        cr_assert_eq(read_quietly(), 2);
        cr_assert_eq(kit_count(), 2, "half a file is left");
    }
    write_well(3);
    cr_assert_eq(read_quietly(), 3);
}

#ifdef __linux__
/* A real full disk: it has room for two checkpoints but not for a third. */
Test(train_checkpoint, a_small_disk) {
    struct device_error error;
    if (mount("tmpfs", kit_directory, "tmpfs", 0, "size=300k") != 0)
        cr_skip("mounting a small disk needs root");
    write_well(1);
    write_well(2);
    cr_expect_eq(write_step(3, &error), DEVICE_BROKEN);
    cr_expect(strstr(error.text, "No space left"), "%s", error.text);
    cr_expect_eq(read_quietly(), 2);
    cr_expect_eq(kit_count(), 2);
    cr_assert_eq(umount(kit_directory), 0);
}
#endif

Test(train_checkpoint, a_directory_that_cannot_be_written) {
    struct device_error error;
    write_well(1);
    cr_assert_eq(chmod(kit_directory, 0555), 0);
    if (geteuid() == 0) /* permissions do not stop root */
        cr_assert_eq(seteuid(65534), 0);
    cr_expect_eq(write_step(2, &error), DEVICE_BROKEN);
    cr_expect(strstr(error.text, "ermission denied"), "%s", error.text);
    cr_expect(strstr(error.text, kit_directory), "%s", error.text);
    if (getuid() == 0)
        cr_assert_eq(seteuid(0), 0);
    cr_assert_eq(chmod(kit_directory, 0755), 0);
    cr_assert_eq(read_quietly(), 1);
}

/* Writes checkpoints, one number after the other, and a byte after each, until it is killed. */
static pid_t writer_start(uint64_t step, int written) {
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child > 0)
        return child;
    struct device_error error;
    while (write_step(step++, &error) == DEVICE_OK && write(written, "w", 1) == 1)
        ;
    _exit(1);
}

Test(train_checkpoint, survives_being_killed) {
    uint64_t state = 11, step = 1;
    char notice[512], byte;
    int written[2];
    write_well(step);
    for (int i = 0; i < 50; i++) {
        int how, n = (int)random_below(&state, 3);
        struct timespec wait = {.tv_nsec = (long)random_below(&state, 10000000)};
        cr_assert_eq(pipe(written), 0);
        pid_t child = writer_start(step + 1, written[1]);
        for (int k = 0; k < n; k++)
            cr_assert_eq(read(written[0], &byte, 1), 1);
        nanosleep(&wait, NULL);
        cr_assert_eq(kill(child, SIGKILL), 0);
        cr_assert_eq(waitpid(child, &how, 0), child);
        cr_assert(WIFSIGNALED(how), "the writer ended by itself");
        close(written[0]);
        close(written[1]);
        uint64_t now = read_step(notice, sizeof notice);
        cr_assert_geq(now, step + (uint64_t)n, "checkpoint %ju is lost: there is %ju",
            (uintmax_t)step + (uintmax_t)n, (uintmax_t)now);
        step = now;
    }
}

Test(train_checkpoint, a_directory_has_one_run_at_a_time) {
    struct device_error error;
    int first, second, how;
    char pid[24];
    cr_assert_eq(checkpoint_lock(kit_directory, &first, &error), DEVICE_OK, "%s", error.text);
    snprintf(pid, sizeof pid, "process %ld", (long)getpid());
    pid_t child = fork();
    if (child == 0)
        _exit(checkpoint_lock(kit_directory, &second, &error) == DEVICE_BROKEN && second == -1 &&
                      strstr(error.text, "in use by another run") && strstr(error.text, pid)
                  ? 0
                  : 1);
    cr_assert_eq(waitpid(child, &how, 0), child);
    cr_assert(WIFEXITED(how) && WEXITSTATUS(how) == 0, "the second was not refused");
    close(first);
    cr_assert_eq(checkpoint_lock(kit_directory, &second, &error), DEVICE_OK, "%s", error.text);
    close(second);
    cr_assert_eq(checkpoint_lock("/nonexistent", &first, &error), DEVICE_BROKEN);
    cr_assert_not_null(strstr(error.text, "/nonexistent/lock"), "%s", error.text);
}

/* A killed run's lock ends with it. */
Test(train_checkpoint, a_dead_run_holds_no_lock) {
    struct device_error error;
    int fd, ready[2];
    char byte;
    cr_assert_eq(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        bool ok = checkpoint_lock(kit_directory, &fd, &error) == DEVICE_OK;
        if (write(ready[1], ok ? "y" : "n", 1) == 1)
            pause();
        _exit(1);
    }
    cr_assert(read(ready[0], &byte, 1) == 1 && byte == 'y');
    cr_assert_eq(checkpoint_lock(kit_directory, &fd, &error), DEVICE_BROKEN);
    cr_assert_eq(kill(child, SIGKILL), 0);
    cr_assert_eq(waitpid(child, NULL, 0), child);
    cr_assert_eq(checkpoint_lock(kit_directory, &fd, &error), DEVICE_OK, "%s", error.text);
    close(fd);
}
