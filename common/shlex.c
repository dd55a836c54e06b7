/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lexer: one state, fed character by character.
 */
#include "common/shlex.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/errtext.h"
#include "common/pool.h"
#include "common/pystr.h"

enum shlex_state {
	SHLEX_BETWEEN, /* tokens */
	SHLEX_WORD,
	SHLEX_SINGLE,	     /* inside '...' */
	SHLEX_DOUBLE,	     /* inside "..." */
	SHLEX_ESCAPE,	     /* after a backslash in a word */
	SHLEX_DOUBLE_ESCAPE, /* after one inside "..." */
	SHLEX_COMMENT,
};

struct shlex {
	struct pool *pool;
	bool words_only; /* white space is all that separates */
	enum shlex_state state;
	bool has_token; /* even an empty one, if it was quoted */
	char *token;
	size_t len;
	const char **v;
	size_t n;
};

/* Adds bytes to the token. */
static void
shlex_add(struct shlex *x, const char *s, size_t len)
{
	memcpy(x->token + x->len, s, len);
	x->len += len;
	x->has_token = true;
}

/* Ends the token, if there is one. */
static void
shlex_emit(struct shlex *x)
{
	if (!x->has_token)
		return;
	x->v = pool_grow(x->pool, x->v, x->n, sizeof(*x->v));
	x->v[x->n++] = pool_strndup(x->pool, x->token, x->len);
	x->len = 0;
	x->has_token = false;
}

/* Tells the characters of words. */
static bool
shlex_is_word(const struct shlex *x, uint32_t c)
{
	if (x->words_only)
		return true;
	if (c < 0x80)
		return isalnum((int)c) ||
		    (c != 0 && strchr("_/.+-():", (int)c));
	return c >= 0xC0 && c <= 0xFF && c != 0xD7 && c != 0xF7;
}

/* Takes a character that no quote or backslash protects. */
static void
shlex_plain(struct shlex *x, const char *s, size_t len, uint32_t c)
{
	if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
		shlex_emit(x);
		x->state = SHLEX_BETWEEN;
	} else if (c == '#' && !x->words_only) {
		shlex_emit(x);
		x->state = SHLEX_COMMENT;
	} else if (c == '\\') {
		x->state = SHLEX_ESCAPE;
	} else if (c == '\'' || c == '"') {
		x->state = c == '"' ? SHLEX_DOUBLE : SHLEX_SINGLE;
		x->has_token = true;
	} else if (shlex_is_word(x, c)) {
		x->state = SHLEX_WORD;
		shlex_add(x, s, len);
	} else {
		shlex_emit(x);
		shlex_add(x, s, len);
		shlex_emit(x);
		x->state = SHLEX_BETWEEN;
	}
}

/* Takes a character. */
static void
shlex_feed(struct shlex *x, const char *s, size_t len, uint32_t c)
{
	switch (x->state) {
	case SHLEX_BETWEEN:
	case SHLEX_WORD:
		shlex_plain(x, s, len, c);
		break;
	case SHLEX_SINGLE:
		if (c == '\'')
			x->state = SHLEX_WORD;
		else
			shlex_add(x, s, len);
		break;
	case SHLEX_DOUBLE:
		if (c == '"')
			x->state = SHLEX_WORD;
		else if (c == '\\')
			x->state = SHLEX_DOUBLE_ESCAPE;
		else
			shlex_add(x, s, len);
		break;
	case SHLEX_ESCAPE:
		shlex_add(x, s, len);
		x->state = SHLEX_WORD;
		break;
	case SHLEX_DOUBLE_ESCAPE:
		if (c != '"' && c != '\\')
			shlex_add(x, "\\", 1);
		shlex_add(x, s, len);
		x->state = SHLEX_DOUBLE;
		break;
	case SHLEX_COMMENT:
		if (c == '\n')
			x->state = SHLEX_BETWEEN;
		break;
	}
}

/* Runs the lexer over a text. */
static int
shlex_run(
    struct shlex *x, const char *text, struct confopt_list *out, char **err)
{
	size_t i, len, n = strlen(text);
	uint32_t c;

	if ((x->token = malloc(n + 1)) == NULL)
		abort();
	for (i = 0; i < n; i += len) {
		len = pystr_decode(text + i, n - i, &c);
		shlex_feed(x, text + i, len, c);
	}
	shlex_emit(x);
	free(x->token);
	if (x->state == SHLEX_SINGLE || x->state == SHLEX_DOUBLE)
		return errtext_set(err, "No closing quotation");
	if (x->state == SHLEX_ESCAPE || x->state == SHLEX_DOUBLE_ESCAPE)
		return errtext_set(err, "No escaped character");
	out->n = x->n;
	x->v = pool_grow(x->pool, x->v, x->n, sizeof(*x->v));
	x->v[x->n] = NULL;
	out->v = x->v;
	return 0;
}

/* Splits a command. */
int
shlex_split(
    const char *text, struct pool *pool, struct confopt_list *words, char **err)
{
	struct shlex x = {.pool = pool, .words_only = true};

	return shlex_run(&x, text, words, err);
}

/* Splits a key=value list. */
int
shlex_tokens(const char *text, struct pool *pool, struct confopt_list *tokens,
    char **err)
{
	struct shlex x = {.pool = pool};

	return shlex_run(&x, text, tokens, err);
}
