/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes from configurations and back: lines of words and numbers, each text
 * after a line that says how long it is.
 */
#include "supervisord/config/inforce.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/pool.h"

#define INFORCE_MAGIC	  "supervisord configuration 1\n"
#define INFORCE_EPOCH_MAX 1000000000000
#define INFORCE_MAX	  1000000 /* configurations, files, groups */

/* Where a reader is; bad once something was not as expected. */
struct inforce_reader {
	const char *at, *end;
	struct pool *pool;
	bool bad;
};

/* Writes a text with its length. */
static void
inforce_put(FILE *f, const char *text, size_t len)
{
	(void)fprintf(f, "%zu\n", len);
	(void)fwrite(text, 1, len, f);
	(void)fputc('\n', f);
}

/* Writes one configuration. */
static void
inforce_put_config(FILE *f, const struct inforce_config *c)
{
	size_t i;

	(void)fprintf(f, "%zu\n", c->ntexts);
	inforce_put(f, c->host_node_name, strlen(c->host_node_name));
	for (i = 0; i < c->ntexts; i++) {
		inforce_put(f, c->texts[i].file, strlen(c->texts[i].file));
		inforce_put(f, c->texts[i].text, c->texts[i].len);
	}
}

char *
inforce_write(const struct inforce *in, size_t *len)
{
	char *data = NULL;
	FILE *f;
	size_t i;

	if ((f = open_memstream(&data, len)) == NULL)
		return NULL;
	(void)fputs(INFORCE_MAGIC, f);
	(void)fprintf(f, "%" PRIu64 "\n%zu\n%zu\n%zu\n%zu\n", in->epoch,
	    in->nconfigs, in->start, in->next, in->ngroups);
	for (i = 0; i < in->nconfigs; i++)
		inforce_put_config(f, &in->configs[i]);
	for (i = 0; i < in->ngroups; i++) {
		(void)fprintf(f, "%zu\n%d\n", in->groups[i].config,
		    (int)in->groups[i].state);
		inforce_put(f, in->groups[i].name, strlen(in->groups[i].name));
	}
	if (ferror(f) || fclose(f) == EOF) {
		free(data);
		return NULL;
	}
	return data;
}

/* Reads a number of at most max, and its newline. */
static size_t
inforce_number(struct inforce_reader *r, size_t max)
{
	size_t n = 0;
	bool any = false;

	for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++) {
		n = n * 10 + (size_t)(*r->at - '0');
		any = true;
		if (n > max)
			break;
	}
	if (!any || n > max || r->at == r->end || *r->at++ != '\n')
		r->bad = true;
	return r->bad ? 0 : n;
}

/* Reads a text. */
static const char *
inforce_text(struct inforce_reader *r, size_t *len)
{
	const char *text;

	*len = inforce_number(r, (size_t)(r->end - r->at));
	if (r->bad || (size_t)(r->end - r->at) <= *len || r->at[*len] != '\n') {
		r->bad = true;
		return "";
	}
	text = pool_strndup(r->pool, r->at, *len);
	r->at += *len + 1;
	return text;
}

/* Reads one configuration. */
static void
inforce_config(struct inforce_reader *r, struct inforce_config *c)
{
	struct config_text *texts = NULL;
	size_t n = inforce_number(r, INFORCE_MAX), i, len;

	c->host_node_name = inforce_text(r, &len);
	for (i = 0; i < n && !r->bad; i++) {
		texts = pool_grow(r->pool, texts, i, sizeof(*texts));
		texts[i].file = inforce_text(r, &len);
		texts[i].text = inforce_text(r, &texts[i].len);
	}
	c->texts = texts;
	c->ntexts = n;
	if (n == 0)
		r->bad = true;
}

/* Reads all that follows the first line. */
static void
inforce_all(struct inforce_reader *r, struct inforce *in)
{
	struct inforce_group *g;
	size_t nconfigs, ngroups, i, len;

	in->epoch = inforce_number(r, INFORCE_EPOCH_MAX);
	nconfigs = inforce_number(r, INFORCE_MAX);
	in->start = inforce_number(r, INFORCE_MAX);
	in->next = inforce_number(r, INFORCE_MAX);
	ngroups = inforce_number(r, INFORCE_MAX);
	for (i = 0; i < nconfigs && !r->bad; i++) {
		in->configs =
		    pool_grow(r->pool, in->configs, i, sizeof(*in->configs));
		inforce_config(r, &in->configs[i]);
	}
	for (i = 0; i < ngroups && !r->bad; i++) {
		in->groups =
		    pool_grow(r->pool, in->groups, i, sizeof(*in->groups));
		g = &in->groups[i];
		g->config = inforce_number(r, INFORCE_MAX);
		g->state =
		    (enum inforce_state)inforce_number(r, INFORCE_REMOVING);
		g->name = inforce_text(r, &len);
		if (g->config >= nconfigs)
			r->bad = true;
	}
	in->nconfigs = nconfigs;
	in->ngroups = ngroups;
	if (in->start >= nconfigs || in->next >= nconfigs || r->at != r->end)
		r->bad = true;
}

struct inforce *
inforce_read(const void *data, size_t len)
{
	const size_t magic = strlen(INFORCE_MAGIC);
	struct inforce_reader r = {.at = data};
	struct inforce *in;

	if (len < magic || memcmp(data, INFORCE_MAGIC, magic) != 0)
		return NULL;
	r.at += magic;
	r.end = (const char *)data + len;
	r.pool = pool_new();
	in = pool_alloc(r.pool, sizeof(*in));
	in->pool = r.pool;
	inforce_all(&r, in);
	if (!r.bad)
		return in;
	inforce_free(in);
	return NULL;
}

void
inforce_free(struct inforce *in)
{
	if (in != NULL)
		pool_free(in->pool);
}
