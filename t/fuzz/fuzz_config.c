/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole configurations: any file is loaded or refused with a reason; a loaded
 * one equals itself, has no two groups of one name and no process without one.
 * Texts with an [include] or many processes are passed over: they would read
 * other files, or take long.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "supervisord/config/config.h"
#include "supervisord/config/diff.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static char *const variables[] = {NULL};

/* Tells whether the input is one to pass over. */
static int
is_passed_over(const uint8_t *data, size_t size)
{
	size_t i;

	if (memmem(data, size, "[include", 8) != NULL)
		return 1;
	for (i = 0; i + 4 <= size; i++)
		if (strspn((const char[]){(char)data[i], (char)data[i + 1],
			       (char)data[i + 2], (char)data[i + 3], '\0'},
			"0123456789_") == 4)
			return 1;
	return 0;
}

/* Checks what was loaded. */
static void
check(const struct config *c)
{
	struct config_diff d;
	size_t i, k;

	if (config_diff(&d, c->groups, c->ngroups, c) == -1)
		abort();
	if (d.nadded + d.nchanged + d.nremoved != 0)
		abort();
	config_diff_free(&d);
	for (i = 0; i < c->ngroups; i++) {
		if (config_group_find(c, c->groups[i]->name) != c->groups[i])
			abort();
		for (k = 0; k < c->groups[i]->nprocesses; k++)
			if (c->groups[i]->processes[k]->name == NULL ||
			    c->groups[i]->processes[k]->command == NULL)
				abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	char path[64], *err = NULL, *url;
	struct config_errors errors = {NULL, 0, NULL};
	struct config_source source = {.configuration = path,
	    .directory = "/",
	    .environ = variables,
	    .errors = &errors};
	struct config *c = NULL;

	if (is_passed_over(data, size))
		return 0;
	if (fd == -1 && (fd = memfd_create("fuzz", MFD_CLOEXEC)) == -1)
		abort();
	if (ftruncate(fd, 0) == -1 ||
	    pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (config_load(&source, &c, &err) == 0) {
		if (errors.n != 0 || err != NULL)
			abort();
		check(c);
		if ((url = config_server_url(c)) != NULL)
			free(url);
		config_unref(c);
	} else if (errors.n == 0 || err == NULL ||
	    strcmp(errors.v[0].text, err) != 0)
		abort();
	config_errors_free(&errors);
	free(err);
	return 0;
}
