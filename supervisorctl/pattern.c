/* SPDX-License-Identifier: BSD-2-Clause */
/* Names with wildcards, by fnmatch(3). */
#include "supervisorctl/pattern.h"

#include <fnmatch.h>
#include <string.h>

#include "common/pool.h"

static const char pattern_signs[] = "*?[";

/* Is it one?  "group:*" is not. */
static bool
pattern_is(const char *word)
{
	size_t n = strcspn(word, pattern_signs);

	return word[n] != '\0' &&
	    !(n > 0 && word[n - 1] == ':' && strcmp(word + n, "*") == 0);
}

static void
pattern_add(struct ctl *ctl, struct ctl_words *words, const char *name)
{
	words->v = pool_grow(ctl->pool, words->v, words->n, sizeof(*words->v));
	words->v[words->n++] = pool_strdup(ctl->pool, name);
}

/* Adds the names that fit a pattern; the pattern if there are none. */
static void
pattern_match(struct ctl *ctl, const struct xval *all, const char *pattern,
    struct ctl_words *to)
{
	const char *group, *process, *name;
	size_t before = to->n, i;
	const struct xval *info;

	for (i = 0; i < xval_count(all); i++) {
		info = xval_at(all, i);
		group = xval_get_string(info, "group");
		process = xval_get_string(info, "name");
		name = ctl_join(ctl, group, process);
		if (fnmatch(pattern,
			strchr(pattern, ':') == NULL
			    ? name
			    : pool_printf(ctl->pool, "%s:%s", group, process),
			0) == 0)
			pattern_add(ctl, to, name);
	}
	if (to->n == before)
		pattern_add(ctl, to, pattern);
}

void
pattern_expand(struct ctl *ctl, struct ctl_words *words)
{
	struct ctl_words to = {NULL, 0};
	struct client_reply reply;
	bool any = false;
	size_t i;

	for (i = 0; i < words->n; i++)
		any = any || pattern_is(words->v[i]);
	if (!any)
		return;
	client_call(ctl->client, &reply, "supervisor.getAllProcessInfo", "");
	for (i = 0; i < words->n; i++)
		if (pattern_is(words->v[i]))
			pattern_match(ctl, reply.value, words->v[i], &to);
		else
			pattern_add(ctl, &to, words->v[i]);
	client_clear(&reply);
	*words = to;
}
