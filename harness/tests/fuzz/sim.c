/* SPDX-License-Identifier: MIT
 *
 * Sim files: a file that is read lists as one that reads the same, and opens as a device.
 */
#include "device/sim/sim.h"
#include "fuzz.h"

#include <string.h>

struct text {
    char bytes[8192];
    size_t used;
};

static void line_add(void *context, const char *name, const char *value) {
    struct text *text = context;
    if (*value)
        text->used += (size_t)snprintf(text->bytes + text->used, sizeof text->bytes - text->used,
            "%s,%s\n", name + strlen("sim_"), value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sim_params params, again;
    struct device_error error = {.text = ""};
    struct text first = {.used = 0}, second = {.used = 0};
    struct device *device;
    const char *path = fuzz_file("a.sim", data, size);
    if (sim_file_read(path, &params, &error) != DEVICE_OK) {
        FUZZ_CHECK(error.text[0] != '\0');
        return 0;
    }
    FUZZ_CHECK(sim_device_open(path, 1, &device, &error) == DEVICE_OK);
    device_close(device);
    sim_params_list(&params, line_add, &first);
    path = fuzz_file("a.sim", (const uint8_t *)first.bytes, first.used);
    FUZZ_CHECK(sim_file_read(path, &again, &error) == DEVICE_OK);
    sim_params_list(&again, line_add, &second);
    FUZZ_CHECK(strcmp(first.bytes, second.bytes) == 0);
    return 0;
}
