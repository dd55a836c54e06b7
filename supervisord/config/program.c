/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes from a [program:x], [eventlistener:x] or [fcgi-program:x]: keys
 * that are read once for the section go into a template, which is copied for
 * each process and completed with the keys that may differ between them.
 */
#include <stdlib.h>
#include <string.h>

#include "common/datatypes.h"
#include "common/errtext.h"
#include "common/pool.h"
#include "supervisord/config/config.h"
#include "supervisord/config/loader.h"
#include "supervisord/config/option.h"

struct program {
	struct loader *l;
	const struct ini_section *s;
	unsigned mask; /* CONFIG_IN_ of the section */
	struct config_process base;
	struct expand_name names[2]; /* program_name, group_name */
	struct expand_scope scope;
};

/* Tells the kind of a section and all the rows it may have. */
static void
program_kind(struct program *p)
{
	if (strncmp(p->s->name, "eventlistener:", 14) == 0) {
		p->base.kind = CONFIG_EVENTLISTENER;
		p->mask = CONFIG_IN_EVENTLISTENER | CONFIG_IN_POOL;
	} else if (strncmp(p->s->name, "fcgi-program:", 13) == 0) {
		p->base.kind = CONFIG_FCGI_PROGRAM;
		p->mask = CONFIG_IN_FCGI_PROGRAM | CONFIG_IN_SOCKET;
	} else {
		p->base.kind = CONFIG_PROGRAM;
		p->mask = CONFIG_IN_PROGRAM;
	}
}

/* Puts RUNNING in the place of a state that is none (O-027). */
static void
program_settle_after(struct program *p)
{
	static const char *const states[] = {"STOPPED", "STARTING", "RUNNING",
	    "BACKOFF", "STOPPING", "EXITED", "FATAL", "UNKNOWN"};
	size_t i;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcasecmp(states[i], p->base.startnextafter) == 0)
			return;
	loader_message(p->l, 30,
	    "For [%s], startnextafter=%s is not a state, RUNNING is used",
	    p->s->name, p->base.startnextafter);
	p->base.startnextafter = "RUNNING";
}

/* Applies what one key means for another. */
static int
program_settle(struct program *p)
{
	struct loader *l = p->l;
	struct config_process *b = &p->base;

	if (b->serverurl != NULL && strcasecmp(b->serverurl, "auto") == 0)
		b->serverurl = NULL;
	if (ini_get(&l->ini, p->s, "killasgroup") == NULL)
		b->killasgroup = b->stopasgroup;
	if (b->kind == CONFIG_PROGRAM)
		program_settle_after(p);
	l->at = ini_get(&l->ini, p->s, "depends_on");
	if (b->kind != CONFIG_EVENTLISTENER && depends_read(l, b) == -1)
		return -1;
	l->at = ini_get(&l->ini, p->s, "numprocs");
	if (b->numprocs > LOADER_MAX_NUMPROCS)
		return loader_fail(l, "numprocs %lld is above upper bound (%d)",
		    (long long)b->numprocs, LOADER_MAX_NUMPROCS);
	if (b->numprocs > 1 &&
	    strstr(b->process_name, "%(process_num)") == NULL)
		return loader_fail(l,
		    "%%(process_num) must be present within process_name "
		    "when numprocs > 1");
	l->at = ini_get(&l->ini, p->s, "killasgroup");
	if (b->stopasgroup && !b->killasgroup)
		return loader_fail(
		    l, "Cannot set stopasgroup=true and killasgroup=false");
	return 0;
}

/* Reads what is the same for all processes of the section. */
static int
program_read_once(struct program *p)
{
	struct loader *l = p->l;
	struct config_process *b = &p->base;
	const char *name = strchr(p->s->name, ':') + 1;
	int rc = 0;

	l->at = NULL;
	if (datatype_name(name, l->pool, &b->program_name, &l->fault) == -1) {
		rc = loader_fault(l, p->s, LOADER_SECTION);
		b->program_name = name;
	}
	p->names[0] = (struct expand_name){"program_name", b->program_name, 0};
	p->names[1] = (struct expand_name){"group_name", b->group_name, 0};
	p->scope = (struct expand_scope){&l->host, p->names, 2, NULL};
	if (loader_rows(l, p->s, CONFIG_IN_ANY_PROGRAM, CONFOPT_NAMES_SECTION,
		&p->scope, b) == -1)
		rc = -1;
	if (loader_rows(l, p->s, CONFIG_IN_ANY_PROGRAM, CONFOPT_NAMES_NONE,
		&p->scope, b) == -1)
		rc = -1;
	l->at = ini_get(&l->ini, p->s, "process_name");
	if (datatype_name(
		b->process_name, l->pool, &b->process_name, &l->fault) == -1 ||
	    program_settle(p) == -1)
		rc = loader_fault(l, p->s, LOADER_SECTION);
	return rc;
}

/* Reads the environment of one process: its own variables over the common
 * ones; its own are names ENV_x for its other keys (C-081). */
static int
program_read_environment(
    struct program *p, struct config_process *c, struct expand_scope *scope)
{
	struct loader *l = p->l;
	struct confopt_list own;
	const char *text;

	if (loader_text(l, p->s,
		loader_option(CONFIG_IN_ANY_PROGRAM, "environment"), scope,
		"environment", &text) == -1 ||
	    datatype_environment(text, l->pool, &own, &l->fault) == -1)
		return -1;
	datatype_environment_merge(&l->config->supervisord.environment, &own,
	    l->pool, &c->environment);
	scope->environment = own.v;
	return 0;
}

/* Settles one log channel and warns of what is odd (C-181 to C-183). */
static void
program_settle_channel(struct program *p, struct config_process *c,
    enum config_channel_id id, bool warn)
{
	struct config_channel *ch = &c->channel[id];
	const char *name = id == CONFIG_STDOUT ? "stdout" : "stderr";

	if (ch->logfile.kind == CONFOPT_LOG_SYSLOG) {
		ch->logfile.kind = CONFOPT_LOG_NONE;
		ch->syslog = true;
		if (warn)
			loader_message(p->l, 30,
			    "For [%s], %s_logfile=syslog but this is "
			    "deprecated and will be removed.  Use "
			    "%s_syslog=true to enable syslog instead.",
			    p->s->name, name, name);
	}
	if (id == CONFIG_STDERR && c->redirect_stderr) {
		if (warn && ch->logfile.kind == CONFOPT_LOG_FILE)
			loader_message(p->l, 30,
			    "For [%s], redirect_stderr=true but "
			    "stderr_logfile has also been set to a filename, "
			    "the filename has been ignored",
			    p->s->name);
		ch->logfile = (struct confopt_logfile){CONFOPT_LOG_NONE, NULL};
	}
	if (warn && ch->logfile.kind == CONFOPT_LOG_AUTO &&
	    ch->logfile_maxbytes == 0)
		loader_message(p->l, 30,
		    "For [%s], AUTO logging used for %s_logfile without "
		    "rollover, set maxbytes > 0 to avoid filling up "
		    "filesystem unintentionally",
		    p->s->name, name);
}

/* Reads what may differ between the processes of the section. */
static int
program_read_process(struct program *p, struct config_process *c, int64_t i)
{
	struct loader *l = p->l;
	const struct expand_name names[] = {
	    {"process_num", NULL, c->process_num},
	    {"numprocs", NULL, c->numprocs},
	};
	struct expand_scope scope = {&p->scope, names, 2, NULL};
	int rc = 0;

	if (program_read_environment(p, c, &scope) == -1)
		rc = loader_fault(l, p->s, LOADER_SECTION);
	if (loader_rows(l, p->s, CONFIG_IN_ANY_PROGRAM, CONFOPT_NAMES_PROCESS,
		&scope, c) == -1 ||
	    rc == -1)
		return -1;
	if (probes_read(l, p->s, c) == -1)
		return -1;
	program_settle_channel(p, c, CONFIG_STDOUT, i == 0);
	program_settle_channel(p, c, CONFIG_STDERR, i == 0);
	if (reload_settle(l, p->s, &c->reload) == -1 ||
	    socket_settle(l, p->s, c) == -1)
		return -1;
	l->at = NULL;
	if (c->command == NULL)
		return loader_fail(l,
		    "program section %s does not specify a command",
		    p->s->name);
	l->at = ini_get(&l->ini, p->s, "process_name");
	return expand(&scope, c->process_name, "process_name", l->pool,
	    &c->name, &l->fault);
}

/* Orders processes by priority and name (P-075, P-076). */
static int
program_compare(const void *a, const void *b)
{
	const struct config_process *x = *(struct config_process *const *)a;
	const struct config_process *y = *(struct config_process *const *)b;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Reads all processes of the section into a vector. */
static int
program_read_processes(struct program *p, struct config_process **v)
{
	struct config_process *c;
	int64_t i;

	for (i = 0; i < p->base.numprocs; i++) {
		c = v[i] = pool_alloc(p->l->pool, sizeof(*c));
		*c = p->base;
		if (__builtin_add_overflow(
			p->base.numprocs_start, i, &c->process_num))
			c->process_num = INT64_MAX;
		if (program_read_process(p, c, i) == -1)
			return -1;
	}
	return 0;
}

/* Reads the keys of the whole section, and its socket. */
static int
program_read_section(struct program *p)
{
	struct loader *l = p->l;
	const struct ini_section *s = p->s;
	int rc = 0;

	if (program_read_once(p) == -1)
		rc = loader_fault(l, s, LOADER_SECTION);
	if (p->base.kind == CONFIG_EVENTLISTENER && p->base.redirect_stderr) {
		l->at = ini_get(&l->ini, s, "redirect_stderr");
		loader_fail(l,
		    "[%s] section sets redirect_stderr=true but this is not "
		    "allowed because it will interfere with the eventlistener "
		    "protocol",
		    s->name);
		rc = loader_fault(l, s, LOADER_AS_IS);
	}
	if (p->base.kind == CONFIG_FCGI_PROGRAM &&
	    (p->base.socket = fcgi_read(l, s, p->base.program_name)) == NULL)
		rc = -1;
	return rc;
}

/* Reads the processes of a section.  One with a fault is read as one process,
 * so that the faults of its other keys are found. */
int
program_read(struct loader *l, const struct ini_section *s,
    const char *group_name, struct config_process ***v, size_t *n)
{
	struct program p = {.l = l, .s = s};
	struct config_process **own;
	size_t count, i;
	int rc;

	p.base.section = s->name;
	p.base.file = s->file;
	p.base.line = s->line;
	p.base.group_name = group_name;
	program_kind(&p);
	loader_extras(
	    l, s, CONFIG_IN_ANY_PROGRAM | p.mask, true, &p.base.extras);
	rc = program_read_section(&p);
	if (rc == -1)
		p.base.numprocs = 1;
	count = p.base.numprocs > 0 ? (size_t)p.base.numprocs : 0;
	own = pool_array(l->pool, count, sizeof(*own));
	if (program_read_processes(&p, own) == -1)
		return loader_fault(l, s, LOADER_SECTION);
	if (rc == -1)
		return -1;
	if (count > 1)
		qsort(own, count, sizeof(*own), program_compare);
	for (i = 0; i < count; i++) {
		*v = pool_grow(l->pool, *v, *n, sizeof(**v));
		(*v)[(*n)++] = own[i];
	}
	return 0;
}
