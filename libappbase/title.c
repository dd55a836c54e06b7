/* SPDX-License-Identifier: BSD-2-Clause */
/* The process title; see title.h. */
#include "libappbase/title.h"

#include <stdlib.h>
#include <unistd.h>

extern char **environ;

void
title_init(const struct appbase *app, int argc, char *argv[])
{
	if (argc > 0 && !(app->cls->flags & APPBASE_NO_PROCTITLE))
		setproctitle_init(argc, argv, environ);
}

void
title_set(const struct appbase *app, const char *role)
{
	if (!(app->cls->flags & APPBASE_NO_PROCTITLE))
		setproctitle("-%s: %s, generation %llu", app->name, role,
		    (unsigned long long)app->generation);
}
