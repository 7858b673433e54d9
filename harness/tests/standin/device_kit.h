/* SPDX-License-Identifier: MIT
 *
 * A device opened on the stand-in, ane or, after kit_device is set, another, in a temporary directory of its own, for tests of the
 * device. Every test begins with kit_open and ends with kit_close, which fails the test if there was a
 * violation or if an object or a file is left. (Criterion does not count failures after a test.)
 */
#ifndef ANEPROBE_TESTS_STANDIN_DEVICE_KIT_H
#define ANEPROBE_TESTS_STANDIN_DEVICE_KIT_H

#include "experiment/experiment.h"
#include "standin.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct kit {
    char tmp[64];
    struct trial t;
    struct device *device;
    struct device_error error;
#define KIT_QUERY(result, name, parameters) result(*name) parameters;
    STANDIN_QUERIES(KIT_QUERY)
#undef KIT_QUERY
};

#define OK(call) cr_assert_eq((call), DEVICE_OK, "%s: %s", kit.error.stage, kit.error.text)
#define UNSUPPORTED(call, words)                                                                   \
    do {                                                                                           \
        cr_expect_eq((call), DEVICE_UNSUPPORTED, "%s", words);                                     \
        cr_expect_not_null(strstr(kit.error.text, words), "%s: %s", words, kit.error.text);        \
    } while (0)

static struct kit kit;
static const char *kit_device = "ane";

static int entry_count(const char *path) {
    DIR *entries = opendir(path);
    int n = 0;
    cr_assert_not_null(entries, "%s", path);
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;)
        n += entry->d_name[0] != '.';
    closedir(entries);
    return n;
}

/* `trouble` NULL = none, `model` is the text of a sim file or NULL for the file that the environment names. */
static void kit_open_with(const char *trouble, const char *model) {
    /* in memory if possible: thousands of directories are made and removed */
    snprintf(kit.tmp, sizeof kit.tmp, "%s/aneprobe-standin.XXXXXX",
        access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    cr_assert_not_null(mkdtemp(kit.tmp));
    setenv("TMPDIR", kit.tmp, 1);
    if (trouble != NULL)
        setenv("ANEPROBE_STANDIN_TROUBLE", trouble, 1);
    if (model != NULL) {
        char path[96];
        snprintf(path, sizeof path, "%s/truth.sim", kit.tmp);
        FILE *file = fopen(path, "w");
        cr_assert(file != NULL && fputs(model, file) >= 0 && fclose(file) == 0);
        setenv("ANEPROBE_STANDIN_SIM", path, 1);
    }
    OK(device_open(kit_device, 1, &kit.device, &kit.error));
    kit.t = (struct trial){.device = kit.device, .seed = 3};
    void *library = dlopen(getenv("ANEPROBE_STANDIN"), RTLD_NOW | RTLD_NOLOAD);
    cr_assert_not_null(library);
#define KIT_QUERY(result, name, parameters) *(void **)(void *)&kit.name = dlsym(library, #name);
    STANDIN_QUERIES(KIT_QUERY)
#undef KIT_QUERY
    cr_assert(kit.aneprobe_standin_live != NULL && kit.aneprobe_standin_owned != NULL &&
              kit.aneprobe_standin_violations != NULL && kit.aneprobe_standin_violation != NULL &&
              kit.aneprobe_standin_refuse_next != NULL);
}

static inline void kit_open(void) {
    kit_open_with(NULL, NULL);
}

static inline void kit_open_device(const char *device, const char *trouble, const char *model) {
    kit_device = device;
    kit_open_with(trouble, model);
}

static void kit_close(void) {
    device_close(kit.device);
    for (unsigned i = 0; i < kit.aneprobe_standin_violations(); i++)
        cr_expect_fail("violation: %s", kit.aneprobe_standin_violation(i));
    cr_expect_eq(kit.aneprobe_standin_owned(), 0, "references are left");
    char path[96];
    snprintf(path, sizeof path, "%s/truth.sim", kit.tmp);
    (void)unlink(path);
    snprintf(path, sizeof path, "%s/aneprobe-%ld", kit.tmp, (long)geteuid());
    cr_expect_eq(entry_count(path), 1, "a run's directory is left beside the lock");
    char command[128];
    cr_expect_eq(entry_count(kit.tmp), 1, "a program's directory is left");
    snprintf(command, sizeof command, "rm -rf '%s'", kit.tmp);
    cr_expect_eq(system(command), 0);
}

static inline struct subject *subject_of(uint64_t weight_seed) {
    const struct subject_spec spec = {.kind = SUBJECT_SCALE,
        .channels = 8,
        .spatial = 16,
        .depth = 1,
        .weight_seed = weight_seed};
    struct subject *subject;
    OK(subject_create(&kit.t, &spec, &subject, &kit.error));
    return subject;
}

static inline struct subject *loaded_subject(uint64_t weight_seed) {
    struct subject *subject = subject_of(weight_seed);
    OK(subject_compile(subject, DEVICE_QOS_DEFAULT, &kit.error));
    OK(subject_load(subject, DEVICE_QOS_DEFAULT, &kit.error));
    return subject;
}

#endif
