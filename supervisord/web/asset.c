/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds files by the paths of requests. */
#include "supervisord/web/asset.h"

#include <stdlib.h>
#include <string.h>

/* Texts are below this; templates (*.html) are not served by themselves. */
#define ASSET_PREFIX "/web/"

static const struct asset *
asset_of(const struct asset *table, const char *path)
{
	for (; table->path != NULL; table++)
		if (strcmp(table->path, path) == 0)
			return table;
	return NULL;
}

const struct asset *
asset_find(const char *path)
{
	const struct asset *asset;

	if (strcmp(path, "/stylesheets/supervisor.css") == 0)
		return asset_of(asset_texts, "style.css");
	if (strncmp(path, ASSET_PREFIX, strlen(ASSET_PREFIX)) != 0)
		return asset_of(asset_images, path);
	asset = asset_of(asset_texts, path + strlen(ASSET_PREFIX));
	return asset == NULL || strcmp(asset->type, "text/html") == 0 ? NULL
								      : asset;
}

const struct asset *
asset_template(const char *name)
{
	const struct asset *asset = asset_of(asset_texts, name);

	if (asset == NULL)
		abort();
	return asset;
}
