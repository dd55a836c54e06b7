/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Long options: see appbase/option.h for the dialect.
 *
 * The parser works on its own copy of the command line, in which it cuts
 * `--name=value` in two and folds the name to lower case; values and positional
 * arguments are pointers into that copy.
 */
#include "libappbase/option.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct option_value {
	const struct appbase_option *opt;
	char *name;	  /* in lower case */
	const char *text; /* as given; NULL = not given */
};

struct appbase_options {
	struct option_value *list;
	size_t count;
	char **argv; /* the copy; its strings follow the vector */
	char **args; /* the positional ones, NULL-terminated */
	size_t nargs;
	bool parsed;
};

struct option_parser {
	struct appbase_options *set;
	int argc, next; /* of set->argv */
	FILE *err;
	int errors;
};

/* Make an empty set. */
struct appbase_options *
appbase_options_new(void)
{
	return calloc(1, sizeof(struct appbase_options));
}

/* Free a set. */
void
appbase_options_free(struct appbase_options *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->count; i++)
		free(set->list[i].name);
	free(set->list);
	free(set->argv);
	free(set->args);
	free(set);
}

/* Count the options. */
size_t
option_count(const struct appbase_options *set)
{
	return set->count;
}

/* Give one of them. */
const struct appbase_option *
option_at(const struct appbase_options *set, size_t index)
{
	return set->list[index].opt;
}

/* Find an option by its whole name, without regard to case. */
static struct option_value *
option_find(const struct appbase_options *set, const char *name)
{
	for (size_t i = 0; i < set->count; i++) {
		if (strcasecmp(set->list[i].name, name) == 0)
			return &set->list[i];
	}
	return NULL;
}

/* Skip a sign. */
static const char *
option_skip_sign(const char *s)
{
	return *s == '+' || *s == '-' ? s + 1 : s;
}

/* Skip decimal digits. */
static const char *
option_skip_digits(const char *s)
{
	return s + strspn(s, "0123456789");
}

/* Is it an optional sign and decimal digits? */
static bool
option_is_integer(const char *text)
{
	const char *digits = option_skip_sign(text);

	return *digits != '\0' && *option_skip_digits(digits) == '\0';
}

/* Is it a decimal number, with point and exponent as wanted? */
static bool
option_is_float(const char *text)
{
	const char *start = option_skip_sign(text);
	const char *s = option_skip_digits(start);
	size_t digits = (size_t)(s - start);

	if (*s == '.') {
		start = s + 1;
		s = option_skip_digits(start);
		digits += (size_t)(s - start);
	}
	if (digits == 0)
		return false;
	if (*s == 'e' || *s == 'E') {
		start = option_skip_sign(s + 1);
		s = option_skip_digits(start);
		if (s == start)
			return false;
	}
	return *s == '\0';
}

/* strtod(3) with a decimal point, whatever the locale says. */
static double
option_to_double(const char *text)
{
	locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	locale_t old = c != (locale_t)0 ? uselocale(c) : (locale_t)0;
	double value = strtod(text, NULL);

	if (c != (locale_t)0) {
		(void)uselocale(old);
		freelocale(c);
	}
	return value;
}

/* What is wrong with a value?  NULL if nothing. */
static const char *
option_complaint(enum appbase_option_type type, const char *text)
{
	const char *error;

	if (type == APPBASE_INTEGER) {
		if (!option_is_integer(text))
			return "number expected";
		(void)strtonum(text, INT64_MIN, INT64_MAX, &error);
		return error != NULL ? "number out of range" : NULL;
	}
	if (type == APPBASE_FLOAT) {
		if (!option_is_float(text))
			return "real number expected";
		return isinf(option_to_double(text)) ? "number out of range"
						     : NULL;
	}
	return NULL;
}

/* Can the record be used? */
static bool
option_is_valid(const struct appbase_option *o)
{
	if (o->name[0] == '\0' || o->name[0] == '-' ||
	    o->name[strcspn(o->name, "= \t\r\n")] != '\0')
		return false;
	if (o->doc == NULL || o->doc[0] == '\0')
		return false;
	switch (o->type) {
	case APPBASE_SWITCH:
	case APPBASE_STRING:
		return true;
	case APPBASE_INTEGER:
	case APPBASE_FLOAT:
		return o->def == NULL ||
		    option_complaint(o->type, o->def) == NULL;
	}
	return false;
}

/* Fold to lower case, in place. */
static void
option_lower(char *s)
{
	for (; *s != '\0'; s++)
		*s = (char)tolower((unsigned char)*s);
}

/* Append a record, for which there is room. */
static int
option_append(struct appbase_options *set, const struct appbase_option *o)
{
	struct option_value *v = &set->list[set->count];

	v->opt = o;
	v->text = NULL;
	v->name = strdup(o->name);
	if (v->name == NULL)
		return -1;
	option_lower(v->name);
	set->count++;
	return 0;
}

/* Add a table. */
int
appbase_options_add(
    struct appbase_options *set, const struct appbase_option *table)
{
	struct option_value *grown;
	size_t n;

	for (n = 0; table[n].name != NULL; n++) {
		if (!option_is_valid(&table[n])) {
			errno = EINVAL;
			return -1;
		}
	}
	grown = reallocarray(set->list, set->count + n + 1, sizeof(*grown));
	if (grown == NULL)
		return -1;
	set->list = grown;
	for (size_t i = 0; i < n; i++) {
		if (option_find(set, table[i].name) == NULL &&
		    option_append(set, &table[i]) == -1)
			return -1;
	}
	return 0;
}

/* Write a text so that it stays on its line. */
static void
option_put(FILE *err, const char *text)
{
	for (; *text != '\0'; text++) {
		if (iscntrl((unsigned char)*text))
			fprintf(err, "\\x%02x", (unsigned char)*text);
		else
			putc(*text, err);
	}
}

/* Report an error: a line made of strings up to NULL. */
static void
option_error(struct option_parser *p, ...)
{
	const char *part;
	va_list ap;

	p->errors++;
	if (p->err == NULL)
		return;
	va_start(ap, p);
	while ((part = va_arg(ap, const char *)) != NULL)
		option_put(p->err, part);
	va_end(ap);
	putc('\n', p->err);
}

/* Order for the list of an ambiguous prefix. */
static int
option_by_name(const void *a, const void *b)
{
	const struct option_value *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

/* Report an ambiguous prefix and what it may mean. */
static void
option_ambiguous(struct option_parser *p, const char *prefix,
    struct option_value **hits, size_t n)
{
	p->errors++;
	if (p->err == NULL)
		return;
	qsort(hits, n, sizeof(*hits), option_by_name);
	fputs("Option ", p->err);
	option_put(p->err, prefix);
	for (size_t i = 0; i < n; i++) {
		fputs(i == 0 ? " is ambiguous (" : ", ", p->err);
		option_put(p->err, hits[i]->name);
	}
	fputs(")\n", p->err);
}

/* Find what a name or prefix means; report and return NULL if nothing. */
static struct option_value *
option_match(struct option_parser *p, const char *name)
{
	struct option_value *found = option_find(p->set, name), **hits;
	size_t n = 0, len = strlen(name);

	if (found != NULL)
		return found;
	hits = reallocarray(
	    NULL, p->set->count + 1, sizeof(struct option_value *));
	if (hits == NULL) {
		p->errors++;
		return NULL;
	}
	for (size_t i = 0; i < p->set->count; i++) {
		if (strncmp(p->set->list[i].name, name, len) == 0)
			hits[n++] = &p->set->list[i];
	}
	if (n == 1)
		found = hits[0];
	else if (n == 0)
		option_error(p, "Unknown option: ", name, (char *)NULL);
	else
		option_ambiguous(p, name, hits, n);
	free(hits);
	return found;
}

/* Take the value of an option that needs one: after '=', or the next word. */
static void
option_take_value(
    struct option_parser *p, struct option_value *v, const char *value)
{
	const char *complaint;
	bool attached = value != NULL;

	if (!attached && p->next < p->argc)
		value = p->set->argv[p->next++];
	if (value == NULL ||
	    (*value == '\0' && (attached || v->opt->type == APPBASE_STRING))) {
		option_error(p, "Option ", v->name, " requires an argument",
		    (char *)NULL);
		return;
	}
	complaint = option_complaint(v->opt->type, value);
	if (complaint != NULL)
		option_error(p, "Value \"", value, "\" invalid for option ",
		    v->name, " (", complaint, ")", (char *)NULL);
	else
		v->text = value;
}

/* Handle one option, without its dashes. */
static void
option_handle(struct option_parser *p, char *name)
{
	/* A name has at least one character: "--=x" is no value. */
	char *value = *name != '\0' ? strchr(name + 1, '=') : NULL;
	struct option_value *v;

	if (value != NULL)
		*value++ = '\0';
	option_lower(name);
	v = option_match(p, name);
	if (v == NULL)
		return;
	if (v->opt->type != APPBASE_SWITCH)
		option_take_value(p, v, value);
	else if (value != NULL)
		option_error(p, "Option ", v->name,
		    " does not take an argument", (char *)NULL);
	else
		v->text = "1";
}

/* Copy an argument vector into one block. */
static char **
option_copy_argv(int argc, char *const argv[])
{
	size_t size = ((size_t)argc + 1) * sizeof(char *);
	char **copy, *at;

	for (int i = 0; i < argc; i++)
		size += strlen(argv[i]) + 1;
	copy = malloc(size);
	if (copy == NULL)
		return NULL;
	at = (char *)(copy + argc + 1);
	for (int i = 0; i < argc; i++) {
		copy[i] = at;
		at = stpcpy(at, argv[i]) + 1;
	}
	copy[argc] = NULL;
	return copy;
}

/* Parse all words. */
static void
option_parse_words(struct option_parser *p)
{
	struct appbase_options *set = p->set;
	bool ended = false;

	while (p->next < p->argc) {
		char *word = set->argv[p->next++];

		if (ended || word[0] != '-' || word[1] == '\0')
			set->args[set->nargs++] = word;
		else if (strcmp(word, "--") == 0)
			ended = true;
		else
			option_handle(p, word + (word[1] == '-' ? 2 : 1));
	}
	set->args[set->nargs] = NULL;
}

/* Parse a command line. */
int
appbase_options_parse(
    struct appbase_options *set, int argc, char *const argv[], FILE *err)
{
	struct option_parser p = {.set = set, .argc = argc, .next = 1};

	if (set->parsed) {
		errno = EINVAL;
		return -1;
	}
	if (argc < 1)
		argc = p.argc = 0;
	p.err = err;
	set->argv = option_copy_argv(argc, argv);
	set->args = calloc((size_t)argc + 1, sizeof(char *));
	if (set->argv == NULL || set->args == NULL) {
		free(set->argv);
		free(set->args);
		set->argv = set->args = NULL;
		errno = ENOMEM;
		return -1;
	}
	set->parsed = true;
	option_parse_words(&p);
	return p.errors;
}

/* Find an option that the program names; it must be there. */
static const struct option_value *
option_get(const struct appbase_options *set, const char *name)
{
	const struct option_value *v = option_find(set, name);

	if (v == NULL) {
		fprintf(stderr, "Unknown option %s\n", name);
		abort();
	}
	return v;
}

/* Tell whether it was on the command line. */
bool
appbase_option_given(const struct appbase_options *set, const char *name)
{
	return option_get(set, name)->text != NULL;
}

/* Tell whether it is on. */
bool
appbase_option_switch(const struct appbase_options *set, const char *name)
{
	const struct option_value *v = option_get(set, name);
	const char *def = v->opt->def;

	if (v->text != NULL)
		return true;
	return def != NULL && def[0] != '\0' && strcmp(def, "0") != 0;
}

/* Give its text. */
const char *
appbase_option_string(const struct appbase_options *set, const char *name)
{
	const struct option_value *v = option_get(set, name);

	return v->text != NULL ? v->text : v->opt->def;
}

/* Give its value as an integer. */
int64_t
appbase_option_integer(const struct appbase_options *set, const char *name)
{
	const char *text = appbase_option_string(set, name), *error;

	if (text == NULL)
		return 0;
	return strtonum(text, INT64_MIN, INT64_MAX, &error);
}

/* Give its value as a real number. */
double
appbase_option_float(const struct appbase_options *set, const char *name)
{
	const char *text = appbase_option_string(set, name);

	return text != NULL ? option_to_double(text) : 0;
}

/* Give the positional arguments. */
char *const *
appbase_option_args(const struct appbase_options *set, size_t *count)
{
	static char *const none[] = {NULL};

	if (count != NULL)
		*count = set->nargs;
	return set->args != NULL ? set->args : none;
}
