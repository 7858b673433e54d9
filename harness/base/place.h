/* SPDX-License-Identifier: MIT
 *
 * Finds the suite's own files from the path of the running program: in a build folder, which may
 * have been moved with its source, or installed below any prefix.
 *
 *     in a build       BUILD/harness/mil_file/aneprobe-mil  SOURCE/plots      SOURCE/results
 *     installed        PREFIX/libexec/aneprobe/harness/...  PREFIX/share/aneprobe/{plots,results}
 *
 * The environment takes precedence:
 *
 *     ANEPROBE_SOURCE       a folder that holds plots/ and results/
 *
 *     ANEPROBE_EXPERIMENTS  the list of experiments, experiments.csv
 *
 *     ANEPROBE_TOOLS        a folder with all programs, without the subfolders of the build
 *
 * Every path is the caller's to free; NULL when out of memory.
 */
#ifndef ANEPROBE_BASE_PLACE_H
#define ANEPROBE_BASE_PLACE_H

/* The running program; also NULL when it cannot be determined. */
char *place_self(void);
/* A file that comes with the suite: "plots/report.sh", "results/findings.csv". */
char *place_data(const char *name);
/* A program or library by its path in the build folder: "harness/mil_file/aneprobe-mil". */
char *place_program(const char *path);
char *place_manifest(void);
/* The default folder for runs: results/ of the source or, if the suite is installed, of the user's
 * data folder ($XDG_DATA_HOME/aneprobe, on macOS Application Support). It need not exist. */
char *place_results(void);
/* Where named baselines are kept: baselines/ of the user's data folder. Need not exist. */
char *place_baselines(void);

#endif
