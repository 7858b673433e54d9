/* SPDX-License-Identifier: MIT */
#include "mil/op/op_fault.h"

#include "mil/type.h"

#include <inttypes.h>

int op_fault_fail(struct mil_error *error, struct mil_place place, enum op_fault fault,
    const char *op, int64_t found, int64_t limit) {
    switch (fault) {
    case OP_FAULT_AXIS:
        return mil_fail(
            error, place, "%s: index %" PRId64 " is outside an axis of %" PRId64, op, found, limit);
    case OP_FAULT_LIST:
        return mil_fail(
            error, place, "%s: index %" PRId64 " is outside a list of %" PRId64, op, found, limit);
    case OP_FAULT_ROOM:
        return mil_fail(error, place,
            "%s: a list grows to %" PRId64 " elements; at most %" PRId64 " of this size are held "
            "here",
            op, found, limit);
    default:
        return mil_fail(
            error, place, "%s: it has not ended after %" PRId64 " iterations", op, limit);
    }
}
