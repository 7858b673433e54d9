/* SPDX-License-Identifier: MIT
 *
 * GSL has its own CBLAS, which is correct but slow. Neither the device's products nor the host's may use it;
 * only this test would notice.
 */
#define _GNU_SOURCE /* dladdr */
#include "device/cpu/blas.h"
#include "train/host/blas.h"

#include <criterion/criterion.h>
#include <dlfcn.h>
#include <stdint.h>
#include <string.h>

static void is_the_machines(const void *function) {
    Dl_info info;
    cr_assert(dladdr(function, &info) != 0);
    cr_assert(strstr(info.dli_fname, "gslcblas") == NULL, "cblas_sgemm of %s", info.dli_fname);
    cr_assert(strstr(info.dli_fname, "blas") || strstr(info.dli_fname, "Accelerate"),
        "cblas_sgemm of %s", info.dli_fname);
}

Test(blas, the_host_calls_this_machines_blas) {
    is_the_machines((const void *)(uintptr_t)cblas_sgemm);
}

Test(blas, the_device_calls_this_machines_blas) {
    struct blas blas;
    char why[500] = "";
    cr_assert_eq(blas_load(&blas, why, sizeof why), 0, "%s", why);
    is_the_machines((const void *)(uintptr_t)blas.sgemm);
}
