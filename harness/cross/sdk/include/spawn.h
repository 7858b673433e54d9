/* SPDX-License-Identifier: MIT
 *
 * As in macOS 26, which has the names without _np and deprecates the old ones. For the cross build
 * only.
 */
#include_next <spawn.h>

#ifndef ANEPROBE_CROSS_SPAWN_H
#define ANEPROBE_CROSS_SPAWN_H

int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *, const char *)
    __attribute__((deprecated("first deprecated in macOS 26")));
int posix_spawn_file_actions_addfchdir_np(posix_spawn_file_actions_t *, int)
    __attribute__((deprecated("first deprecated in macOS 26")));

#endif
