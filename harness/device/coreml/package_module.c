/* SPDX-License-Identifier: MIT
 *
 * The writer of packages, with the libraries that it needs: trials on other devices do without them.
 */
#include "device/coreml/coreml_package.h"

/* Found by its name in the library (coreml_package_load). */
extern const struct coreml_package_writer aneprobe_package_writer;
const struct coreml_package_writer aneprobe_package_writer = {
    .write = mil_package_write, .model = mil_package_model};
