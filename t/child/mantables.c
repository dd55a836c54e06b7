/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mantables: prints, as mdoc, what the manual pages of the programs say of
 * options and keys, and the names of supervisorctl's commands: from the tables
 * that the programs go by.  t/lint/man-tables compares it with the pages.
 */
#include <ctype.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ctlconf.h"
#include "supervisord/config/cmdline.h"
#include "supervisord/config/option.h"
#include "supervisorctl/commands.h"

static const struct {
	const char *name;
	unsigned mask;
	const struct confopt *table;
} sections[] = {
    {"supervisord", CONFIG_IN_SUPERVISORD, config_options},
    {"program", CONFIG_IN_ANY_PROGRAM, config_options},
    {"group", CONFIG_IN_GROUP, config_options},
    {"eventlistener", CONFIG_IN_POOL, config_options},
    {"fcgi-program", CONFIG_IN_SOCKET, config_options},
    {"inet_http_server", CONFIG_IN_INET, config_options},
    {"unix_http_server", CONFIG_IN_UNIX, config_options},
    {"http_user", CONFIG_IN_HTTP_USER, config_options},
    {"socket", CONFIG_IN_LISTENER, config_options},
    {"rpcinterface", CONFIG_IN_RPCINTERFACE, config_options},
    {"include", CONFIG_IN_INCLUDE, config_options},
    {"supervisorctl", 1, ctlconf_options},
};

static const char *const type_names[] = {
    [CONFOPT_STRING] = "text",
    [CONFOPT_INTEGER] = "integer",
    [CONFOPT_BOOLEAN] = "boolean",
    [CONFOPT_BYTES] = "size",
    [CONFOPT_OCTAL] = "octal",
    [CONFOPT_LEVEL] = "level",
    [CONFOPT_SIGNAL] = "signal",
    [CONFOPT_EXITCODES] = "codes",
    [CONFOPT_AUTORESTART] = "when",
    [CONFOPT_LIST] = "list",
    [CONFOPT_ENVIRONMENT] = "environment",
    [CONFOPT_DIRPATH] = "path",
    [CONFOPT_DIRECTORY] = "directory",
    [CONFOPT_LOGFILE] = "logfile",
    [CONFOPT_USER] = "user",
    [CONFOPT_URL] = "url",
    [CONFOPT_CHOICE] = "word",
};

/* Keys that their section reads in its own way. */
static const struct {
	const char *name, *type;
} custom_names[] = {
    {"allow_groups", "groups"},
    {"allow_users", "users"},
    {"chown", "owner"},
    {"environment", "environment"},
    {"file", "path"},
    {"files", "patterns"},
    {"interpolate", "boolean"},
    {"port", "address"},
    {"role", "role"},
    {"tls_certificate", "path"},
    {"tls_key", "path"},
    {"socket_owner", "owner"},
};

/* Names the type of a key. */
static const char *
type_name(const struct confopt *o)
{
	size_t i;

	if (o->type != CONFOPT_CUSTOM)
		return type_names[o->type];
	for (i = 0; i < sizeof(custom_names) / sizeof(custom_names[0]); i++)
		if (strcmp(custom_names[i].name, o->name) == 0)
			return custom_names[i].type;
	errx(1, "what is the type of %s?", o->name);
}

/* Writes a text of mdoc. */
static void
text(const char *s, size_t len)
{
	for (; len > 0; s++, len--)
		if (*s == '\\')
			fputs("\\e", stdout);
		else
			putchar(*s);
}

/* Writes a text as a sentence; names of things keep their first letter. */
static void
sentence(const char *s)
{
	size_t len = strlen(s);
	bool is_word = s[strspn(s, "abcdefghijklmnopqrstuvwxyz")] != ':';

	putchar(is_word ? toupper((unsigned char)*s) : *s);
	text(s + 1, len - 1);
	puts(s[len - 1] == '.' ? "" : ".");
}

/* Begins or ends a piece of a page. */
static void
mark(const char *what, const char *kind, const char *name)
{
	printf(".\\\" %s: %s %s\n", what, kind, name);
}

/* Writes one key. */
static void
key(const struct confopt *o)
{
	printf(".It Cm %s Ns = Ns Ar %s\n", o->name, type_name(o));
	sentence(o->doc);
	if (o->def != NULL && *o->def != '\0' &&
	    strstr(o->doc, "default:") == NULL)
		printf("The default is\n.Ql %s .\n", o->def);
}

/* Writes the keys of a section. */
static void
keys(const char *name, unsigned mask, const struct confopt *table)
{
	const struct confopt *o;

	mark("begin", "keys", name);
	puts(".Bl -tag -width indent");
	for (o = table; o->name != NULL; o++)
		if ((o->sections & mask) != 0 && o->sections != ~0u)
			key(o);
	puts(".El");
	mark("end", "keys", name);
}

/* Writes one line of supervisord's usage: -a/--minfds NUM -- what it does */
static void
option(const char *line)
{
	const char *doc = strstr(line, " -- ");
	const char *value = memchr(line, ' ', (size_t)(doc - line + 1));
	const char *slash = memchr(line, '/', (size_t)(doc - line));

	printf(".It ");
	if (line[1] != '-')
		printf("Fl %c%s", line[1], slash != NULL ? " , " : "");
	if (slash != NULL || line[1] == '-') {
		line = slash != NULL ? slash + 3 : line + 2;
		printf("Fl -%.*s", (int)(value - line), line);
	}
	if (value < doc)
		printf(" Ar %.*s", (int)(doc - value - 1), value + 1);
	putchar('\n');
	sentence(doc + 4);
}

/* Writes supervisord's options. */
static void
options(void)
{
	char *usage = NULL, *line, *rest;
	size_t len;
	FILE *f = open_memstream(&usage, &len);

	if (f == NULL)
		err(1, "open_memstream");
	config_cmdline_usage(f, "supervisord");
	if (fclose(f) == EOF)
		err(1, "open_memstream");
	mark("begin", "options", "supervisord");
	puts(".Bl -tag -width indent");
	for (rest = usage; (line = strsep(&rest, "\n")) != NULL;)
		if (*line == '-' && strstr(line, " -- ") != NULL)
			option(line);
	puts(".El");
	mark("end", "options", "supervisord");
	free(usage);
}

int
main(void)
{
	const struct ctl_command *c;
	size_t i;

	options();
	for (i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		keys(sections[i].name, sections[i].mask, sections[i].table);
	printf(".\\\" commands:");
	for (c = ctl_commands; c->name != NULL; c++)
		printf(" %s", c->name);
	putchar('\n');
	return fflush(stdout) == 0 ? 0 : 1;
}
