/* SPDX-License-Identifier: MIT
 *
 * copy FROM TO: reads a program and writes it as .mil or .mlpackage.
 */
#include "mil/package/package.h"

#include <stdio.h>

int main(int argc, char **argv) {
    struct mil_package *package;
    struct mil_error error;
    if (argc != 3)
        return 2;
    if (mil_package_open(argv[1], &package, &error) < 0) {
        fprintf(stderr, "%s:%u: %s\n", argv[1], error.place.line, error.text);
        return 1;
    }
    int result = mil_package_write(argv[2], package->program, &package->weights, &error);
    if (result < 0)
        fprintf(stderr, "%s: %s\n", argv[2], error.text);
    mil_package_close(package);
    return result < 0;
}
