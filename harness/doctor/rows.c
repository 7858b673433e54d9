/* SPDX-License-Identifier: MIT */
#include "doctor/doctor.h"

#include <stdarg.h>
#include <stdio.h>

void doctor_row(const char *check, const char *item, const char *status, const char *remedy,
    const char *format, ...) {
    char detail[800];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    for (char *c = detail; *c != '\0'; c++)
        if (*c == '\n' || *c == '\r')
            *c = ' ';
    struct csv_writer writer = {.file = stdout};
    putchar(DOCTOR_ROW_MARK);
    csv_put_text(&writer, check);
    csv_put_text(&writer, item);
    csv_put_text(&writer, status);
    csv_put_text(&writer, detail);
    csv_put_text(&writer, remedy);
    (void)csv_end_row(&writer); /* the parent notices missing rows */
}
