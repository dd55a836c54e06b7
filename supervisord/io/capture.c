/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds messages in a program's output. */
#include "supervisord/io/capture.h"

#include <stdlib.h>
#include <string.h>

struct capture {
	struct capture_sink sink;
	size_t max;
	bool in_message;
	size_t held; /* this many bytes of the awaited token were held back */
	unsigned char *kept;
	size_t len, size;
};

static const char *capture_token(const struct capture *);
static void capture_scan(struct capture *, const unsigned char *, size_t);
static void capture_emit(struct capture *, const void *, size_t);
static void capture_toggle(struct capture *);
static size_t capture_partial(const unsigned char *, size_t, const char *);

/* Makes a scanner. */
struct capture *
capture_new(size_t maxbytes, const struct capture_sink *sink)
{
	struct capture *c;

	if ((c = calloc(1, sizeof(*c))) != NULL) {
		c->sink = *sink;
		c->max = maxbytes;
	}
	return c;
}

/* Frees it. */
void
capture_free(struct capture *c)
{
	if (c == NULL)
		return;
	free(c->kept);
	free(c);
}

/* Scans the next bytes, after those that were held back. */
void
capture_feed(struct capture *c, const void *data, size_t len)
{
	unsigned char *joined;
	size_t held = c->held;

	if (held == 0 || len == 0) {
		capture_scan(c, data, len);
		return;
	}
	c->held = 0;
	if ((joined = malloc(held + len)) == NULL) {
		capture_emit(c, capture_token(c), held);
		capture_scan(c, data, len);
		return;
	}
	memcpy(joined, capture_token(c), held);
	memcpy(joined + held, data, len);
	capture_scan(c, joined, held + len);
	free(joined);
}

/* Adds to the message. */
void
capture_keep(struct capture *c, const void *data, size_t len)
{
	const unsigned char *from = data;
	size_t surplus, need;
	unsigned char *grown;

	if (len > c->max) {
		from += len - c->max;
		len = c->max;
	}
	if (c->len + len > c->max) {
		surplus = c->len + len - c->max;
		memmove(c->kept, c->kept + surplus, c->len - surplus);
		c->len -= surplus;
	}
	if ((need = c->len + len) > c->size) {
		need = need < c->max / 2 ? need * 2 : c->max;
		if ((grown = realloc(c->kept, need)) == NULL)
			return;
		c->kept = grown;
		c->size = need;
	}
	if (len > 0)
		memcpy(c->kept + c->len, from, len);
	c->len += len;
}

/* Ends the stream. */
void
capture_finish(struct capture *c)
{
	size_t held = c->held;

	c->held = 0;
	capture_emit(c, capture_token(c), held);
	c->in_message = false;
	c->len = 0;
}

/* Returns the token that is awaited. */
static const char *
capture_token(const struct capture *c)
{
	return c->in_message ? CAPTURE_END : CAPTURE_BEGIN;
}

/* Cuts at tokens. */
static void
capture_scan(struct capture *c, const unsigned char *data, size_t len)
{
	const unsigned char *found;
	const char *token;
	size_t before;

	while (len > 0) {
		token = capture_token(c);
		found = memmem(data, len, token, strlen(token));
		if (found == NULL) {
			c->held = capture_partial(data, len, token);
			capture_emit(c, data, len - c->held);
			return;
		}
		before = (size_t)(found - data);
		capture_emit(c, data, before);
		capture_toggle(c);
		data += before + strlen(token);
		len -= before + strlen(token);
	}
}

/* Hands out a piece. */
static void
capture_emit(struct capture *c, const void *data, size_t len)
{
	if (len > 0)
		c->sink.text(c->sink.arg, data, len, c->in_message);
}

/* A token was seen. */
static void
capture_toggle(struct capture *c)
{
	c->in_message = !c->in_message;
	if (c->in_message)
		return;
	c->sink.message(c->sink.arg, c->len > 0 ? c->kept : NULL, c->len);
	c->len = 0;
}

/* How many bytes at the end may be the start of the token.  Only its first byte
 * is a '<', so the last one tells. */
static size_t
capture_partial(const unsigned char *data, size_t len, const char *token)
{
	const unsigned char *at = memrchr(data, token[0], len);
	size_t n;

	if (at == NULL)
		return 0;
	n = len - (size_t)(at - data);
	return n < strlen(token) && memcmp(at, token, n) == 0 ? n : 0;
}
