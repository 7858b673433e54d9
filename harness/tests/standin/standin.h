/* SPDX-License-Identifier: MIT
 *
 * The stand-in frameworks: one shared library with the classes, selectors and functions that the
 * devices ane and coreml take from Apple's libraries (device/apple/apple_entry.h, ane_selectors.h,
 * coreml_selectors.h), so that they run end to end on a machine without an ANE.
 *
 * What it is. The classes are Objective-C on GNUstep. Behind them is the device sim (device/sim/): behaviour
 * and time come from a sim file, numbers from the reference evaluator, so time is virtual and the same seed
 * gives the same run. It is strict: what the real framework is known to crash on, or to get silently wrong, is
 * recorded as a violation.
 *
 * What it is not. Like the device, it knows only what is published, as the same authors understand it. That the
 * device agrees with it proves nothing about the real engine.
 *
 * Environment, read at aneprobe_standin_open:
 *   ANEPROBE_STANDIN_SIM         the sim file; required
 *   ANEPROBE_STANDIN_VIOLATIONS  file to which each violation is appended as one line
 *   ANEPROBE_STANDIN_TROUBLE     documented troubles to imitate, with commas between:
 *     not-ready        buffersReady answers NO and gives no error
 *     eval-0x1d        evals fail with code 8 and status 0x1d in the text
 *     outputs-by-name  output slots are in the alphabetical order of their names
 *     absent=NAME      the class or selector NAME is not there
 *     raise=SELECTOR   the message raises an exception; hang= never returns, late= neither, in virtual time: it
 *                      ends the process by SIGALRM at once; crash= and kill= end the process
 *     backings-refused predictions of Core ML with output backings fail
 *     load-11          Core ML's loads fail with code 11
 *     all-aborts       a load by Core ML for all units ends the process
 *     no-engine        Core ML does not see the engine
 *     amc-refused      IOReport gives no subscription to the group AMC Stats
 *     two-engines      the machine has two engines of 16 cores; cores-of-both: says that it has 32 cores
 *     nil=NAME         the method, or the function CFError..., returns nothing; keyless=KEY: no dictionary has it
 *     plan-cpu=NAME    Core ML plans the operation with the output NAME for the processor
 * Chaining that fails with error 15, and limits with their errors or silent failures, are keys of the sim file.
 * Without chaining (the default) there is no class _ANEChainingRequest, without statistics of evals no
 * _ANEPerformanceStatsIOSurface, without mutable weights no selectors for them.
 */
#ifndef ANEPROBE_TESTS_STANDIN_H
#define ANEPROBE_TESTS_STANDIN_H

/* What tests may ask the library, looked up with dlsym: X(result, name, parameters). */
#define STANDIN_QUERIES(X)                                                                                    \
    /* violations since the library was loaded, and the text of one */                                        \
    X(unsigned, aneprobe_standin_violations, (void))                                                          \
    X(const char *, aneprobe_standin_violation, (unsigned index))                                             \
    /* living instances of a class of the framework, or of all for NULL */                                    \
    X(long, aneprobe_standin_live, (const char *class_name))                                                  \
    /* references that the client owns: made or retained, and not yet released */                             \
    X(long, aneprobe_standin_owned, (void))                                                                   \
    /* the next eval or load is refused with this code and text and, if not 0, macOS 27's status and stage */ \
    X(void, aneprobe_standin_refuse_next, (int code, const char *text, long status, long stage))

#endif
