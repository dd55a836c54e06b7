/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XML-RPC messages as text: calls, results and faults, both ways.
 *
 * What is written has the very bytes that Python's xmlrpc.client writes, but
 * for carriage returns, which are written as &#13; so that they arrive.
 * What cannot stand in XML 1.0 is replaced by U+FFFD, and
 * integers are capped to 32 bits.
 *
 * What is read is any well-formed message.  A document type declaration
 * is refused, and so is what exceeds the limits.
 */
#ifndef COMMON_XMLRPC_H
#define COMMON_XMLRPC_H

#include <stddef.h>

#include "common/xval.h"

/* Nesting of arrays and structs that is read. */
#define XMLRPC_MAX_DEPTH 32

enum xmlrpc_kind {
	XMLRPC_CALL,   /* method, value: the array of parameters */
	XMLRPC_RESULT, /* value */
	XMLRPC_FAULT,  /* fault_code, fault_text */
};

enum xmlrpc_error {
	XMLRPC_OK,
	XMLRPC_MALFORMED, /* not well-formed, not XML-RPC, or a DOCTYPE */
	XMLRPC_NO_METHOD, /* a call without a method name */
	XMLRPC_TOO_BIG,	  /* beyond a limit */
	XMLRPC_NO_MEMORY,
};

struct xmlrpc_limits {
	size_t bytes;  /* of the document */
	size_t values; /* in the tree */
};

struct xmlrpc_message {
	enum xmlrpc_kind kind;
	char *method;
	struct xval *value;
	int fault_code;
	char *fault_text;
};

/*
 * Reads len bytes.  On XMLRPC_OK fills *msg, to be cleared by the caller; on an
 * error *msg holds nothing that needs clearing.
 */
enum xmlrpc_error xmlrpc_decode(const char *buf, size_t len,
    const struct xmlrpc_limits *, struct xmlrpc_message *msg);
void xmlrpc_clear(struct xmlrpc_message *);
/* A constant text for an error. */
const char *xmlrpc_strerror(enum xmlrpc_error);

/*
 * Writes a message.  Returns a string that the caller frees, with *len set, or
 * NULL when out of memory, also if that happened while the value was built.
 * params is an array or NULL (none); values are borrowed.
 */
char *xmlrpc_encode_call(
    const char *method, const struct xval *params, size_t *len);
char *xmlrpc_encode_result(const struct xval *value, size_t *len);
char *xmlrpc_encode_fault(int code, const char *text, size_t *len);

#endif
