/* SPDX-License-Identifier: MIT
 *
 * Where the suite's files are: as the build recorded them, or as the environment says.
 *
 *   ANEPROBE_SOURCE    the directory that holds results/ and plots/
 *   ANEPROBE_PROGRAMS  the manifest, programs.csv
 *   ANEPROBE_TOOLS     a directory that holds the programs instead, without folders
 */
#ifndef ANEPROBE_RUNNER_COMMAND_PLACES_H
#define ANEPROBE_RUNNER_COMMAND_PLACES_H

/* Each is the caller's to free; NULL when out of memory. */
char *place_in_source(const char *path);
char *place_manifest(void);
/* A program by its path in the build directory, "harness/mil/aneprobe-mil". */
char *place_tool(const char *path);

#endif
