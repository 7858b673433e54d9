/* SPDX-License-Identifier: MIT
 *
 * The machine's CBLAS.
 */
#ifndef ANEPROBE_TRAIN_BLAS_H
#define ANEPROBE_TRAIN_BLAS_H

#ifdef __APPLE__
#include <Accelerate/Accelerate.h>
#else
#include <cblas.h>
#endif

#endif
