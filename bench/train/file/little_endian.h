/* SPDX-License-Identifier: MIT
 *
 * The trainer's files are little endian, and so are the machines it runs on: it copies bytes.
 */
#ifndef ANEPROBE_TRAIN_LITTLE_ENDIAN_H
#define ANEPROBE_TRAIN_LITTLE_ENDIAN_H

#if !defined __BYTE_ORDER__ || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "token, model and checkpoint files are read and written as they lie in memory: little endian"
#endif

#endif
