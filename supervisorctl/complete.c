/* SPDX-License-Identifier: BSD-2-Clause */
/* Candidates for completion. */
#include "supervisorctl/complete.h"

#include <string.h>

#include "common/pool.h"
#include "supervisorctl/ctl.h"

/* What a command takes as arguments. */
static const struct {
	const char *command;
	enum { COMPLETE_PROCESSES, COMPLETE_GROUPS, COMPLETE_COMMANDS } kind;
} complete_kinds[] = {
    {"add", COMPLETE_GROUPS},
    {"clear", COMPLETE_PROCESSES},
    {"fg", COMPLETE_PROCESSES},
    {"help", COMPLETE_COMMANDS},
    {"pid", COMPLETE_PROCESSES},
    {"remove", COMPLETE_GROUPS},
    {"restart", COMPLETE_PROCESSES},
    {"signal", COMPLETE_PROCESSES},
    {"start", COMPLETE_PROCESSES},
    {"status", COMPLETE_PROCESSES},
    {"stop", COMPLETE_PROCESSES},
    {"tail", COMPLETE_PROCESSES},
    {"update", COMPLETE_GROUPS},
};

/* A growing list without duplicates. */
struct complete_builder {
	struct pool *pool;
	const char **v;
	size_t n;
};

/* What was found out since the last command. */
static struct {
	struct pool *pool;
	bool asked;
	struct complete_builder processes, groups, commands;
} complete_cache;

void
complete_forget(struct ctl *ctl)
{
	(void)ctl;
	pool_free(complete_cache.pool);
	memset(&complete_cache, 0, sizeof(complete_cache));
}

static void
complete_add(struct complete_builder *b, const char *word)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		if (strcmp(b->v[i], word) == 0)
			return;
	b->v = pool_grow(complete_cache.pool, b->v, b->n, sizeof(*b->v));
	b->v[b->n++] = pool_strdup(complete_cache.pool, word);
}

/* Adds a process as it is shown, and its group. */
static void
complete_add_process(const struct xval *info)
{
	const char *group = xval_get_string(info, "group");
	const char *name = xval_get_string(info, "name");
	struct pool *pool = complete_cache.pool;

	complete_add(&complete_cache.groups, group);
	if (strcmp(group, name) == 0) {
		complete_add(&complete_cache.processes, name);
		return;
	}
	complete_add(
	    &complete_cache.processes, pool_printf(pool, "%s:*", group));
	complete_add(
	    &complete_cache.processes, pool_printf(pool, "%s:%s", group, name));
}

/* Asks the server what there is; silent if it does not answer. */
static void
complete_ask(struct ctl *ctl)
{
	struct client_reply reply;
	size_t i;

	if (complete_cache.asked)
		return;
	complete_cache.asked = true;
	client_call(ctl->client, &reply, "supervisor.getAllProcessInfo", "");
	for (i = 0; i < xval_count(reply.value); i++)
		complete_add_process(xval_at(reply.value, i));
	client_clear(&reply);
	/* Groups that are configured but not active are for `add`. */
	client_call(ctl->client, &reply, "supervisor.getAllConfigInfo", "");
	for (i = 0; i < xval_count(reply.value); i++)
		complete_add(&complete_cache.groups,
		    xval_get_string(xval_at(reply.value, i), "group"));
	client_clear(&reply);
}

static struct complete_list
complete_commands(void)
{
	struct complete_builder *b = &complete_cache.commands;
	const struct ctl_command *c;

	for (c = ctl_commands; c->name != NULL; c++)
		complete_add(b, c->name);
	return (struct complete_list){b->v, b->n};
}

struct complete_list
complete_words(struct ctl *ctl, const char *line, size_t point)
{
	struct complete_builder *b;
	size_t start, n, i;

	if (complete_cache.pool == NULL)
		complete_cache.pool = pool_new();
	start = strspn(line, " \t");
	n = strcspn(line + start, " \t");
	if (point <= start + n)
		return complete_commands();
	for (i = 0; i < sizeof(complete_kinds) / sizeof(complete_kinds[0]); i++)
		if (strlen(complete_kinds[i].command) == n &&
		    strncmp(complete_kinds[i].command, line + start, n) == 0)
			break;
	if (i == sizeof(complete_kinds) / sizeof(complete_kinds[0]))
		return (struct complete_list){NULL, 0};
	if (complete_kinds[i].kind == COMPLETE_COMMANDS)
		return complete_commands();
	complete_ask(ctl);
	b = complete_kinds[i].kind == COMPLETE_GROUPS
	    ? &complete_cache.groups
	    : &complete_cache.processes;
	return (struct complete_list){b->v, b->n};
}
