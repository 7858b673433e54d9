/* SPDX-License-Identifier: MIT */
#include "base/suite.h"

#include "base/commit.h"

const char *suite_version(void) {
    return SUITE_VERSION;
}

const char *suite_commit(void) {
    return COMMIT;
}
