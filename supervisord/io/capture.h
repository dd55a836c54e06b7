/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capture mode (P-133 to P-139): a program's output with messages for event
 * listeners in it, between two tokens.
 *
 *   ... text <!--XSUPERVISOR:BEGIN-->message<!--XSUPERVISOR:END--> text ...
 *
 * The scanner takes the stream in any pieces.  It holds back nothing but the
 * start of a token.  Pure, but for the memory of the message.
 */
#ifndef SUPERVISORD_IO_CAPTURE_H
#define SUPERVISORD_IO_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>

#define CAPTURE_BEGIN "<!--XSUPERVISOR:BEGIN-->"
#define CAPTURE_END   "<!--XSUPERVISOR:END-->"

struct capture;

struct capture_sink {
	/* A piece of the stream, never empty, without tokens.  What is to be
	 * kept of a message goes to capture_keep(). */
	void (*text)(void *arg, const void *, size_t, bool in_message);
	/* A message is complete: what was kept of it, perhaps nothing. */
	void (*message)(void *arg, const void *, size_t);
	void *arg;
};

/* The sink is copied.  NULL with errno ENOMEM.  _free accepts NULL. */
struct capture *capture_new(size_t maxbytes, const struct capture_sink *);
void capture_free(struct capture *);

/* The next bytes of the stream. */
void capture_feed(struct capture *, const void *, size_t);
/* Called by the sink's text(): adds to the message; of more than maxbytes the
 * last ones are kept (P-137). */
void capture_keep(struct capture *, const void *, size_t);
/* The stream has ended: what is held back is text; a message without an end is
 * dropped (P-138, P-139). */
void capture_finish(struct capture *);

#endif
