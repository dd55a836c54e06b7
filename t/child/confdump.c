/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * confdump FILE...: loads each configuration and prints what was read, or the
 * first fault, as one line of JSON.  t/compat/config.t compares it with what
 * the original reads from the same files.
 */
#include <err.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "supervisord/config/config.h"
#include "supervisord/config/option.h"

/* Makes a text; bytes that JSON cannot carry end the program. */
static json_t *
text(const char *s)
{
	json_t *j = s == NULL ? json_null() : json_string(s);

	if (j == NULL)
		errx(1, "not UTF-8: %s", s);
	return j;
}

/* Makes a list of texts. */
static json_t *
texts(const struct confopt_list *list)
{
	json_t *j = json_array();
	size_t i;

	for (i = 0; i < list->n; i++)
		json_array_append_new(j, text(list->v[i]));
	return j;
}

/* Makes a list of numbers. */
static json_t *
numbers(const struct confopt_ints *list)
{
	json_t *j = json_array();
	size_t i;

	for (i = 0; i < list->n; i++)
		json_array_append_new(j, json_integer(list->v[i]));
	return j;
}

/* Makes a value of any type. */
static json_t *
value(const struct confopt_value *v)
{
	switch (v->type) {
	case CONFOPT_BOOLEAN:
		return json_boolean(v->boolean);
	case CONFOPT_INTEGER:
	case CONFOPT_BYTES:
	case CONFOPT_LEVEL:
	case CONFOPT_SIGNAL:
	case CONFOPT_AUTORESTART:
		return json_integer(v->integer);
	case CONFOPT_OCTAL:
	case CONFOPT_USER:
		return v->is_set ? json_integer(v->integer) : json_null();
	case CONFOPT_EXITCODES:
		return numbers(&v->ints);
	case CONFOPT_LIST:
	case CONFOPT_ENVIRONMENT:
		return texts(&v->list);
	default:
		return text(v->string);
	}
}

/* Makes all that the rows of a section describe. */
static json_t *
rows(unsigned mask, const void *base)
{
	const struct confopt *o;
	struct confopt_value v;
	json_t *j = json_object();

	for (o = config_options; o->name != NULL; o++) {
		if ((o->sections & mask) == 0 || o->type == CONFOPT_CUSTOM)
			continue;
		confopt_get(o, base, &v);
		json_object_set_new(j, o->name, value(&v));
	}
	return j;
}

/* Makes a group with its processes. */
static json_t *
group(const struct config_group *g)
{
	json_t *j = json_object(), *list = json_array(), *p;
	size_t i;

	for (i = 0; i < g->nprocesses; i++) {
		p = rows(CONFIG_IN_ANY_PROGRAM, g->processes[i]);
		json_object_set_new(p, "name", text(g->processes[i]->name));
		json_object_set_new(
		    p, "environment", texts(&g->processes[i]->environment));
		json_array_append_new(list, p);
	}
	json_object_set_new(j, "name", text(g->name));
	json_object_set_new(j, "priority", json_integer(g->priority));
	json_object_set_new(j, "kind", json_integer(g->kind));
	json_object_set_new(j, "buffer_size", json_integer(g->buffer_size));
	json_object_set_new(j, "events", texts(&g->events));
	json_object_set_new(
	    j, "socket", text(g->socket != NULL ? g->socket->url : NULL));
	json_object_set_new(j, "processes", list);
	return j;
}

/* Makes a server. */
static json_t *
server(const struct config_server *s)
{
	json_t *j = json_object();

	json_object_set_new(j, "section", text(s->section));
	json_object_set_new(j, "name", text(s->name));
	json_object_set_new(j, "host", text(s->host));
	json_object_set_new(j, "port", json_integer(s->port));
	json_object_set_new(j, "file", text(s->file));
	json_object_set_new(j, "chmod", json_integer(s->chmod));
	json_object_set_new(j, "uid", json_integer(s->chown.uid));
	json_object_set_new(j, "gid", json_integer(s->chown.gid));
	json_object_set_new(j, "username", text(s->username));
	json_object_set_new(j, "password", text(s->password));
	return j;
}

/* Makes all of a configuration. */
static json_t *
whole(const struct config *c)
{
	json_t *j = json_object(), *list;
	size_t i;

	json_object_set_new(
	    j, "supervisord", rows(CONFIG_IN_SUPERVISORD, &c->supervisord));
	list = json_array();
	for (i = 0; i < c->ngroups; i++)
		json_array_append_new(list, group(c->groups[i]));
	json_object_set_new(j, "groups", list);
	list = json_array();
	for (i = 0; i < c->nservers; i++)
		json_array_append_new(list, server(c->servers[i]));
	json_object_set_new(j, "servers", list);
	list = json_array();
	for (i = 0; i < c->nmessages; i++)
		if (c->messages[i].kind == CONFIG_MESSAGE_PLAIN)
			json_array_append_new(list, text(c->messages[i].text));
	json_object_set_new(j, "messages", list);
	return j;
}

/* Loads a file and prints it. */
static void
dump(const char *path, const char *directory)
{
	struct config_source source = {
	    .configuration = path, .directory = directory, .environ = environ};
	struct config *c = NULL;
	char *fault = NULL;
	json_t *j;

	if (config_load(&source, &c, &fault) == 0)
		j = whole(c);
	else {
		j = json_object();
		json_object_set_new(j, "error", text(fault));
	}
	json_dumpf(j, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(j);
	config_unref(c);
	free(fault);
}

int
main(int argc, char *argv[])
{
	char directory[PATH_MAX];
	int i;

	if (getcwd(directory, sizeof(directory)) == NULL)
		err(1, "getcwd");
	for (i = 1; i < argc; i++)
		dump(argv[i], directory);
	return fflush(stdout) == 0 ? 0 : 1;
}
