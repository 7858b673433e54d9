/* SPDX-License-Identifier: MIT
 *
 * usage: on_terminal COLUMNS COMMAND...
 * Runs COMMAND with a terminal of that width as its standard output, prints what it wrote there, and
 * exits as it did.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    const int ours = posix_openpt(O_RDWR | O_NOCTTY);
    if (argc < 3 || ours < 0 || grantpt(ours) != 0 || unlockpt(ours) != 0)
        return 99;
    const int theirs = open(ptsname(ours), O_RDWR | O_NOCTTY);
    struct winsize window = {.ws_row = 24, .ws_col = (unsigned short)strtoul(argv[1], NULL, 10)};
    if (theirs < 0 || ioctl(theirs, TIOCSWINSZ, &window) != 0)
        return 99;
    const pid_t child = fork();
    if (child == 0) {
        dup2(theirs, STDOUT_FILENO);
        close(theirs);
        close(ours);
        execvp(argv[2], argv + 2);
        _exit(99);
    }
    close(theirs);
    char bytes[4096];
    /* After the last part a read fails or returns nothing. */
    for (ssize_t n; (n = read(ours, bytes, sizeof bytes)) > 0;)
        fwrite(bytes, 1, (size_t)n, stdout);
    int status = 0;
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status)
               ? WEXITSTATUS(status)
               : 99;
}
