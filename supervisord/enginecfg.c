/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine's configurations: where it has them from, and how they reach the
 * next engine.
 *
 * What is in force is kept as text (config/inforce.h) by the keeper, written
 * before and after each change.  A group that is being added or removed is
 * marked as such, so that the next engine finishes what this one has begun.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <appbase.h>

#include "common/errtext.h"
#include "supervisord/engine_private.h"
#include "supervisord/io/mainlog.h"

#define ENGINECFG_NAME "config" /* of the kept memory */

/* What an earlier engine has left. */
struct recalled {
	struct inforce *in;
	struct config **configs; /* by number; never NULL */
};

/* Finds the number of a configuration, entering it. */
static size_t
enginecfg_number(struct inforce *in, const struct config **known,
    const struct config *config)
{
	size_t i;

	for (i = 0; i < in->nconfigs; i++)
		if (known[i] == config)
			return i;
	known[i] = config;
	in->configs[i] = (struct inforce_config){
	    config->host_node_name, config->texts, config->ntexts};
	return in->nconfigs++;
}

/* Enters a group. */
static void
enginecfg_group(struct inforce *in, const struct config **known,
    const char *name, const struct config *config, enum inforce_state state)
{
	struct inforce_group *g = &in->groups[in->ngroups++];

	g->name = name;
	g->config = enginecfg_number(in, known, config);
	g->state = state;
}

/* Describes what is in force. */
static void
enginecfg_describe(const struct engine *e, struct inforce *in,
    const struct config **known, const char *name, enum inforce_state state)
{
	const struct group *g;

	in->start = enginecfg_number(in, known, e->config);
	in->next = enginecfg_number(in, known, e->next);
	TAILQ_FOREACH (g, registry_groups(e->registry), entry)
		enginecfg_group(in, known, g->name, groups_origin(g),
		    name == NULL || strcmp(name, g->name) == 0
			? state
			: INFORCE_ACTIVE);
	if (name != NULL && state == INFORCE_ADDING)
		enginecfg_group(in, known, name, e->next, state);
}

/* Puts what is in force into words. */
static char *
enginecfg_text(const struct engine *e, const char *name,
    enum inforce_state state, size_t *len)
{
	struct inforce in = {.epoch = roster_head(e->roster)->epoch};
	const struct config **known;
	const struct group *g;
	char *text = NULL;
	size_t n = 1; /* for one that is being added */

	TAILQ_FOREACH (g, registry_groups(e->registry), entry)
		n++;
	known = calloc(n + 2, sizeof(*known));
	in.configs = calloc(n + 2, sizeof(*in.configs));
	in.groups = calloc(n, sizeof(*in.groups));
	if (known != NULL && in.configs != NULL && in.groups != NULL) {
		enginecfg_describe(e, &in, known, name, state);
		text = inforce_write(&in, len);
	}
	free(known);
	free(in.configs);
	free(in.groups);
	return text;
}

/* Puts what is in force into words. */
char *
engine_config_text(const struct engine *e, size_t *len)
{
	return enginecfg_text(e, NULL, INFORCE_ACTIVE, len);
}

/* Keeps what is in force. */
void
engine_keep_config(struct engine *e, const char *name, enum inforce_state state)
{
	size_t len;
	char *text = enginecfg_text(e, name, state, &len);
	void *kept = NULL;

	if (text != NULL)
		kept =
		    appbase_keep_copy(e->app, ENGINECFG_NAME, text, len, true);
	if (kept != NULL)
		(void)munmap(kept, len);
	else
		mainlog(LEVEL_ERROR,
		    "cannot keep the configuration for an engine to come: %s",
		    strerror(errno));
	free(text);
}

/* Is it what main() read? */
static bool
enginecfg_is_first(const struct config *first, const struct inforce_config *c)
{
	size_t i;

	if (first == NULL || first->ntexts != c->ntexts ||
	    strcmp(first->host_node_name, c->host_node_name) != 0)
		return false;
	for (i = 0; i < c->ntexts; i++)
		if (strcmp(first->texts[i].file, c->texts[i].file) != 0 ||
		    first->texts[i].len != c->texts[i].len ||
		    memcmp(first->texts[i].text, c->texts[i].text,
			c->texts[i].len) != 0)
			return false;
	return true;
}

/* Makes a configuration from its texts; NULL if that cannot be done any more
 * (a user is gone) and there is no other. */
static struct config *
enginecfg_load(const struct engine *e, const struct inforce_config *c)
{
	struct config *first = e->context->config, *config;
	char *err;

	if (enginecfg_is_first(first, c))
		return config_ref(first);
	if (daemon_load_texts(e->context, c, &config, &err) == 0)
		return config;
	mainlog(LEVEL_ERROR,
	    "going on with the configuration of the first start: %s", err);
	free(err);
	return first != NULL ? config_ref(first) : NULL;
}

/* Makes all configurations; false if one cannot be. */
static bool
enginecfg_load_all(struct engine *e, struct recalled *r)
{
	size_t i;

	r->configs = calloc(r->in->nconfigs, sizeof(struct config *));
	for (i = 0; r->configs != NULL && i < r->in->nconfigs; i++)
		if ((r->configs[i] = enginecfg_load(e, &r->in->configs[i])) ==
		    NULL)
			return false;
	return r->configs != NULL;
}

/* Takes up what an earlier engine has left.  False if there is nothing. */
static bool
enginecfg_recall(struct engine *e)
{
	const void *kept;
	size_t len;

	if ((kept = appbase_kept_map(e->app, ENGINECFG_NAME, &len)) == NULL ||
	    (e->recalled = calloc(1, sizeof(*e->recalled))) == NULL)
		return false;
	e->recalled->in = inforce_read(kept, len);
	(void)munmap((void *)(uintptr_t)kept, len);
	if (e->recalled->in == NULL ||
	    e->recalled->in->epoch != roster_head(e->roster)->epoch ||
	    !enginecfg_load_all(e, e->recalled)) {
		mainlog(LEVEL_ERROR,
		    "what the former engine says of the configuration cannot "
		    "be used");
		engine_forget_config(e);
		return false;
	}
	e->config = config_ref(e->recalled->configs[e->recalled->in->start]);
	e->next = config_ref(e->recalled->configs[e->recalled->in->next]);
	return true;
}

/* The first engine has what main() read, one that is warm what was in force,
 * others read anew.  A file that has become bad does not keep a warm engine
 * from its programs. */
int
engine_configure(struct engine *e, char **err)
{
	struct config *inherited = e->context->config;

	if (e->warm && enginecfg_recall(e))
		goto done;
	if (roster_head(e->roster)->engines == 0 && inherited != NULL)
		e->config = config_ref(inherited);
	else if (daemon_load(e->context, &e->config, err) == -1) {
		if (!e->warm || inherited == NULL)
			return -1;
		mainlog(LEVEL_ERROR,
		    "going on with the configuration of the first start: %s",
		    *err);
		free(*err);
		*err = NULL;
		e->config = config_ref(inherited);
	}
	e->next = config_ref(e->config);
done:
	e->server_url = config_server_url(e->config);
	return 0;
}

/* Makes one group. */
static int
enginecfg_make(struct engine *e, struct config *config,
    const struct config_group *cg, char **err)
{
	if (groups_add(e, config, cg, err) == 0)
		return 0;
	if (*err != NULL)
		return -1;
	return errtext_set(
	    err, "cannot make group %s: %s", cg->name, strerror(errno));
}

/* Did an earlier engine, which has left no configuration, have this group? */
static bool
enginecfg_was_active(const struct engine *e, const struct config_group *cg)
{
	size_t i;

	for (i = 0; i < cg->nprocesses; i++)
		if (roster_find(e->roster, cg->name, cg->processes[i]->name) !=
		    -1)
			return true;
	return false;
}

/* Makes the groups that are to be active. */
int
engine_make_groups(struct engine *e, char **err)
{
	const struct inforce *in = e->recalled != NULL ? e->recalled->in : NULL;
	const struct config_group *cg;
	struct config *config;
	size_t i;

	for (i = 0; in == NULL && i < e->config->ngroups; i++) {
		cg = e->config->groups[i];
		if ((!e->warm || enginecfg_was_active(e, cg)) &&
		    enginecfg_make(e, e->config, cg, err) == -1)
			return -1;
	}
	for (i = 0; in != NULL && i < in->ngroups; i++) {
		config = e->recalled->configs[in->groups[i].config];
		cg = config_group_find(config, in->groups[i].name);
		if (cg != NULL && in->groups[i].state != INFORCE_REMOVING &&
		    enginecfg_make(e, config, cg, err) == -1)
			return -1;
	}
	return 0;
}

/* Finishes what an earlier engine had begun. */
void
engine_settle_config(struct engine *e)
{
	const struct inforce *in = e->recalled != NULL ? e->recalled->in : NULL;
	struct group *g;
	size_t i;

	for (i = 0; in != NULL && i < in->ngroups; i++) {
		g = registry_find(e->registry, in->groups[i].name);
		if (g != NULL && in->groups[i].state == INFORCE_ADDING)
			group_autostart(g, loop_now_ms(), time(NULL));
	}
	engine_forget_config(e);
	engine_keep_config(e, NULL, INFORCE_ACTIVE);
}

/* Forgets what was recalled. */
void
engine_forget_config(struct engine *e)
{
	struct recalled *r = e->recalled;
	size_t i;

	if (r == NULL)
		return;
	for (i = 0; r->in != NULL && r->configs != NULL && i < r->in->nconfigs;
	     i++)
		config_unref(r->configs[i]);
	inforce_free(r->in);
	free(r->configs);
	free(r);
	e->recalled = NULL;
}
