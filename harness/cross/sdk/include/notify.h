/* SPDX-License-Identifier: MIT
 *
 * The parts of macOS's notify.h that are used (see notify(3) there). For the cross build only.
 */
#ifndef ANEPROBE_CROSS_NOTIFY_H
#define ANEPROBE_CROSS_NOTIFY_H

#include <stdint.h>

uint32_t notify_register_check(const char *name, int *token);
uint32_t notify_get_state(int token, uint64_t *state);
uint32_t notify_cancel(int token);

#endif
