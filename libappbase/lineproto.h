/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line protocol on the handoff socket, for workers in any language:
 *
 *   ping      -> pong     alive, both ways
 *   takeover  -> ok       initialised; answered when the old worker is gone
 *   shutdown, restart     kill me and start me again (both mean the same)
 *   stop                  stop the daemon
 *
 * Incremental and pure: bytes in, commands out, any splitting.  A line above
 * LINEPROTO_MAX is skipped to its end and counts as one unknown line.
 */
#ifndef LIBAPPBASE_LINEPROTO_H
#define LIBAPPBASE_LINEPROTO_H

#include <stdbool.h>
#include <stddef.h>

#define LINEPROTO_MAX 1024

enum lineproto_command {
	LINEPROTO_NONE, /* all bytes consumed, no whole line */
	LINEPROTO_PING,
	LINEPROTO_TAKEOVER,
	LINEPROTO_RESTART,
	LINEPROTO_STOP,
	LINEPROTO_UNKNOWN,
};

struct lineproto { /* zero-initialise */
	char line[LINEPROTO_MAX + 1];
	size_t len;
	bool skipping;
};

/*
 * Consumes bytes of *data (advancing *data and *len) up to and including the
 * first line end, and returns the command.  After UNKNOWN lp->line holds up to
 * LINEPROTO_MAX bytes of the line, NUL-terminated.
 */
enum lineproto_command lineproto_next(
    struct lineproto *, const char **data, size_t *len);

#endif
