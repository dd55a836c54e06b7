/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of the web page, which are part of the program. */
#ifndef SUPERVISORD_WEB_ASSET_H
#define SUPERVISORD_WEB_ASSET_H

#include <stddef.h>

struct asset {
	const char *path; /* as in a request; NULL ends a table */
	const char *type;
	const void *bytes;
	size_t len;
};

/* What supervisord/web/embed makes of assets/: paths are names of files. */
extern const struct asset asset_texts[];
/* asset_images.c: those of Supervisor's page. */
extern const struct asset asset_images[];

/* The asset that a path of a request asks for; NULL if none does. */
const struct asset *asset_find(const char *path);
/* A template: a text that is not served as it is.  Never NULL. */
const struct asset *asset_template(const char *name);

#endif
