/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an event listener says on its stdout (P-089 to P-100): a parser of the
 * stream, which may come in any pieces.
 *
 *   ACKNOWLEDGED --"READY\n"--> READY --an event is sent--> BUSY
 *        ^                                                   |
 *        +---------------"RESULT n\n" and n bytes------------+
 *
 * Anything else, anywhere, leads to UNKNOWN, for good.  Pure, no memory.
 */
#ifndef SUPERVISORD_EVENTS_PROTOCOL_H
#define SUPERVISORD_EVENTS_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROTOCOL_LINE_MAX 128 /* of a result line */

enum protocol_state {
	PROTOCOL_ACKNOWLEDGED,
	PROTOCOL_READY,
	PROTOCOL_BUSY,
	PROTOCOL_UNKNOWN,
};

/* All zero is the state of a listener that was just started (P-089).  No
 * pointers: it may be kept over the engine's death. */
struct protocol {
	int32_t state;	   /* enum protocol_state */
	uint32_t line_len; /* of what is not complete yet */
	int64_t body_len, body_seen;
	uint8_t in_body;
	uint8_t ok; /* the body is "OK" so far */
	uint8_t pad[6];
	char line[PROTOCOL_LINE_MAX];
};

enum protocol_token {
	PROTOCOL_NONE,	     /* all is consumed; more is needed */
	PROTOCOL_TOLD_READY, /* is READY now */
	PROTOCOL_ACCEPTED,   /* the result is OK: is ACKNOWLEDGED now */
	PROTOCOL_REJECTED,   /* another result: likewise */
	PROTOCOL_BAD_RESULT, /* line[0 .. line_len) is wrong: is UNKNOWN */
	PROTOCOL_VIOLATION,  /* what is not allowed in its state: is UNKNOWN */
};

/* Takes bytes up to the next token; *data and *len are what is left.  Call it
 * until NONE. */
enum protocol_token protocol_next(
    struct protocol *, const char **data, size_t *len);
/* An event was sent: from READY to BUSY. */
void protocol_sent(struct protocol *);

/* "ACKNOWLEDGED", ... */
const char *protocol_state_name(enum protocol_state);

#endif
