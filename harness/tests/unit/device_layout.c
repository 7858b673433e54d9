/* SPDX-License-Identifier: MIT */
#include "device/device.h"

#include <criterion/criterion.h>

/* Strides of tensors without gaps, from their sizes. */
Test(device_layout, dense_strides_follow_from_sizes) {
    static const struct {
        struct mil_type type;
        size_t row, channel, bytes;
    } cases[] = {{{.dtype = MIL_FP16, .rank = 4, .dim = {1, 3, 4, 5}}, 10, 40, 120},
        {{.dtype = MIL_FP32, .rank = 4, .dim = {2, 3, 1, 5}}, 20, 20, 120},
        {{.dtype = MIL_FP16, .rank = 5, .dim = {1, 3, 2, 4, 5}}, 10, 80, 240},
        {{.dtype = MIL_FP16, .rank = 3, .dim = {2, 3, 5}}, 10, 10, 60},
        {{.dtype = MIL_INT8, .rank = 2, .dim = {3, 5}}, 5, 5, 15},
        {{.dtype = MIL_FP16, .rank = 1, .dim = {5}}, 10, 10, 10}, {{.dtype = MIL_FP16}, 2, 2, 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct device_layout layout;
        cr_assert(device_layout_dense(&cases[i].type, &layout));
        cr_expect_eq(layout.row_stride_bytes, cases[i].row, "%zu: %zu", i, layout.row_stride_bytes);
        cr_expect_eq(layout.channel_stride_bytes, cases[i].channel, "%zu: %zu", i,
            layout.channel_stride_bytes);
        cr_expect_eq(layout.bytes, cases[i].bytes, "%zu: %zu", i, layout.bytes);
    }
}
