/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a configured command to what is executed: its words, the file they name,
 * its environment (P-043 to P-047, P-061, P-062).
 */
#ifndef SUPERVISORD_IO_COMMAND_H
#define SUPERVISORD_IO_COMMAND_H

#include <stddef.h>

#include "supervisord/config/config.h"
#include "supervisord/model/action.h"

struct pool;

struct command {
	char *const *argv;
	const char *path;
};

/*
 * Splits and resolves, all pieces in the pool.  A relative name is meant
 * relative to the program's directory when it has one.  search is the PATH to
 * use if the program's environment has none.  ACTION_SUCCESS; or ACTION_NO_FILE
 * or ACTION_NOT_EXECUTABLE with the text of the error in err.
 */
enum action_result command_resolve(const struct config_process *,
    const char *search, struct pool *, struct command *, char *err,
    size_t errlen);

/* What the supervisor adds to a program's environment. */
struct command_environment {
	char *const *base;	/* supervisord's own */
	const char *server_url; /* NULL = left as it is */
	const char *process, *group;
	const char *const *sockets; /* NAME=VALUE, ended by NULL; or NULL */
	const char *notify; /* NOTIFY_SOCKET; "" or NULL = left as it is */
	struct confopt_list configured; /* wins over all but those */
};
/* A new NULL-terminated vector in the pool. */
char *const *command_environment(
    const struct command_environment *, struct pool *);

#endif
