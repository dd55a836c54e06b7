/* SPDX-License-Identifier: BSD-2-Clause */
/* AUTO logs: their names, their creation, the removal of old ones. */
#include "supervisord/io/autolog.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/pyrepr.h"
#include "supervisord/io/mainlog.h"

#define AUTOLOG_TRIES 100

/* Makes the path of a name. */
char *
autolog_path(const char *dir, const char *process, const char *channel,
    const char *identifier, const char *random)
{
	char *path;

	if (asprintf(&path, "%s/%s-%s---%s-%s.log", dir, process, channel,
		identifier, random) == -1)
		return NULL;
	return path;
}

/* Creates a file under a name nobody has. */
char *
autolog_create(const char *dir, const char *process, const char *channel,
    const char *identifier, char random[AUTOLOG_RANDOM + 1])
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	char *path = NULL;
	int fd, i, tries;

	for (tries = 0; tries < AUTOLOG_TRIES; tries++) {
		for (i = 0; i < AUTOLOG_RANDOM; i++)
			random[i] = set[arc4random_uniform(sizeof(set) - 1)];
		random[AUTOLOG_RANDOM] = '\0';
		path = autolog_path(dir, process, channel, identifier, random);
		if (path == NULL)
			return NULL;
		fd = open(path,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd != -1) {
			(void)close(fd);
			return path;
		}
		free(path);
		if (errno != EEXIST)
			break;
	}
	return NULL;
}

/* Matches .+?---IDENTIFIER-\S+\.log\.?\d{0,4} from the beginning. */
bool
autolog_is_name(const char *name, const char *identifier)
{
	size_t len = strlen(identifier);
	const char *mark, *p;

	for (mark = name; (mark = strstr(mark + 1, "---")) != NULL;) {
		p = mark + 3;
		if (strncmp(p, identifier, len) != 0 || p[len] != '-')
			continue;
		p += len + 1;
		if (*p == '\0' || isspace((unsigned char)*p))
			continue;
		for (p++; *p != '\0'; p++) {
			if (strncmp(p, ".log", 4) == 0)
				return true;
			if (isspace((unsigned char)*p))
				break;
		}
	}
	return false;
}

/* Removes what former runs left. */
void
autolog_clean(const char *dir, const char *identifier)
{
	struct dirent *entry;
	char *path, *quoted;
	DIR *d;

	if ((d = opendir(dir)) == NULL) {
		mainlog(LEVEL_WARN, "Could not clear childlog dir");
		return;
	}
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '\0' ||
		    !autolog_is_name(entry->d_name, identifier) ||
		    asprintf(&path, "%s/%s", dir, entry->d_name) == -1)
			continue;
		if (unlink(path) == -1 && errno != ENOENT) {
			quoted = pyrepr(path);
			mainlog(LEVEL_WARN, "Failed to clean up %s", quoted);
			free(quoted);
		}
		free(path);
	}
	(void)closedir(d);
}
