/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a form, and as a name to be quoted for HTML, JSON and URLs. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/web/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* None of these characters may be in a quoted text. */
static void
never(const struct text *t, const char *characters, size_t from, size_t to)
{
	size_t i;

	if (t->failed)
		abort();
	for (i = from; i < to; i++)
		if (t->bytes[i] == '\0' ||
		    strchr(characters, t->bytes[i]) != NULL)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text t = {0};
	char *name = malloc(size + 1), *value;

	if (name == NULL)
		abort();
	memcpy(name, data, size);
	name[size] = '\0';
	value = text_field(name, size, "a");
	text_html_n(&t, name, size);
	never(&t, "<>\"'", 0, t.len);
	text_free(&t);
	text_json(&t, name);
	never(&t, "<>&\"\n\r", 1, t.len - 1);
	text_free(&t);
	text_url(&t, value == NULL ? name : value);
	never(&t, "<>&\"'\r\n ?#+", 0, t.len);
	text_free(&t);
	free(value);
	free(name);
	return 0;
}
