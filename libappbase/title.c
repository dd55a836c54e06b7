/* SPDX-License-Identifier: BSD-2-Clause */
/* The process title; see title.h. */
#include "libappbase/title.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static char *title_argv0;
static size_t title_len;

void
title_init(const struct appbase *app, int argc, char *argv[])
{
	if (argc == 0 || app->cls->flags & APPBASE_NO_PROCTITLE)
		return;
	title_argv0 = argv[0];
	title_len = strlen(argv[0]);
	setproctitle_init(argc, argv, environ);
}

void
title_set(const struct appbase *app, const char *role)
{
	if (app->cls->flags & APPBASE_NO_PROCTITLE)
		return;
	setproctitle("-%s: %s, generation %llu", app->name, role,
	    (unsigned long long)app->generation);
	/* libbsd marks where a longer argv[0] ended with a dot: ps shows it. */
	if (title_argv0 != NULL && strlen(title_argv0) < title_len)
		title_argv0[title_len] = '\0';
}
