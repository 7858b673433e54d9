/* SPDX-License-Identifier: MIT
 *
 * The options of compiles, loads and evals.
 */
#ifndef ANEPROBE_TESTS_STANDIN_OPTIONS_H
#define ANEPROBE_TESTS_STANDIN_OPTIONS_H

#import "object.h"

#include "engine.h"

/* A dictionary, its keys known, its values numbers. What is against that is a violation; where it is none,
 * the call is refused. */
BOOL options_are(id options, id *error, const char *place);
/* They act: on the engine of a compile, on whether counters come of a load or eval. An engine without the
 * variant hint, or another one than the compile's, is a violation. */
enum options_call { OPTIONS_COMPILE, OPTIONS_LOAD, OPTIONS_EVAL };
void options_take(NSDictionary *options, struct engine_program *program, enum options_call call,
    const char *place);

#endif
