/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds methods, checks their parameters, sends their answers. */
#include "supervisord/control/rpc.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/pyrepr.h"
#include "common/xmlrpc.h"
#include "supervisord/control/rpc_private.h"

static const struct xmlrpc_limits rpc_limits = {
    .bytes = 16u << 20,
    .values = 100000,
};

/* So much of a document that is refused is put into the log. */
#define RPC_LOGGED 1000

static void rpc_trace(const struct rpc_call *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

const char *
rpc_type_name(enum rpc_type type)
{
	static const char *const names[] = {
	    [RPC_STRING] = "string",
	    [RPC_INT] = "int",
	    [RPC_BOOL] = "boolean",
	    [RPC_SIGNAL] = "string",
	    [RPC_ANY] = "string",
	    [RPC_ARRAY] = "array",
	    [RPC_STRUCT] = "struct",
	};

	return names[type];
}

struct rpc *
rpc_new(const struct rpc_options *options)
{
	struct rpc *rpc = calloc(1, sizeof(*rpc));

	if (rpc == NULL)
		return NULL;
	rpc->options = *options;
	LIST_INIT(&rpc->pending);
	return rpc;
}

void
rpc_free(struct rpc *rpc)
{
	if (rpc == NULL)
		return;
	while (!LIST_EMPTY(&rpc->pending))
		rpc_abandon(LIST_FIRST(&rpc->pending));
	free(rpc);
}

/* Finds a method among those of one namespace. */
static const struct rpc_method *
rpc_find_in(const struct rpc_method *methods, const char *name)
{
	const struct rpc_method *m;

	for (m = methods; m->name != NULL; m++)
		if (strcmp(m->name, name) == 0)
			return m;
	return NULL;
}

const struct rpc_method *
rpc_find(const struct rpc *rpc, const char *name)
{
	const struct rpc_namespace *ns;
	const char *dot = strchr(name, '.');
	size_t n;

	if (dot == NULL)
		return NULL;
	n = (size_t)(dot - name);
	if (n == strlen("system") && memcmp(name, "system", n) == 0)
		return rpc_find_in(rpc_system_methods, dot + 1);
	for (ns = rpc->options.namespaces; ns->name != NULL; ns++)
		if (strlen(ns->name) == n && memcmp(ns->name, name, n) == 0)
			return rpc_find_in(ns->methods, dot + 1);
	return NULL;
}

/* Is a value one that a parameter of that type accepts? */
static bool
rpc_accepts(enum rpc_type type, const struct xval *v)
{
	enum xval_type is = xval_type(v);
	const char *s;
	size_t len;
	char *end;

	switch (type) {
	case RPC_STRING:
		s = xval_as_string(v, &len);
		return is == XVAL_STRING && strlen(s) == len;
	case RPC_SIGNAL:
		s = xval_as_string(v, &len);
		return is == XVAL_INT ||
		    (is == XVAL_STRING && strlen(s) == len);
	case RPC_INT:
		if (is != XVAL_STRING)
			return is == XVAL_INT || is == XVAL_BOOL;
		s = xval_as_string(v, NULL);
		errno = 0;
		strtoll(s, &end, 10);
		return end != s && end[strspn(end, " \t\r\n")] == '\0' &&
		    errno == 0;
	case RPC_ARRAY:
		return is == XVAL_ARRAY;
	case RPC_BOOL:
	case RPC_ANY:
	case RPC_STRUCT:
		break;
	}
	return true;
}

/* Checks number and types of the parameters. */
static bool
rpc_check_params(const struct rpc_method *m, const struct xval *params)
{
	size_t i, given = xval_count(params);

	for (i = 0; i < RPC_MAX_PARAMS && m->params[i].name != NULL; i++) {
		if (i >= given && !m->params[i].optional)
			return false;
		if (i < given &&
		    !rpc_accepts(m->params[i].type, xval_at(params, i)))
			return false;
	}
	return given <= i;
}

void
rpc_invoke(struct rpc_call *call, const char *name)
{
	const struct rpc_options *options = &call->rpc->options;
	const struct rpc_method *m = rpc_find(call->rpc, name);

	if (m == NULL)
		rpc_fault(call, FAULT_UNKNOWN_METHOD, NULL);
	else if (!role_may(call->role, m->role))
		rpc_fault(call, FAULT_NOT_PERMITTED, name);
	else if (!m->always && !options->running(options->arg))
		rpc_fault(call, FAULT_SHUTDOWN_STATE, NULL);
	else if (!rpc_check_params(m, call->params))
		rpc_fault(call, FAULT_INCORRECT_PARAMETERS, NULL);
	else
		m->run(call);
}

/* Frees a call and what it owns. */
static void
rpc_release(struct rpc_call *call)
{
	size_t i;

	for (i = 0; i < RPC_MAX_PARAMS; i++)
		free(call->strings[i]);
	xval_free(call->owned);
	free(call);
}

/* Tells the log of a call; the arguments are those of printf(3). */
static void
rpc_trace(const struct rpc_call *call, const char *format, ...)
{
	const struct rpc_options *options = &call->rpc->options;
	char *text;
	va_list args;

	if (options->trace == NULL)
		return;
	va_start(args, format);
	if (vasprintf(&text, format, args) != -1) {
		options->trace(options->arg, text);
		free(text);
	}
	va_end(args);
}

/* Keeps a method's name for the log, in which it must stay one line. */
static void
rpc_set_name(struct rpc_call *call, const char *name)
{
	char *p;

	strlcpy(call->name, name, sizeof(call->name));
	for (p = call->name; *p != '\0'; p++)
		if (iscntrl((unsigned char)*p))
			*p = '?';
}

/* Sends a client its answer. */
static void
rpc_finish(struct rpc_call *call, struct xval *result, int fault_code,
    const char *fault_text)
{
	size_t len = 0;
	char *text;

	LIST_REMOVE(call, entry);
	if (call->answered != NULL)
		*call->answered = true;
	if (fault_text == NULL)
		rpc_trace(call, "XML-RPC method %s() returned successfully",
		    call->name);
	else
		rpc_trace(call, "XML-RPC method %s() returned fault: [%d] %s",
		    call->name, fault_code, fault_text);
	text = fault_text != NULL
	    ? xmlrpc_encode_fault(fault_code, fault_text, &len)
	    : xmlrpc_encode_result(result, &len);
	call->done(call->done_arg, text == NULL ? 500 : 200, text, len);
	free(text);
	xval_free(result);
	rpc_release(call);
}

/* Tells the log of a document that is no call. */
static void
rpc_invalid(struct rpc *rpc, const char *document, size_t len, const char *why)
{
	char *quoted = pyrepr_n(document, len < RPC_LOGGED ? len : RPC_LOGGED);
	char *text;

	if (asprintf(&text, "XML-RPC request data %s is invalid: %s", quoted,
		why) != -1) {
		rpc->options.invalid(rpc->options.arg, text);
		free(text);
	}
	free(quoted);
}

struct rpc_call *
rpc_run(struct rpc *rpc, enum role role, const void *document, size_t len,
    rpc_done *done, void *arg)
{
	struct rpc_call *call = calloc(1, sizeof(*call));
	struct xmlrpc_message msg;
	enum xmlrpc_error error;
	bool answered = false;

	error = call == NULL ? XMLRPC_NO_MEMORY
			     : xmlrpc_decode(document, len, &rpc_limits, &msg);
	if (error == XMLRPC_OK && msg.kind != XMLRPC_CALL) {
		xmlrpc_clear(&msg);
		error = XMLRPC_MALFORMED;
	}
	if (error != XMLRPC_OK) {
		free(call);
		rpc_invalid(rpc, document, len, xmlrpc_strerror(error));
		done(arg, error == XMLRPC_NO_MEMORY ? 500 : 400, NULL, 0);
		return NULL;
	}
	call->rpc = rpc;
	call->role = role;
	call->params = call->owned = msg.value;
	call->finish = rpc_finish;
	call->done = done;
	call->done_arg = arg;
	msg.value = NULL;
	LIST_INSERT_HEAD(&rpc->pending, call, entry);
	call->answered = &answered;
	rpc_set_name(call, msg.method);
	rpc_trace(call, "XML-RPC method called: %s()", call->name);
	rpc_invoke(call, msg.method);
	xmlrpc_clear(&msg);
	if (answered)
		return NULL;
	call->answered = NULL;
	return call;
}

void
rpc_drop(struct rpc_call *call)
{
	if (call->off != NULL)
		call->off(call->off_arg);
	rpc_release(call);
}

void
rpc_abandon(struct rpc_call *call)
{
	LIST_REMOVE(call, entry);
	rpc_drop(call);
}

void *
rpc_arg(const struct rpc_call *call)
{
	return call->rpc->options.arg;
}

bool
rpc_given(const struct rpc_call *call, size_t i)
{
	return i < xval_count(call->params);
}

const struct xval *
rpc_value(const struct rpc_call *call, size_t i)
{
	return xval_at(call->params, i);
}

/* Renders a number as text, kept with the call. */
static const char *
rpc_render(struct rpc_call *call, size_t i)
{
	const struct xval *v = rpc_value(call, i);
	int rc;

	free(call->strings[i]);
	if (xval_type(v) == XVAL_INT)
		rc = asprintf(&call->strings[i], "%" PRId64, xval_as_int(v));
	else if (xval_type(v) == XVAL_DOUBLE)
		rc = asprintf(&call->strings[i], "%.17g", xval_as_double(v));
	else
		rc = asprintf(&call->strings[i], "%s",
		    xval_type(v) != XVAL_BOOL ? ""
			: xval_as_bool(v)     ? "True"
					      : "False");
	if (rc == -1)
		call->strings[i] = NULL;
	return call->strings[i] == NULL ? "" : call->strings[i];
}

const char *
rpc_string(const struct rpc_call *call, size_t i, size_t *len)
{
	const struct xval *v = rpc_value(call, i);
	const char *s;

	if (v == NULL || xval_type(v) == XVAL_STRING ||
	    xval_type(v) == XVAL_DATE)
		return xval_as_string(v, len);
	/* The call is ours; const is for the method that reads it. */
	s = rpc_render((struct rpc_call *)(uintptr_t)call, i);
	if (len != NULL)
		*len = strlen(s);
	return s;
}

int64_t
rpc_int(const struct rpc_call *call, size_t i)
{
	const struct xval *v = rpc_value(call, i);

	if (xval_type(v) == XVAL_STRING)
		return strtoll(xval_as_string(v, NULL), NULL, 10);
	return xval_as_int(v);
}

bool
rpc_bool(const struct rpc_call *call, size_t i, bool otherwise)
{
	const struct xval *v = rpc_value(call, i);
	size_t len;

	if (v == NULL)
		return otherwise;
	switch (xval_type(v)) {
	case XVAL_STRING:
	case XVAL_DATE:
		xval_as_string(v, &len);
		return len > 0;
	case XVAL_DOUBLE:
		return xval_as_double(v) != 0;
	case XVAL_ARRAY:
	case XVAL_STRUCT:
		return xval_count(v) > 0;
	default:
		return xval_as_bool(v);
	}
}

void
rpc_answer(struct rpc_call *call, struct xval *result)
{
	call->finish(call, result, 0, NULL);
}

void
rpc_answer_true(struct rpc_call *call)
{
	rpc_answer(call, xval_bool(true));
}

void
rpc_fault(struct rpc_call *call, enum fault code, const char *detail)
{
	char *text = NULL;

	if (detail == NULL)
		call->finish(call, NULL, (int)code, fault_name((int)code));
	else if (asprintf(&text, "%s: %s", fault_name((int)code), detail) == -1)
		call->finish(call, NULL, (int)code, fault_name((int)code));
	else
		call->finish(call, NULL, (int)code, text);
	free(text);
}

void
rpc_defer(struct rpc_call *call, void (*off)(void *arg), void *arg)
{
	call->off = off;
	call->off_arg = arg;
}
