/* SPDX-License-Identifier: BSD-2-Clause */
/* The structures of the dispatcher: for rpc.c and rpc_system.c only. */
#ifndef SUPERVISORD_CONTROL_RPC_PRIVATE_H
#define SUPERVISORD_CONTROL_RPC_PRIVATE_H

#include <sys/queue.h>

#include "supervisord/control/rpc.h"

struct rpc {
	struct rpc_options options;
	LIST_HEAD(rpc_calls, rpc_call) pending;
};

#define RPC_NAME_MAX 128

/* A call in progress: one of a client, or one inside system.multicall. */
struct rpc_call {
	LIST_ENTRY(rpc_call) entry; /* of a client's */
	char name[RPC_NAME_MAX];    /* for the log, of a client's */
	struct rpc *rpc;
	enum role role;
	const struct xval *params;
	struct xval *owned; /* the parameters, of a client's call */
	/* Gets the result (taken) or the fault. */
	void (*finish)(struct rpc_call *, struct xval *result, int fault_code,
	    const char *fault_text);
	void *finish_arg;
	void (*off)(void *arg);
	void *off_arg;
	rpc_done *done;
	void *done_arg;
	bool *answered; /* set if rpc_run() is still on the stack */
	char *strings[RPC_MAX_PARAMS]; /* parameters rendered as strings */
};

/* The methods of the namespace "system". */
extern const struct rpc_method rpc_system_methods[];

/* Finds a method by its full name; NULL if there is none. */
const struct rpc_method *rpc_find(const struct rpc *, const char *name);
/* Runs a method for a call whose parameters are set; it answers through the
 * call's finish function. */
void rpc_invoke(struct rpc_call *, const char *name);
/* The name of a type in signatures. */
const char *rpc_type_name(enum rpc_type);
/* Ends a call without an answer. */
void rpc_drop(struct rpc_call *);

#endif
