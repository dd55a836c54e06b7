/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file grammar.  ini_read() cuts the text into lines; each goes through
 * ini_line(), which knows the section, the key and the indentation it is under.
 * The value of the current key grows in a buffer and is stored when the key
 * ends.
 */
#include "common/ini.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/errtext.h"
#include "common/pool.h"
#include "common/pyrepr.h"
#include "common/pystr.h"

struct ini_reader {
	struct ini *ini;
	const char *file;
	unsigned line;
	struct ini_section *section; /* NULL before the first header */
	struct ini_option *option;   /* whose value is growing, or NULL */
	size_t indent;		     /* of the key or header above */
	FILE *value;		     /* of the growing option */
	char *value_text;
	size_t value_len;
	FILE *faults; /* lines that are nothing, for the message */
	char *faults_text;
	size_t faults_len;
	unsigned nfaults;
};

/* Orders sections by name. */
static int
ini_compare(const struct ini_section *a, const struct ini_section *b)
{
	return strcmp(a->name, b->name);
}

/* What RB_GENERATE_STATIC is, without the __unused that libbsd may hide. */
RB_GENERATE_INTERNAL(ini_tree, ini_section, node, ini_compare,
    __attribute__((__unused__)) static)

/* Makes an empty set. */
void
ini_init(struct ini *ini, struct pool *pool)
{
	memset(ini, 0, sizeof(*ini));
	ini->pool = pool;
	TAILQ_INIT(&ini->sections);
	RB_INIT(&ini->by_name);
	ini->defaults.name = "DEFAULT";
	TAILQ_INIT(&ini->defaults.options);
}

/* Finds a section. */
struct ini_section *
ini_find(const struct ini *ini, const char *name)
{
	struct ini_section key = {.name = name};
	struct ini_tree tree = ini->by_name;

	return RB_FIND(ini_tree, &tree, &key);
}

/* Finds a section's own key. */
const struct ini_option *
ini_get_own(const struct ini_section *section, const char *name)
{
	const struct ini_option *o;

	TAILQ_FOREACH (o, &section->options, entry)
		if (strcmp(o->name, name) == 0)
			return o;
	return NULL;
}

/* Finds a key, falling back on the defaults. */
const struct ini_option *
ini_get(
    const struct ini *ini, const struct ini_section *section, const char *name)
{
	const struct ini_option *o;

	if ((o = ini_get_own(section, name)) != NULL)
		return o;
	return ini_get_own(&ini->defaults, name);
}

/* Replaces a text in one value. */
static const char *
ini_replace_value(
    struct pool *pool, const char *v, const char *from, const char *to)
{
	size_t n = strlen(from), count = 0;
	const char *s, *at;
	char *result, *p;

	for (s = v; (at = strstr(s, from)) != NULL; s = at + n)
		count++;
	if (count == 0)
		return v;
	p = result = pool_alloc(pool, strlen(v) + count * strlen(to) + 1);
	for (s = v; (at = strstr(s, from)) != NULL; s = at + n) {
		p = mempcpy(p, s, (size_t)(at - s));
		p = stpcpy(p, to);
	}
	strcpy(p, s);
	return result;
}

/* Replaces a text in every value. */
void
ini_replace(struct ini *ini, const char *from, const char *to)
{
	struct ini_section *s;
	struct ini_option *o;

	TAILQ_FOREACH (o, &ini->defaults.options, entry)
		o->value = ini_replace_value(ini->pool, o->value, from, to);
	TAILQ_FOREACH (s, &ini->sections, entry)
		TAILQ_FOREACH (o, &s->options, entry)
			o->value =
			    ini_replace_value(ini->pool, o->value, from, to);
}

/* Opens a stream into a text. */
static FILE *
ini_stream(char **text, size_t *len)
{
	FILE *f;

	if ((f = open_memstream(text, len)) == NULL)
		abort();
	return f;
}

/* Stores the value that was growing, without trailing blanks and lines. */
static void
ini_option_end(struct ini_reader *r)
{
	if (r->value == NULL)
		return;
	if (fclose(r->value) != 0)
		abort();
	r->value = NULL;
	pystr_rstrip(r->value_text, &r->value_len);
	r->option->value =
	    pool_strndup(r->ini->pool, r->value_text, r->value_len);
	free(r->value_text);
	r->option = NULL;
}

/* Begins a key's value; an older value of it is forgotten (C-057). */
static void
ini_option_begin(struct ini_reader *r, const char *name, size_t namelen)
{
	struct ini_option *o;
	char *key = pool_strndup(r->ini->pool, name, namelen);
	size_t i;

	for (i = 0; i < namelen; i++)
		key[i] = (char)tolower((unsigned char)key[i]);
	TAILQ_FOREACH (o, &r->section->options, entry)
		if (strcmp(o->name, key) == 0)
			break;
	if (o == NULL) {
		o = pool_alloc(r->ini->pool, sizeof(*o));
		o->name = key;
		TAILQ_INSERT_TAIL(&r->section->options, o, entry);
	}
	o->file = r->file;
	o->line = r->line;
	r->option = o;
	r->value = ini_stream(&r->value_text, &r->value_len);
}

/* Enters a section, a new one or one seen before (C-058, C-059). */
static void
ini_section_begin(struct ini_reader *r, const char *name, size_t len)
{
	struct ini *ini = r->ini;
	struct ini_section *s;
	const char *copy = pool_strndup(ini->pool, name, len);

	if (strcmp(copy, ini->defaults.name) == 0) {
		r->section = &ini->defaults;
		return;
	}
	if ((s = ini_find(ini, copy)) == NULL) {
		s = pool_alloc(ini->pool, sizeof(*s));
		s->name = copy;
		s->file = r->file;
		s->line = r->line;
		TAILQ_INIT(&s->options);
		TAILQ_INSERT_TAIL(&ini->sections, s, entry);
		RB_INSERT(ini_tree, &ini->by_name, s);
	}
	r->section = s;
}

/* Finds where an inline comment begins at one of the two marks' next
 * occurrences.  Both marks advance together, as upstream has it: the pair of
 * occurrences that first holds a real one decides (C-043). */
static size_t
ini_comment(const char *line, size_t len)
{
	const char marks[] = {'#', ';'};
	size_t next[2] = {0, 0}, at = len, m;
	const char *p;

	while (at == len && (next[0] < len || next[1] < len))
		for (m = 0; m < 2; m++) {
			if (next[m] >= len)
				continue;
			p = memchr(line + next[m], marks[m], len - next[m]);
			if (p == NULL) {
				next[m] = len;
				continue;
			}
			next[m] = (size_t)(p - line) + 1;
			if ((p == line ||
				pystr_space_before(line, (size_t)(p - line)) !=
				    0) &&
			    (size_t)(p - line) < at)
				at = (size_t)(p - line);
		}
	return at;
}

/* Notes a line that is nothing (C-049). */
static void
ini_fault(struct ini_reader *r, const char *line, size_t len)
{
	char *quoted = pyrepr_n(line, len);

	if (r->nfaults++ == 0)
		r->faults = ini_stream(&r->faults_text, &r->faults_len);
	fprintf(r->faults, "\n\t[line %2u]: %s", r->line, quoted);
	free(quoted);
}

/* Reads `key = value`; false when it is no such thing. */
static bool
ini_key(struct ini_reader *r, const char *raw, const char *s, size_t n)
{
	size_t keylen = 0, rest;
	const char *value;

	while (keylen < n && s[keylen] != '=' && s[keylen] != ':')
		keylen++;
	if (keylen == n)
		return false;
	value = s + keylen + 1;
	rest = n - keylen - 1;
	pystr_rstrip(s, &keylen);
	if (keylen == 0)
		return false;
	pystr_strip(&value, &rest);
	ini_option_begin(r, s, keylen);
	r->option->column =
	    (unsigned)pystr_length(raw, (size_t)(value - raw)) + 1;
	fwrite(value, 1, rest, r->value);
	return true;
}

/* Reads `[section]`; false when it is no such thing (C-045). */
static bool
ini_header(struct ini_reader *r, const char *s, size_t n)
{
	const char *end;

	if (n < 3 || s[0] != '[' || (end = memrchr(s, ']', n)) == NULL ||
	    end == s + 1)
		return false;
	ini_option_end(r);
	ini_section_begin(r, s + 1, (size_t)(end - s) - 1);
	return true;
}

/* Takes a line without content: it may be a blank line inside a value. */
static void
ini_blank(struct ini_reader *r, bool has_comment)
{
	if (!has_comment && r->option != NULL)
		fputc('\n', r->value);
}

/* Takes a line; `raw` has its line end, `len` is without it. */
static int
ini_line(struct ini_reader *r, const char *raw, size_t len, char **err)
{
	size_t at, n, indent;
	const char *s = raw;
	char *shown;

	at = n = ini_comment(raw, len);
	pystr_strip(&s, &n);
	if (n == 0) {
		ini_blank(r, at != len);
		return 0;
	}
	indent = pystr_length(raw, (size_t)(s - raw));
	if (r->option != NULL && indent > r->indent) {
		fputc('\n', r->value);
		fwrite(s, 1, n, r->value);
		return 0;
	}
	r->indent = indent;
	if (ini_header(r, s, n))
		return 0;
	if (r->section != NULL) {
		if (memchr(s, '=', n) != NULL || memchr(s, ':', n) != NULL)
			ini_option_end(r);
		if (!ini_key(r, raw, s, n))
			ini_fault(r, raw, len + (raw[len] != '\0'));
		return 0;
	}
	shown = pyrepr_n(raw, len + (raw[len] != '\0'));
	errtext_set(err,
	    "File contains no section headers.\nfile: '%s', line: %u\n%s",
	    r->file, r->line, shown);
	free(shown);
	return -1;
}

/* Refuses what is not text. */
static int
ini_check(const char *text, size_t len, const char *file, char **err)
{
	struct pystr_fault fault;

	if (!pystr_check(text, len, &fault))
		return errtext_set(err,
		    "'utf-8' codec can't decode byte 0x%02x in position %zu: "
		    "%s (file: '%s')",
		    (unsigned char)text[fault.position], fault.position,
		    fault.reason, file);
	if (memchr(text, '\0', len) != NULL)
		return errtext_set(
		    err, "file contains a NUL byte (file: '%s')", file);
	return 0;
}

/* Ends a file: stores what is open, turns faults into an error. */
static int
ini_finish(struct ini_reader *r, int result, char **err)
{
	ini_option_end(r);
	if (r->nfaults == 0)
		return result;
	if (fclose(r->faults) != 0)
		abort();
	if (result == 0)
		result =
		    errtext_set(err, "Source contains parsing errors: '%s'%s",
			r->file, r->faults_text);
	free(r->faults_text);
	return result;
}

/* Reads one file's text. */
int
ini_read(
    struct ini *ini, const char *text, size_t len, const char *file, char **err)
{
	struct ini_reader r = {.ini = ini};
	char *copy, *line, *end;
	int result = 0;

	if (ini_check(text, len, file, err) == -1)
		return -1;
	r.file = pool_strdup(ini->pool, file);
	if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
		text += 3;
		len -= 3;
	}
	/* Every line end becomes a single \n. */
	if ((copy = malloc(len + 1)) == NULL)
		abort();
	memcpy(copy, text, len);
	copy[len] = '\0';
	for (line = end = copy; *line != '\0'; line++) {
		if (line[0] == '\r' && line[1] == '\n')
			continue;
		*end++ = *line == '\r' ? '\n' : *line;
	}
	*end = '\0';
	for (line = copy; result == 0 && *line != '\0';
	     line = *end == '\0' ? end : end + 1) {
		r.line++;
		end = strchrnul(line, '\n');
		result = ini_line(&r, line, (size_t)(end - line), err);
	}
	result = ini_finish(&r, result, err);
	free(copy);
	return result;
}
