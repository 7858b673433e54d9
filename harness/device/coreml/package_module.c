/* SPDX-License-Identifier: MIT
 *
 * The writer of packages, with the libraries that it needs: trials on other devices do without them.
 */
#include "device/coreml/coreml_package.h"

/* Found by its name in the library (coreml_package_load). */
extern coreml_package_write *const aneprobe_package_write;
coreml_package_write *const aneprobe_package_write = mil_package_write;
