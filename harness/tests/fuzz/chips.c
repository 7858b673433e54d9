/* SPDX-License-Identifier: MIT
 *
 * results/chips.csv: a chip that is read has the requested name.
 */
#include "device/sim/sim.h"
#include "fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sim_chip chip;
    struct device_error error = {.text = ""};
    fuzz_file("results/chips.csv", data, size);
    setenv("ANEPROBE_SOURCE", fuzz_folder(), 1);
    if (sim_chip_read("m4", &chip, &error) == DEVICE_OK)
        FUZZ_CHECK(strcmp(chip.name, "m4") == 0);
    else
        FUZZ_CHECK(error.text[0] != '\0');
    return 0;
}
