/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers that decide who is let in, and the fields of a form: lines of the
 * input, in the order of struct origin_headers, then Authorization, then a
 * form. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/control/auth.h"
#include "supervisord/control/guard.h"
#include "supervisord/web/text.h"

#define LINES 8

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
insist(bool good)
{
	if (!good)
		abort();
}

/* Asks a server; without a password more is refused, never less. */
static void
judge(const struct origin_headers *headers)
{
	static const char *const names[] = {"sup.example.org"};
	static const struct guard_rules closed = {
	    .is_inet = true, .host = "a.example", .names = names, .nnames = 1};
	struct guard_rules open = closed;
	int read, write;

	open.is_anonymous = true;
	read = guard_check(&open, headers, "me.example", false);
	write = guard_check(&open, headers, "me.example", true);
	insist(read == 0 || read == 403);
	insist(write == 0 || write == 403);
	insist(read == 0 || write != 0);
	insist(guard_check(&closed, headers, "me.example", false) == 0);
	insist(write != 0 ||
	    guard_check(&closed, headers, "me.example", true) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *line[LINES] = {NULL}, *next = text;
	struct origin_headers headers;
	char *field;
	size_t i;

	if (text == NULL)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	for (i = 0; i < LINES && next != NULL; i++)
		line[i] = strsep(&next, "\n");
	/* An empty line is a header that is not there. */
	for (i = 0; i < LINES; i++)
		if (line[i] != NULL && *line[i] == '\0')
			line[i] = NULL;
	headers = (struct origin_headers){
	    line[0], line[1], line[2], line[3], line[4], line[5], line[6]};
	judge(&headers);
	(void)auth_check(line[7], "user", "secret");
	(void)auth_check(
	    line[7], "user", "{SHA}e5e9fa1ba31ecd1ae84f75caaa474f3a663f05f4");
	(void)guard_check_type(&(struct guard_rules){.is_inet = true}, line[0]);
	field = text_field((const char *)data, size, "name");
	insist(field == NULL || strlen(field) <= size);
	free(field);
	free(text);
	return 0;
}
