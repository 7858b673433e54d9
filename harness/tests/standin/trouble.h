/* SPDX-License-Identifier: MIT
 *
 * The documented troubles that ANEPROBE_STANDIN_TROUBLE asks for; standin.h lists them.
 */
#ifndef ANEPROBE_TESTS_STANDIN_TROUBLE_H
#define ANEPROBE_TESTS_STANDIN_TROUBLE_H

#include <stdbool.h>

enum trouble {
    TROUBLE_NOT_READY,
    TROUBLE_EVAL_0X1D,
    TROUBLE_OUTPUTS_BY_NAME,
    TROUBLE_BACKINGS_REFUSED,
    TROUBLE_LOAD_11,
    TROUBLE_ALL_ABORTS,
    TROUBLE_NO_ENGINE,
    TROUBLE_AMC_REFUSED,
    TROUBLE_TWO_ENGINES,
    TROUBLE_CORES_OF_BOTH,
    TROUBLES
};

/* Reads the variable. An unknown name ends the process, since the test would pass without testing anything. */
void trouble_open(void);
bool trouble_is_on(enum trouble trouble);
/* Is the operation with this output planned for the processor, whatever the engine says? */
bool trouble_plan_is_cpu(const char *output);
/* Is this method or function of CoreFoundation to return nothing? */
bool trouble_is_nil(const char *name);
/* Is this key to be in no dictionary? */
bool trouble_is_keyless(const char *key);
/* Is this class or selector to be missing? */
bool trouble_is_absent(const char *name);
/* Hangs or crashes if this selector is to do so; true if it is to raise an exception. */
bool trouble_at_message(const char *selector);

#endif
