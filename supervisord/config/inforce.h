/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configurations in force, as bytes: which there are, from which of them
 * each active group was made, and from what files each was read.
 *
 * It is what the next engine reads instead of the files, which may have become
 * something else or bad: a program that is no longer on disk is known still,
 * and `reread` compares the disk with what runs.  Pure.
 */
#ifndef SUPERVISORD_CONFIG_INFORCE_H
#define SUPERVISORD_CONFIG_INFORCE_H

#include <stddef.h>
#include <stdint.h>

#include "supervisord/config/config.h"

/* What is going on with a group while its engine may die. */
enum inforce_state {
	INFORCE_ACTIVE,
	INFORCE_ADDING,	  /* its programs may not have been started yet */
	INFORCE_REMOVING, /* a part of it may be gone already */
};

struct inforce_group {
	const char *name;
	size_t config; /* number of the configuration it was made from */
	enum inforce_state state;
};

/* One configuration's texts. */
struct inforce_config {
	const char *host_node_name;
	const struct config_text *texts;
	size_t ntexts;
};

struct inforce {
	uint64_t epoch; /* the cold start that it is of */
	struct inforce_config *configs;
	size_t nconfigs;
	size_t start, next; /* numbers: the engine's own, the one read last */
	struct inforce_group *groups;
	size_t ngroups;
	struct pool *pool; /* of inforce_read() */
};

/* Writes it: new bytes (free()) of *len, or NULL with errno ENOMEM. */
char *inforce_write(const struct inforce *, size_t *len);
/* Reads such bytes, of which it keeps copies; NULL if they are not whole or of
 * another version. */
struct inforce *inforce_read(const void *data, size_t len);
/* Accepts NULL. */
void inforce_free(struct inforce *);

#endif
