/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The option parser: an input is a command line, its arguments ended by NUL.
 * Errors or not, positional arguments are arguments as they were given, in
 * order; a string that was given is not empty; after "--" nothing is an option.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "appbase/option.h"

#define ARGS_MAX 64

static const struct appbase_option table[] = {
    {"switch", NULL, "a switch", APPBASE_SWITCH, NULL},
    {"string", "string=<s>", "a string", APPBASE_STRING, "none"},
    {"stride", NULL, "shares a prefix", APPBASE_INTEGER, "3"},
    {"float", NULL, "a number", APPBASE_FLOAT, NULL},
    {NULL, NULL, NULL, APPBASE_SWITCH, NULL},
};

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Splits the input at its NULs; the pieces stay in `text`. */
static int
fuzz_split(char *text, size_t len, char *argv[])
{
	int argc = 1;
	char *p = text, *end = text + len;

	argv[0] = (char *)"fuzz";
	while (p < end && argc < ARGS_MAX) {
		argv[argc++] = p;
		p += strlen(p) + 1;
	}
	argv[argc] = NULL;
	return argc;
}

/* Checks what has to hold of the positional arguments. */
static void
fuzz_check_args(
    const struct appbase_options *o, int argc, char *const argv[], int errors)
{
	size_t i, n, rest = 0;
	int at = 1;
	char *const *args = appbase_option_args(o, &n);

	if (args[n] != NULL)
		abort();
	for (i = 0; i < n; i++) {
		while (at < argc && strcmp(argv[at], args[i]) != 0)
			at++;
		if (at++ >= argc)
			abort();
	}
	if (argc > 1 && strcmp(argv[1], "--") == 0)
		rest = (size_t)argc - 2;
	if (rest > 0 && (errors != 0 || n != rest))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct appbase_options *o;
	char *argv[ARGS_MAX + 1], *text;
	int argc, errors;

	if ((text = malloc(size + 1)) == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	argc = fuzz_split(text, size, argv);
	if ((o = appbase_options_new()) == NULL ||
	    appbase_options_add(o, table) == -1 ||
	    (errors = appbase_options_parse(o, argc, argv, NULL)) == -1)
		abort();
	fuzz_check_args(o, argc, argv, errors);
	if (*appbase_option_string(o, "string") == '\0')
		abort();
	if (!appbase_option_given(o, "stride") &&
	    appbase_option_integer(o, "stride") != 3)
		abort();
	appbase_option_float(o, "float");
	appbase_option_switch(o, "switch");
	appbase_options_free(o);
	free(text);
	return 0;
}
