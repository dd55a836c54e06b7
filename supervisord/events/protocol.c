/* SPDX-License-Identifier: BSD-2-Clause */
/* The parser of a listener's stdout. */
#include "supervisord/events/protocol.h"

#include <ctype.h>
#include <string.h>

#define PROTOCOL_READY_TOKEN   "READY\n"
#define PROTOCOL_RESULT_PREFIX "RESULT "
#define PROTOCOL_OK	       "OK"

typedef enum protocol_token protocol_handler(
    struct protocol *, const char **, size_t *);

static protocol_handler protocol_acknowledged, protocol_ready, protocol_busy,
    protocol_unknown;
static enum protocol_token protocol_body(
    struct protocol *, const char **, size_t *);
static enum protocol_token protocol_end_body(struct protocol *);
static enum protocol_token protocol_give_up(
    struct protocol *, enum protocol_token);
static bool protocol_parse_result(const struct protocol *, int64_t *);

static protocol_handler *const protocol_handlers[] = {
    [PROTOCOL_ACKNOWLEDGED] = protocol_acknowledged,
    [PROTOCOL_READY] = protocol_ready,
    [PROTOCOL_BUSY] = protocol_busy,
    [PROTOCOL_UNKNOWN] = protocol_unknown,
};

/* Takes bytes up to the next token. */
enum protocol_token
protocol_next(struct protocol *p, const char **data, size_t *len)
{
	enum protocol_token token = PROTOCOL_NONE;

	while (*len > 0 && token == PROTOCOL_NONE)
		token = protocol_handlers[p->state](p, data, len);
	return token;
}

/* Notes that an event was sent. */
void
protocol_sent(struct protocol *p)
{
	*p = (struct protocol){.state = PROTOCOL_BUSY};
}

/* Names a state. */
const char *
protocol_state_name(enum protocol_state state)
{
	static const char *const names[] = {
	    "ACKNOWLEDGED", "READY", "BUSY", "UNKNOWN"};

	return names[state];
}

/* ACKNOWLEDGED: six bytes decide (P-090). */
static enum protocol_token
protocol_acknowledged(struct protocol *p, const char **data, size_t *len)
{
	const size_t want = strlen(PROTOCOL_READY_TOKEN);

	p->line[p->line_len++] = *(*data)++;
	--*len;
	if (p->line_len < want)
		return PROTOCOL_NONE;
	if (memcmp(p->line, PROTOCOL_READY_TOKEN, want) != 0)
		return protocol_give_up(p, PROTOCOL_VIOLATION);
	p->line_len = 0;
	p->state = PROTOCOL_READY;
	return PROTOCOL_TOLD_READY;
}

/* READY: nothing may come (P-091). */
static enum protocol_token
protocol_ready(struct protocol *p, const char **data, size_t *len)
{
	(void)data;
	(void)len;
	return protocol_give_up(p, PROTOCOL_VIOLATION);
}

/* BUSY: a result line, then its body (P-097). */
static enum protocol_token
protocol_busy(struct protocol *p, const char **data, size_t *len)
{
	char c;

	if (p->in_body)
		return protocol_body(p, data, len);
	c = *(*data)++;
	--*len;
	if (c != '\n') {
		if (p->line_len == sizeof(p->line))
			return protocol_give_up(p, PROTOCOL_BAD_RESULT);
		p->line[p->line_len++] = c;
		return PROTOCOL_NONE;
	}
	if (!protocol_parse_result(p, &p->body_len))
		return protocol_give_up(p, PROTOCOL_BAD_RESULT);
	p->line_len = 0;
	p->body_seen = 0;
	p->in_body = 1;
	p->ok = p->body_len == (int64_t)strlen(PROTOCOL_OK);
	return p->body_len == 0 ? protocol_end_body(p) : PROTOCOL_NONE;
}

/* UNKNOWN: all is thrown away (P-092). */
static enum protocol_token
protocol_unknown(struct protocol *p, const char **data, size_t *len)
{
	(void)p;
	*data += *len;
	*len = 0;
	return PROTOCOL_NONE;
}

/* Counts the body; only whether it is OK is of interest. */
static enum protocol_token
protocol_body(struct protocol *p, const char **data, size_t *len)
{
	int64_t missing = p->body_len - p->body_seen;
	size_t n = (int64_t)*len < missing ? *len : (size_t)missing;

	if (p->ok && memcmp(&PROTOCOL_OK[p->body_seen], *data, n) != 0)
		p->ok = 0;
	p->body_seen += (int64_t)n;
	*data += n;
	*len -= n;
	return p->body_seen == p->body_len ? protocol_end_body(p)
					   : PROTOCOL_NONE;
}

/* The result is complete. */
static enum protocol_token
protocol_end_body(struct protocol *p)
{
	bool ok = p->ok;

	*p = (struct protocol){.state = PROTOCOL_ACKNOWLEDGED};
	return ok ? PROTOCOL_ACCEPTED : PROTOCOL_REJECTED;
}

/* The protocol was broken; the line stays to be looked at. */
static enum protocol_token
protocol_give_up(struct protocol *p, enum protocol_token token)
{
	p->state = PROTOCOL_UNKNOWN;
	return token;
}

/* Reads "RESULT n" (P-098, P-099), with blanks as Python's int() has them. */
static bool
protocol_parse_result(const struct protocol *p, int64_t *value)
{
	const size_t prefix = strlen(PROTOCOL_RESULT_PREFIX);
	const char *s = p->line + prefix, *end = p->line + p->line_len;
	int64_t n = 0;

	if (p->line_len <= prefix ||
	    memcmp(p->line, PROTOCOL_RESULT_PREFIX, prefix) != 0)
		return false;
	while (s < end && isspace((unsigned char)*s))
		s++;
	while (end > s && isspace((unsigned char)end[-1]))
		end--;
	if (s < end && *s == '+')
		s++;
	if (s == end)
		return false;
	for (; s < end; s++) {
		if (*s < '0' || *s > '9' || n > (INT64_MAX - 9) / 10)
			return false;
		n = n * 10 + (*s - '0');
	}
	*value = n;
	return true;
}
