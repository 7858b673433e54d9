/* SPDX-License-Identifier: MIT
 *
 * A file of claims that may hold anything, read to judge a probe's samples.
 */
#include "fuzz.h"

int probe_main(int argc, char **argv);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *const argv[] = {"probe", "--judge", SAMPLES, "--findings",
        (char *)fuzz_file("findings.csv", data, size), NULL};
    fuzz_main(probe_main, argv, "/dev/null");
    return 0;
}
