/* SPDX-License-Identifier: BSD-2-Clause */
/* The line protocol's parser: see lineproto.h. */
#include "libappbase/lineproto.h"

#include <string.h>

static void lineproto_append(struct lineproto *, const char *, size_t);
static enum lineproto_command lineproto_end(struct lineproto *);

/* The words of the protocol. */
static const struct {
	const char *word;
	enum lineproto_command command;
} lineproto_words[] = {
    {"ping", LINEPROTO_PING},
    {"takeover", LINEPROTO_TAKEOVER},
    {"shutdown", LINEPROTO_RESTART},
    {"restart", LINEPROTO_RESTART},
    {"stop", LINEPROTO_STOP},
};

/* Take bytes up to the first line end and say what the line means. */
enum lineproto_command
lineproto_next(struct lineproto *lp, const char **data, size_t *len)
{
	const char *nl;
	size_t n;

	if (*len == 0)
		return LINEPROTO_NONE;
	nl = memchr(*data, '\n', *len);
	n = nl != NULL ? (size_t)(nl - *data) : *len;
	lineproto_append(lp, *data, n);
	if (nl != NULL)
		n++;
	*data += n;
	*len -= n;
	return nl != NULL ? lineproto_end(lp) : LINEPROTO_NONE;
}

/* Keep what fits of a line's next bytes; the rest makes it an unknown line. */
static void
lineproto_append(struct lineproto *lp, const char *data, size_t n)
{
	size_t room = LINEPROTO_MAX - lp->len;

	if (n > room) {
		lp->skipping = true;
		n = room;
	}
	memcpy(lp->line + lp->len, data, n);
	lp->len += n;
}

/* Recognise the finished line and make ready for the next one. */
static enum lineproto_command
lineproto_end(struct lineproto *lp)
{
	size_t i, len = lp->len;
	bool skipping = lp->skipping;

	if (!skipping && len > 0 && lp->line[len - 1] == '\r')
		len--;
	lp->line[len] = '\0';
	lp->len = 0;
	lp->skipping = false;
	if (skipping)
		return LINEPROTO_UNKNOWN;
	for (i = 0; i < sizeof(lineproto_words) / sizeof(lineproto_words[0]);
	     i++) {
		if (strlen(lineproto_words[i].word) == len &&
		    memcmp(lineproto_words[i].word, lp->line, len) == 0)
			return lineproto_words[i].command;
	}
	return LINEPROTO_UNKNOWN;
}
