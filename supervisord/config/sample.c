/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing the sample: for each section its required keys first, then the
 * others as comments with their defaults.
 */
#include "supervisord/config/sample.h"

#include <stdbool.h>

#include "common/ctlconf.h"
#include "supervisord/config/option.h"

#define SAMPLE_COLUMN 40

struct sample_section {
	const char *name;
	unsigned mask; /* of rows; own ones of the section come first */
	unsigned base; /* rows it shares with other sections */
	bool is_active;
	const struct confopt *table;
	const char *note;
};

static const struct sample_section sample_sections[] = {
    {"unix_http_server", CONFIG_IN_UNIX, 0, true, config_options,
	"The socket that supervisorctl talks to."},
    {"inet_http_server", CONFIG_IN_INET, 0, false, config_options,
	"The same on a TCP port, with the web page.  Set a password: who\n"
	"; can reach the port can run any command."},
    {"http_user:theusername", CONFIG_IN_HTTP_USER, 0, false, config_options,
	"One more who may connect, by name and password, and what he may do."},
    {"supervisord", CONFIG_IN_SUPERVISORD, 0, true, config_options,
	"The daemon itself."},
    {"rpcinterface:supervisor", CONFIG_IN_RPCINTERFACE, 0, true, config_options,
	"Needed by supervisorctl and the web page: leave it as it is."},
    {"supervisorctl", 1, 0, true, ctlconf_options,
	"The client.  Its serverurl has to match a server above."},
    {"socket:thesocketname", CONFIG_IN_LISTENER, 0, false, config_options,
	"A listening socket that supervisord keeps open for programs."},
    {"program:theprogramname", CONFIG_IN_PROGRAM, 0, false, config_options,
	"A program: one such section for each.  Values may contain\n"
	"; %(here)s, %(program_name)s, %(process_num)d, %(ENV_HOME)s ..."},
    {"eventlistener:thelistenername", CONFIG_IN_POOL, CONFIG_IN_EVENTLISTENER,
	false, config_options,
	"A program that is told of events; it has a program's keys too."},
    {"fcgi-program:thefcginame", CONFIG_IN_SOCKET, CONFIG_IN_FCGI_PROGRAM,
	false, config_options,
	"A FastCGI program; it has a program's keys too."},
    {"group:thegroupname", CONFIG_IN_GROUP, 0, false, config_options,
	"Programs that are started, stopped and shown together."},
    {"include", CONFIG_IN_INCLUDE, 0, false, config_options,
	"More files, relative to this one.  They cannot include others."},
};

/* Writes one key. */
static void
sample_key(FILE *f, const struct confopt *o, bool is_section_active)
{
	const char *value = o->sample != NULL ? o->sample
	    : o->def != NULL		      ? o->def
					      : "";
	bool required = *value == '!';
	int n;

	n = fprintf(f, "%s%s=%s", required && is_section_active ? "" : ";",
	    o->name, value + required);
	fprintf(f, "%*s ; %s\n", n < SAMPLE_COLUMN ? SAMPLE_COLUMN - n : 0, "",
	    o->doc);
}

/* Tells whether a row is one of the section's required keys. */
static bool
sample_is_required(const struct confopt *o)
{
	return o->sample != NULL && *o->sample == '!';
}

/* Writes those keys of a section that are required, or those that are not. */
static void
sample_keys(
    FILE *f, const struct sample_section *s, unsigned mask, bool required)
{
	const struct confopt *o;

	for (o = s->table; o->name != NULL; o++)
		if ((o->sections & mask) != 0 &&
		    sample_is_required(o) == required &&
		    (mask == s->mask ||
			confopt_find(s->table, s->mask, o->name) == NULL))
			sample_key(f, o, s->is_active);
}

/* Writes the sample. */
void
config_sample(FILE *f)
{
	const struct sample_section *s;
	const size_t n = sizeof(sample_sections) / sizeof(sample_sections[0]);

	fputs("; Sample configuration of supervisord and supervisorctl.\n"
	      ";\n"
	      "; A semicolon after a blank begins a comment, also behind a "
	      "value.\n"
	      "; Values are taken as they are: quotes mean nothing, a percent "
	      "sign is\n"
	      "; written twice, and %(ENV_X)s stands for the environment "
	      "variable X.\n",
	    f);
	for (s = sample_sections; s < sample_sections + n; s++) {
		fprintf(f, "\n; %s\n%s[%s]\n", s->note, s->is_active ? "" : ";",
		    s->name);
		sample_keys(f, s, s->mask, true);
		if (s->base != 0)
			sample_keys(f, s, s->base, true);
		sample_keys(f, s, s->mask, false);
		if (s->base != 0)
			sample_keys(f, s, s->base, false);
	}
}
