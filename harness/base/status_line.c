/* SPDX-License-Identifier: MIT */
#include "base/status_line.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool status_line_is_shown(FILE *out) {
    const char *terminal = getenv("TERM");
    const int fd = fileno(out); /* -1: a stream in memory */
    return fd >= 0 && isatty(fd) && terminal && terminal[0] != '\0' &&
           strcmp(terminal, "dumb") != 0;
}

/* Columns, less one: some terminals wrap when the last one is written. */
static int line_width(FILE *out) {
    enum { USUAL = 80 };
    struct winsize size;
    return ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1
                                                                         : USUAL - 1;
}

void status_line_show(FILE *out, const char *format, ...) {
    char text[512];
    va_list arguments;
    if (!status_line_is_shown(out))
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(out, "\r%.*s\033[K", line_width(out), text);
    fflush(out);
}

void status_line_clear(FILE *out) {
    if (!status_line_is_shown(out))
        return;
    fputs("\r\033[K", out);
    fflush(out);
}

bool status_line_is_due(uint64_t *said_ns) {
    enum { EVERY_S = 60 };
    const uint64_t now_ns = clock_monotonic_ns();
    const bool is_first = *said_ns == 0;
    if (!is_first && now_ns - *said_ns < UINT64_C(1000000000) * EVERY_S)
        return false;
    *said_ns = now_ns;
    return !is_first;
}
