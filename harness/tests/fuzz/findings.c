/* SPDX-License-Identifier: MIT
 *
 * A file of claims that may hold anything, read to judge a probe's samples.
 */
#include "fuzz.h"

int probe_main(int argc, char **argv);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *const argv[] = {"probe", "--judge", SAMPLES, "--summary", "/dev/null", "--verdicts",
        "/dev/null", "--findings", (char *)fuzz_file("findings.csv", data, size), NULL};
    probe_main((int)(sizeof argv / sizeof *argv) - 1, (char **)argv);
    return 0;
}
