/* SPDX-License-Identifier: MIT
 *
 * What the compile, load and evals of a program are sent with. An engine is named by two keys together, of which
 * one alone is said to be ignored (of jundot/omlx, as others quote it); 15 asks for counters (751K/apple-neural-engine-monitor).
 * That bonded networks can be disabled is a key of macOS 27 (blacktop/ipsw-diffs, AppleNeuralEngine 382.15.1); its
 * value is a guess.
 */
#include "device/ane/ane_internal.h"

enum { OPTIONS_MAX = 4, COUNTERS_MASK = 15 };

enum device_status ane_program_options_set(struct device_program *program, bool counters,
    int engine, unsigned given, struct device_error *error) {
    const bool variant = given & 1u << DEVICE_OPTION_VARIANT;
    const struct apple_entry *e = &program->device->runtime.entry;
    const struct {
        const char *key;
        int64_t value;
        bool wanted;
    } options[OPTIONS_MAX] = {{"kANEFProcedureVariantHint", 1, engine > 0 || variant},
        {"kANEFAneInstanceHint", engine, engine > 0},
        {"kANEFDisableBondedNetworksKey", 1, given & 1u << DEVICE_OPTION_UNBONDED},
        {"kANEFPerformanceStatsMask", COUNTERS_MASK, counters}};
    void *keys[OPTIONS_MAX], *values[OPTIONS_MAX];
    int n = 0;
    for (int i = 0; i < OPTIONS_MAX; i++)
        if (options[i].wanted) {
            keys[n] = apple_string(e, options[i].key);
            values[n++] = apple_number(e, options[i].value);
        }
    void *made = apple_dictionary(e, keys, values, n);
    for (int i = 0; i < n; i++) {
        apple_release(e, keys[i]);
        apple_release(e, values[i]);
    }
    if (!made)
        return device_memory_out(error, "compile");
    apple_release(e, program->options);
    program->options = made;
    return DEVICE_OK;
}

enum device_status ane_program_pin(
    struct device *device, struct device_program *program, int engine, struct device_error *error) {
    (void)device;
    return ane_program_options_set(
        program, program->base.has_counters, engine, program->base.options, error);
}

enum device_status ane_program_option(struct device *device, struct device_program *program,
    enum device_option option, struct device_error *error) {
    (void)device;
    return ane_program_options_set(program, program->base.has_counters, program->base.engine,
        program->base.options | 1u << option, error);
}
