/* SPDX-License-Identifier: BSD-2-Clause */
/* Text for syslog(3): a message for each line, as supervisord (P-148). */
#ifndef SUPERVISORD_IO_SYSLINES_H
#define SUPERVISORD_IO_SYSLINES_H

#include <stddef.h>

/*
 * Sends each line of the text, after a prefix and a space, to facility user
 * with a priority of <syslog.h> (LOG_INFO).  Newlines at its end make no lines;
 * a text of nothing else is one empty line.
 */
void syslines(int priority, const char *prefix, size_t prefix_len,
    const char *text, size_t len);

#endif
