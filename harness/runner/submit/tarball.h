/* SPDX-License-Identifier: MIT
 *
 * A submission as a file: an ordinary .tar.gz that holds one folder, named like the run directory,
 * with the run's files and their SHA256SUMS. The digests are needed, since the tar format has none
 * for contents and libarchive does not check gzip's. The same files give the same bytes.
 *
 * Reading also accepts what a browser, a mail program or a person made of it: the .tar, the
 * unpacked folder, and line ends turned into CR LF.
 */
#ifndef ANEPROBE_RUNNER_SUBMIT_TARBALL_H
#define ANEPROBE_RUNNER_SUBMIT_TARBALL_H

#include "runner/submit/bundle.h"

enum { TARBALL_MOST_PACKED = 64 << 20 }; /* bytes of a .tar.gz */

/* The bytes of the .tar.gz, which the caller frees. */
int tarball_pack(const struct bundle *bundle, char **packed, size_t *n_packed, struct error *error);

/* From a file or a folder. An error begins with the path; the bundle is then empty. The caller frees it
 * with bundle_free(). */
int tarball_open(const char *path, struct bundle *bundle, struct error *error);
/* The same from memory; `name` stands for the path in messages. Changes `bytes`. */
int tarball_unpack(
    const char *name, char *bytes, size_t n_bytes, struct bundle *bundle, struct error *error);

#endif
