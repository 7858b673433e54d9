/* SPDX-License-Identifier: MIT
 *
 * The directories of programs: private, shared by programs of one hash, gone on every path, and
 * never another's.
 */
#include "device_kit.h"

#include <errno.h>

TestSuite(device_files, .timeout = 60);

static void path_of(struct subject *subject, char path[400]) {
    snprintf(
        path, 400, "%s/%s", kit.tmp, device_program_hash(kit.device, subject_program(subject)));
}

static bool is_there(const char *path) {
    struct stat info;
    return lstat(path, &info) == 0;
}

Test(device_files, a_program_has_a_private_directory_until_it_is_freed) {
    kit_open();
    struct subject *subject = subject_of(1);
    struct stat info;
    char path[400];
    path_of(subject, path);
    cr_assert_eq(stat(path, &info), 0, "%s", path);
    cr_assert(S_ISDIR(info.st_mode) && (info.st_mode & 0777) == 0700);
    subject_free(subject);
    cr_assert_not(is_there(path));
    kit_close();
}

Test(device_files, programs_of_one_hash_share_it_to_the_last) {
    kit_open();
    struct subject *first = subject_of(1), *second = subject_of(1);
    char path[400];
    path_of(first, path);
    subject_free(first);
    cr_assert(is_there(path));
    OK(subject_compile(second, DEVICE_QOS_DEFAULT, &kit.error));
    subject_free(second);
    cr_assert_not(is_there(path));
    kit_close();
}

Test(device_files, existing_directories_are_left_alone) {
    kit_open();
    struct subject *subject = subject_of(1);
    char path[400], inside[420];
    path_of(subject, path);
    subject_free(subject);
    snprintf(inside, sizeof inside, "%s/kept", path);
    cr_assert(mkdir(path, 0700) == 0 && mkdir(inside, 0700) == 0);
    const struct subject_spec spec = {
        .kind = SUBJECT_SCALE, .channels = 8, .spatial = 16, .depth = 1, .weight_seed = 1};
    cr_assert_eq(subject_create(&kit.t, &spec, &subject, &kit.error), DEVICE_BROKEN);
    cr_assert_not_null(strstr(kit.error.text, "already exists"), "%s", kit.error.text);
    cr_assert(is_there(inside));
    cr_assert(rmdir(inside) == 0 && rmdir(path) == 0);
    kit_close();
}

/* What a killed run leaves: its directory without a held lock, and a note of a program. */
Test(device_files, directories_of_a_killed_run_are_removed_at_the_next_open) {
    kit_open();
    char run[128], note[192], program[128], inside[160];
    snprintf(run, sizeof run, "%s/aneprobe-%ld/1-abcdef", kit.tmp, (long)geteuid());
    snprintf(program, sizeof program, "%s/ABCDEF_01_23", kit.tmp);
    snprintf(note, sizeof note, "%s/ABCDEF_01_23", run);
    snprintf(inside, sizeof inside, "%s/weights", program);
    cr_assert(mkdir(run, 0700) == 0 && mkdir(program, 0700) == 0 && mkdir(inside, 0700) == 0 &&
              symlink(program, note) == 0);
    device_close(kit.device);
    OK(device_open("ane:stand-in", 1, &kit.device, &kit.error));
    cr_assert_not(is_there(run));
    cr_assert_not(is_there(program));
    kit_close();
}

Test(device_files, a_refused_compile_leaves_no_directory) {
    kit_open();
    device_close(kit.device);
    setenv("ANEPROBE_STANDIN_TROUBLE", "absent=compileWithQoS:options:error:", 1);
    OK(device_open("ane", 1, &kit.device, &kit.error));
    kit.t.device = kit.device;
    struct subject *subject = subject_of(1);
    cr_assert_eq(subject_compile(subject, DEVICE_QOS_DEFAULT, &kit.error), DEVICE_UNSUPPORTED);
    cr_assert_not_null(strstr(kit.error.text,
                           "selector -[_ANEInMemoryModel compileWithQoS:options:error:] is absent"),
        "%s", kit.error.text);
    subject_free(subject);
    kit_close();
}
