/* SPDX-License-Identifier: MIT */
#include "base/printable.h"
#include "base/status_line.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int ours; /* the side of the pseudo-terminal that sees what is written */
static FILE *terminal;

static void terminal_open(const char *kind, unsigned short columns) {
    struct winsize size = {.ws_row = 25, .ws_col = columns};
    setenv("TERM", kind, 1);
    ours = posix_openpt(O_RDWR | O_NOCTTY);
    cr_assert(ours >= 0 && grantpt(ours) == 0 && unlockpt(ours) == 0);
    terminal = fopen(ptsname(ours), "r+");
    cr_assert(terminal && ioctl(fileno(terminal), TIOCSWINSZ, &size) == 0);
}

static void shows(const char *expected) {
    char seen[600] = "";
    fputs("|", terminal);
    fflush(terminal);
    /* earlier output may arrive separately */
    for (size_t n = 0; !strchr(seen, '|');) {
        ssize_t some = read(ours, seen + n, sizeof seen - 1 - n);
        cr_assert(some > 0);
        n += (size_t)some;
    }
    cr_assert_str_eq(seen, expected);
}

Test(status_line, is_cut_to_the_width) {
    terminal_open("xterm", 20);
    status_line_show(terminal, "[%d/%d] %s", 3, 9, "compile_sequence each-in-turn");
    shows("\r[3/9] compile_seque\033[K|");
    status_line_clear(terminal);
    shows("\r\033[K|");
}

Test(status_line, is_shown_only_on_a_terminal_that_can_move_its_cursor) {
    terminal_open("dumb", 80);
    status_line_show(terminal, "anything");
    status_line_clear(terminal);
    shows("|");
    unsetenv("TERM");
    cr_assert_not(status_line_is_shown(terminal));
    setenv("TERM", "xterm", 1);
    cr_assert(status_line_is_shown(terminal));
    FILE *file = tmpfile();
    cr_assert_not(status_line_is_shown(file));
    fclose(file);
}

Test(printable, control_characters_reach_no_terminal) {
    static const char text[] = "a\tb\x1b[31m\r\x7f\xc3\xa9\n";
    terminal_open("xterm", 80);
    printable_put(terminal, text, sizeof text - 1);
    shows("a\tb\\x1b[31m\\x0d\\x7f\xc3\xa9\r\n|"); /* the terminal makes \n a \r\n */
    char kept[sizeof text];
    FILE *file = tmpfile();
    printable_put(file, text, sizeof text - 1);
    rewind(file);
    cr_assert_eq(fread(kept, 1, sizeof kept, file), sizeof text - 1);
    cr_assert_arr_eq(kept, text, sizeof text - 1);
    fclose(file);
}
