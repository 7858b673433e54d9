/* SPDX-License-Identifier: MIT
 *
 * Where the suite's files are: as the build recorded them, or as the environment says.
 *
 *   ANEPROBE_SOURCE    the directory that holds results/ and plots/
 *   ANEPROBE_PROGRAMS  the manifest, programs.csv
 *   ANEPROBE_TOOLS     the directory that holds aneprobe-devices, -mil and -plan
 */
#ifndef ANEPROBE_RUNNER_COMMAND_PLACES_H
#define ANEPROBE_RUNNER_COMMAND_PLACES_H

/* Each is the caller's to free; NULL when out of memory. */
char *place_in_source(const char *path);
char *place_manifest(void);
char *place_devices_tool(void);
char *place_doctor_tool(void);
char *place_mil_tool(void);
char *place_plan_tool(void);
char *place_train_tool(void);

#endif
