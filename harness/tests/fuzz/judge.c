/* SPDX-License-Identifier: MIT
 *
 * A probe's judgement of samples that may hold anything (PROBE's main is renamed in the build).
 */
#include "fuzz.h"

int probe_main(int argc, char **argv);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *const argv[] = {"probe", "--judge", (char *)fuzz_file("samples.csv", data, size),
        "--summary", "/dev/null", "--verdicts", "/dev/null", "--findings", FINDINGS, NULL};
    probe_main((int)(sizeof argv / sizeof *argv) - 1, (char **)argv);
    return 0;
}
