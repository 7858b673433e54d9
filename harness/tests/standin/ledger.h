/* SPDX-License-Identifier: MIT
 *
 * The references that the client owns, object by object: made or retained adds one, released takes
 * one away. What it does not own it must not release.
 */
#ifndef ANEPROBE_TESTS_STANDIN_LEDGER_H
#define ANEPROBE_TESTS_STANDIN_LEDGER_H

#include <stdbool.h>

void ledger_add(const void *object);
bool ledger_take(const void *object); /* false when the client owns none */

#endif
