/* SPDX-License-Identifier: BSD-2-Clause */
/* Any line for supervisorctl, with a server that cannot be reached. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/pool.h"
#include "supervisorctl/complete.h"
#include "supervisorctl/ctl.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ctl ctl = {.in = stdin};
	char *line = malloc(size + 1), *text = NULL;
	size_t len;

	if (line == NULL)
		abort();
	memcpy(line, data, size);
	line[size] = '\0';
	/* `open` would go out on the network. */
	if (strstr(line, "open") == NULL) {
		ctl.client = client_new("ftp://x");
		ctl.out = ctl.err = open_memstream(&text, &len);
		ctl.pool = pool_new();
		if (ctl.client == NULL || ctl.out == NULL)
			abort();
		complete_words(&ctl, line, strlen(line));
		complete_forget(&ctl);
		ctl_line(&ctl, line);
		if (ctl.status < 0 || ctl.status > CTL_NOT_RUNNING)
			abort();
		fclose(ctl.out);
		free(text);
		pool_free(ctl.pool);
		client_free(ctl.client);
	}
	free(line);
	return 0;
}
