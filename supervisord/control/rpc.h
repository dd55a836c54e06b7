/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XML-RPC calls: from the body of a request to the body of its answer.
 *
 * The methods are rows of tables: name, types, the states of the supervisor in
 * which they are allowed, documentation, and the function that does it.  The
 * tables also are what system.listMethods and its kin answer from.
 *
 * A method answers with rpc_answer() or rpc_fault(), inside its function or, if
 * it takes time, later; it then leaves word with rpc_defer() of how to be
 * called off.  Either way the call is gone after its answer.
 */
#ifndef SUPERVISORD_CONTROL_RPC_H
#define SUPERVISORD_CONTROL_RPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/faults.h"
#include "common/xval.h"
#include "supervisord/config/role.h"

#define RPC_MAX_PARAMS 3

struct rpc;
struct rpc_call;

enum rpc_type {
	RPC_STRING,
	RPC_INT,    /* also a number in a string */
	RPC_BOOL,   /* also an integer; a string that is not empty is true */
	RPC_SIGNAL, /* string or integer */
	RPC_ANY,    /* anything, rendered as a string */
	RPC_ARRAY,
	RPC_STRUCT, /* of results only */
};

struct rpc_param {
	const char *name;
	enum rpc_type type;
	bool optional;
	const char *doc;
};

struct rpc_method {
	const char *name; /* without the namespace */
	bool always;	  /* also while the supervisor is stopping */
	enum role role;	  /* what a client has to be; the default is admin */
	void (*run)(struct rpc_call *);
	const char *doc;
	enum rpc_type result;
	const char *result_name;
	const char *result_doc;
	struct rpc_param params[RPC_MAX_PARAMS]; /* ended by a NULL name */
};

/* A namespace with its methods; the table ends with a row without a name. */
struct rpc_namespace {
	const char *name;
	const struct rpc_method *methods;
};

struct rpc_options {
	const struct rpc_namespace *namespaces; /* ended by a NULL name */
	/* May methods that are not for all states be called now? */
	bool (*running)(void *arg);
	/* Is told of a document that is no call: an ERRO line. */
	void (*invalid)(void *arg, const char *text);
	/* Is told of each call and of its end: TRAC lines (C-245).  May be
	 * NULL. */
	void (*trace)(void *arg, const char *text);
	void *arg; /* of these functions, and rpc_arg() */
};

/* What is in options is borrowed.  NULL when out of memory.  rpc_free() calls
 * off what is pending and accepts NULL. */
struct rpc *rpc_new(const struct rpc_options *);
void rpc_free(struct rpc *);

/* Gets the answer: an HTTP status and, if it is 200, the document (borrowed).
 */
typedef void rpc_done(void *arg, int http, const char *text, size_t len);

/*
 * Runs the call in a document, of a client of that role.  `done` is called
 * once, maybe before this returns; if not yet, what is returned is a handle for
 * rpc_abandon(), else it is NULL.
 */
struct rpc_call *rpc_run(struct rpc *, enum role, const void *document,
    size_t len, rpc_done *done, void *arg);
/* Nobody waits for the answer any more: `done` will not be called. */
void rpc_abandon(struct rpc_call *);

/* For methods. */
void *rpc_arg(const struct rpc_call *);
/* Parameter i, converted to its type; as if false, 0, "" when left out. */
bool rpc_given(const struct rpc_call *, size_t i);
const char *rpc_string(const struct rpc_call *, size_t i, size_t *len);
int64_t rpc_int(const struct rpc_call *, size_t i);
bool rpc_bool(const struct rpc_call *, size_t i, bool otherwise);
const struct xval *rpc_value(const struct rpc_call *, size_t i);

/* Takes the value. */
void rpc_answer(struct rpc_call *, struct xval *);
void rpc_answer_true(struct rpc_call *);
/* The fault's name, and after ": " the detail unless it is NULL. */
void rpc_fault(struct rpc_call *, enum fault, const char *detail);
/* Will answer later.  `off` is called with `arg` if that is not wanted any
 * more; it must not answer. */
void rpc_defer(struct rpc_call *, void (*off)(void *arg), void *arg);

#endif
