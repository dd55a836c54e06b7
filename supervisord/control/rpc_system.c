/* SPDX-License-Identifier: BSD-2-Clause */
/* The namespace "system": what methods there are, and many calls in one. */
#include "supervisord/control/rpc_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/pool.h"

/* How much the results of one multicall may take together, and what a value
 * takes beside its bytes. */
#define RPC_MULTI_WEIGHT ((size_t)64 << 20)
#define RPC_NODE_WEIGHT	 64

/* A system.multicall in progress: its calls run one after another. */
struct rpc_multi {
	struct rpc_call *call; /* the multicall itself */
	struct rpc_call *sub;  /* that has not answered yet */
	struct xval *results;
	size_t next;
	size_t weight; /* of the results */
	bool running;  /* rpc_multi_run() is on the stack */
};

/* Names of methods, in memory of a pool. */
struct rpc_names {
	struct pool *pool;
	const char **v;
	size_t n;
};

static int
rpc_compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Appends a namespace's full names. */
static void
rpc_collect(struct rpc_names *names, const char *space,
    const struct rpc_method *methods)
{
	for (; methods->name != NULL; methods++) {
		names->v = pool_grow(
		    names->pool, names->v, names->n, sizeof(*names->v));
		names->v[names->n++] =
		    pool_printf(names->pool, "%s.%s", space, methods->name);
	}
}

static void
rpc_list_methods(struct rpc_call *call)
{
	struct rpc_names names = {pool_new(), NULL, 0};
	struct xval *list = xval_array();
	const struct rpc_namespace *ns;
	size_t i;

	rpc_collect(&names, "system", rpc_system_methods);
	for (ns = call->rpc->options.namespaces; ns->name != NULL; ns++)
		rpc_collect(&names, ns->name, ns->methods);
	if (names.v != NULL)
		qsort(names.v, names.n, sizeof(*names.v), rpc_compare_names);
	for (i = 0; names.v != NULL && i < names.n; i++)
		xval_append(list, xval_string(names.v[i]));
	pool_free(names.pool);
	rpc_answer(call, list);
}

/* Finds the method that is asked about; faults if there is none. */
static const struct rpc_method *
rpc_asked(struct rpc_call *call)
{
	const struct rpc_method *m =
	    rpc_find(call->rpc, rpc_string(call, 0, NULL));

	if (m == NULL)
		rpc_fault(call, FAULT_SIGNATURE_UNSUPPORTED, NULL);
	return m;
}

static void
rpc_method_help(struct rpc_call *call)
{
	const struct rpc_method *m = rpc_asked(call);
	const struct rpc_param *p;
	char *text = NULL;
	size_t len;
	FILE *out;

	if (m == NULL)
		return;
	out = open_memstream(&text, &len);
	if (out != NULL) {
		fprintf(out, "%s\n\n", m->doc);
		for (p = m->params;
		     p < m->params + RPC_MAX_PARAMS && p->name != NULL; p++)
			fprintf(out, "@param %s %s %s\n",
			    rpc_type_name(p->type), p->name, p->doc);
		fprintf(out, "@return %s %s %s\n", rpc_type_name(m->result),
		    m->result_name, m->result_doc);
		if (fclose(out) != 0) {
			free(text);
			text = NULL;
		}
	}
	rpc_answer(call, text == NULL ? NULL : xval_string(text));
	free(text);
}

static void
rpc_method_signature(struct rpc_call *call)
{
	const struct rpc_method *m = rpc_asked(call);
	struct xval *types;
	size_t i;

	if (m == NULL)
		return;
	types = xval_array();
	xval_append(types, xval_string(rpc_type_name(m->result)));
	for (i = 0; i < RPC_MAX_PARAMS && m->params[i].name != NULL; i++)
		xval_append(
		    types, xval_string(rpc_type_name(m->params[i].type)));
	rpc_answer(call, types);
}

static void rpc_multi_run(struct rpc_multi *);

/* About how much memory a value takes. */
static size_t
rpc_weight(const struct xval *v)
{
	size_t i, weight = RPC_NODE_WEIGHT, len = 0;

	if (v == NULL)
		return weight;
	if (xval_type(v) == XVAL_STRING)
		(void)xval_as_string(v, &len);
	for (i = 0; i < xval_count(v); i++)
		weight += rpc_weight(xval_at(v, i));
	return weight + len;
}

/* Takes the answer of a call inside. */
static void
rpc_multi_finish(struct rpc_call *sub, struct xval *result, int fault_code,
    const char *fault_text)
{
	struct rpc_multi *m = sub->finish_arg;

	if (fault_text != NULL) {
		result = xval_struct();
		xval_set(result, "faultCode", xval_int(fault_code));
		xval_set(result, "faultString", xval_string(fault_text));
	}
	m->weight += rpc_weight(result);
	xval_append(m->results, result);
	m->sub = NULL;
	sub->off = NULL;
	rpc_drop(sub);
	rpc_multi_run(m);
}

/* Starts the next call inside. */
static void
rpc_multi_next(struct rpc_multi *m)
{
	const struct xval *what = xval_at(rpc_value(m->call, 0), m->next++);
	const char *name = xval_get_string(what, "methodName");
	struct rpc_call *sub = calloc(1, sizeof(*sub));

	if (sub == NULL) {
		xval_append(m->results, NULL);
		return;
	}
	sub->rpc = m->call->rpc;
	sub->role = m->call->role;
	sub->params = xval_get(what, "params");
	sub->finish = rpc_multi_finish;
	sub->finish_arg = m;
	m->sub = sub;
	if (name[0] == '\0')
		rpc_fault(sub, FAULT_INCORRECT_PARAMETERS, "No methodName");
	else if (strcmp(name, "system.multicall") == 0)
		rpc_fault(sub, FAULT_INCORRECT_PARAMETERS,
		    "Recursive system.multicall forbidden");
	else if (m->weight > RPC_MULTI_WEIGHT)
		rpc_fault(sub, FAULT_FAILED, "too much at once");
	else if (sub->params != NULL && xval_type(sub->params) != XVAL_ARRAY)
		rpc_fault(sub, FAULT_INCORRECT_PARAMETERS, NULL);
	else
		rpc_invoke(sub, name);
}

/* Runs calls until one takes time, or all are done. */
static void
rpc_multi_run(struct rpc_multi *m)
{
	struct rpc_call *call = m->call;
	struct xval *results = m->results;

	if (m->running)
		return;
	m->running = true;
	while (m->sub == NULL && m->next < xval_count(rpc_value(call, 0)))
		rpc_multi_next(m);
	m->running = false;
	if (m->sub != NULL)
		return;
	free(m);
	call->off = NULL;
	rpc_answer(call, results);
}

/* The client has gone: so has the reason for the rest of the calls. */
static void
rpc_multi_off(void *arg)
{
	struct rpc_multi *m = arg;

	if (m->sub != NULL)
		rpc_drop(m->sub);
	xval_free(m->results);
	free(m);
}

static void
rpc_multicall(struct rpc_call *call)
{
	struct rpc_multi *m = calloc(1, sizeof(*m));

	if (m == NULL) {
		rpc_fault(call, FAULT_FAILED, "out of memory");
		return;
	}
	m->call = call;
	m->results = xval_array();
	rpc_defer(call, rpc_multi_off, m);
	rpc_multi_run(m);
}

const struct rpc_method rpc_system_methods[] = {
    {
	.name = "listMethods",
	.always = true,
	.role = ROLE_READ,
	.run = rpc_list_methods,
	.doc = "Lists the names of all methods.",
	.result = RPC_ARRAY,
	.result_name = "result",
	.result_doc = "An array of method names, sorted.",
    },
    {
	.name = "methodHelp",
	.always = true,
	.role = ROLE_READ,
	.run = rpc_method_help,
	.doc = "Explains a method.",
	.result = RPC_STRING,
	.result_name = "result",
	.result_doc = "The documentation text.",
	.params = {{"name", RPC_STRING, false, "The name of the method."}},
    },
    {
	.name = "methodSignature",
	.always = true,
	.role = ROLE_READ,
	.run = rpc_method_signature,
	.doc = "Tells the types of a method: what it returns, then its "
	       "parameters.",
	.result = RPC_ARRAY,
	.result_name = "result",
	.result_doc = "An array of type names.",
	.params = {{"name", RPC_STRING, false, "The name of the method."}},
    },
    {
	.name = "multicall",
	.always = true,
	.role = ROLE_READ,
	.run = rpc_multicall,
	.doc = "Makes several calls, one after another.  An element of "
	       "the result is what the call returned, or a struct of "
	       "faultCode and faultString.",
	.result = RPC_ARRAY,
	.result_name = "result",
	.result_doc = "An array of results.",
	.params = {{"calls", RPC_ARRAY, false,
	    "An array of structs {string methodName, array params}."}},
    },
    {.name = NULL},
};
