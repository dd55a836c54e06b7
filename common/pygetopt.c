/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The classic option parser.
 */
#include "common/pygetopt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/errtext.h"
#include "common/pyrepr.h"

struct pygetopt_run {
	const struct pygetopt_option *options;
	char *const *argv;
	int n, at; /* words, the next one */
	struct pygetopt_result *result;
	char **err;
};

/* Tells whether a row ends the table. */
static bool
pygetopt_is_end(const struct pygetopt_option *o)
{
	return o->flag == 0 && o->name == NULL;
}

/* Notes an option. */
static void
pygetopt_add(struct pygetopt_run *r, const struct pygetopt_option *o,
    bool is_long, const char *value)
{
	struct pygetopt_result *x = r->result;

	x->v = reallocarray(x->v, x->n + 1, sizeof(*x->v));
	if (x->v == NULL)
		abort();
	x->v[x->n].option = o;
	x->v[x->n].is_long = is_long;
	x->v[x->n].value = value;
	x->n++;
}

/* Takes a word of short options. */
static int
pygetopt_short(struct pygetopt_run *r, const char *s)
{
	const struct pygetopt_option *o;
	const char *value;
	char spelling[3] = "-";

	while (*s != '\0') {
		spelling[1] = *s++;
		for (o = r->options; !pygetopt_is_end(o); o++)
			if (o->flag == spelling[1])
				break;
		if (pygetopt_is_end(o))
			return errtext_set(
			    r->err, "option %s not recognized", spelling);
		value = NULL;
		if (o->takes_value) {
			value = *s != '\0' ? s
			    : r->at < r->n ? r->argv[r->at++]
					   : NULL;
			if (value == NULL)
				return errtext_set(r->err,
				    "option %s requires argument", spelling);
			s = "";
		}
		pygetopt_add(r, o, false, value);
	}
	return 0;
}

/* Finds a long option by name or prefix. */
static const struct pygetopt_option *
pygetopt_find(struct pygetopt_run *r, const char *s, size_t len)
{
	const struct pygetopt_option *o, *found = NULL;
	unsigned count = 0;

	for (o = r->options; !pygetopt_is_end(o); o++) {
		if (o->name == NULL || strncmp(o->name, s, len) != 0)
			continue;
		if (o->name[len] == '\0')
			return o;
		found = o;
		count++;
	}
	if (count == 1)
		return found;
	errtext_set(r->err,
	    count == 0 ? "option --%.*s not recognized"
		       : "option --%.*s not a unique prefix",
	    (int)len, s);
	return NULL;
}

/* Takes a word that is a long option. */
static int
pygetopt_long(struct pygetopt_run *r, const char *s)
{
	size_t len = strcspn(s, "=");
	const struct pygetopt_option *o;
	const char *value = s[len] == '=' ? s + len + 1 : NULL;

	if ((o = pygetopt_find(r, s, len)) == NULL)
		return -1;
	if (value != NULL && !o->takes_value)
		return errtext_set(
		    r->err, "option --%s must not have an argument", o->name);
	if (value == NULL && o->takes_value) {
		if (r->at == r->n)
			return errtext_set(
			    r->err, "option --%s requires argument", o->name);
		value = r->argv[r->at++];
	}
	pygetopt_add(r, o, true, value);
	return 0;
}

/* Parses options. */
int
pygetopt(const struct pygetopt_option *options, int n, char *const argv[],
    struct pygetopt_result *result, char **err)
{
	struct pygetopt_run r = {
	    .options = options,
	    .argv = argv,
	    .n = n,
	    .result = result,
	    .err = err,
	};
	const char *word;
	int rc = 0;

	memset(result, 0, sizeof(*result));
	while (rc == 0 && r.at < n) {
		word = argv[r.at];
		if (word[0] != '-' || word[1] == '\0')
			break;
		r.at++;
		if (strcmp(word, "--") == 0)
			break;
		rc = word[1] == '-' ? pygetopt_long(&r, word + 2)
				    : pygetopt_short(&r, word + 1);
	}
	result->nwords = r.at;
	return rc;
}

/* Frees a result. */
void
pygetopt_free(struct pygetopt_result *result)
{
	free(result->v);
	memset(result, 0, sizeof(*result));
}

/* Writes an option as it is spelled in messages. */
static void
pygetopt_spelling(const struct pygetopt_given *g, char *buf, size_t size)
{
	if (g->is_long)
		snprintf(buf, size, "--%s", g->option->name);
	else
		snprintf(buf, size, "-%c", g->option->flag);
}

/* Words a bad value. */
static int
pygetopt_bad_value(const struct pygetopt_given *g, const char *spelling,
    char *reason, char **err)
{
	char *value = pyrepr(g->value != NULL ? g->value : "");

	errtext_set(err, "invalid value for %s %s: %s", spelling, value,
	    reason != NULL ? reason : "");
	free(value);
	free(reason);
	return -1;
}

/* Tells whether option i was there before. */
static bool
pygetopt_is_repeated(const struct pygetopt_result *result, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (result->v[k].option->id == result->v[i].option->id)
			return true;
	return false;
}

/* Hands the options over one by one. */
int
pygetopt_each(const struct pygetopt_result *result,
    int (*take)(void *arg, const struct pygetopt_given *, char **err),
    void *arg, char **err)
{
	char spelling[64], *reason = NULL;
	size_t i;
	int rc;

	for (i = 0; i < result->n; i++) {
		pygetopt_spelling(&result->v[i], spelling, sizeof(spelling));
		rc = take(arg, &result->v[i], &reason);
		if (rc == 1)
			return 0;
		if (rc == -1)
			return pygetopt_bad_value(
			    &result->v[i], spelling, reason, err);
		if (pygetopt_is_repeated(result, i))
			return errtext_set(err,
			    "conflicting command line option '%s'", spelling);
	}
	return 0;
}
