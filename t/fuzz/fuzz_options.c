/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any command line: the input's NUL-separated words.  Whatever it says, the
 * values afterwards are of their types, and every word is accounted for.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appbase/option.h"

#define WORDS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct appbase_option table[] = {
    {"foo", "foo=<f>", "a string", APPBASE_STRING, "bar"},
    {"baz", NULL, "a switch", APPBASE_SWITCH, NULL},
    {"quux", "quux=N", "an integer", APPBASE_INTEGER, "7"},
    {"fribitz", NULL, "a number", APPBASE_FLOAT, "0.01"},
    {"Case", NULL, "another string", APPBASE_STRING, NULL},
    {0},
};

static FILE *nowhere;

/* Cut the input, which ends with a NUL, into words. */
static int
cut(char *text, size_t size, char *argv[WORDS_MAX + 2])
{
	static char name[] = "prog";
	int argc = 1;

	argv[0] = name;
	for (size_t i = 0; i < size && argc <= WORDS_MAX;
	     i += strlen(text + i) + 1)
		argv[argc++] = text + i;
	argv[argc] = NULL;
	return argc;
}

static void
check(bool right)
{
	if (!right)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct appbase_options *set = appbase_options_new();
	char *text = malloc(size + 1), *argv[WORDS_MAX + 2];
	const char *value;
	size_t n;
	int argc, errors;

	if (nowhere == NULL)
		nowhere = fopen("/dev/null", "w");
	if (set == NULL || text == NULL || nowhere == NULL)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	argc = cut(text, size, argv);
	check(appbase_options_add(set, table) == 0);
	errors = appbase_options_parse(set, argc, argv, nowhere);
	check(errors >= 0 && errors < argc);

	check(appbase_option_args(set, &n)[n] == NULL);
	check(n + (size_t)errors < (size_t)argc);
	value = appbase_option_string(set, "foo");
	check(value != NULL && *value != '\0');
	value = appbase_option_string(set, "case");
	check((value != NULL) == appbase_option_given(set, "Case"));
	check(appbase_option_switch(set, "baz") ==
	    appbase_option_given(set, "baz"));
	value = appbase_option_string(set, "quux");
	check(value[strspn(value, "+-0123456789")] == '\0');
	(void)appbase_option_integer(set, "quux");
	(void)appbase_option_float(set, "fribitz");

	/* The same bytes as a documentation, at any width. */
	appbase_options_usage(
	    set, nowhere, text, NULL, text, size > 0 ? data[0] : 0);
	appbase_options_free(set);
	free(text);
	return 0;
}
