/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes XML-RPC messages. */
#include "common/xmlrpc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/strbuf.h"
#include "common/utf8.h"

#define XMLRPC_PROLOG "<?xml version='1.0'?>\n"

static void xmlrpc_put_value(struct strbuf *, const struct xval *);

/* The entity of a character that XML text cannot hold as it is, or NULL. */
static const char *
xmlrpc_entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '\r':
		return "&#13;";
	default:
		return NULL;
	}
}

/* Writes one span of legal characters, escaped. */
static void
xmlrpc_put_legal(struct strbuf *out, const char *s, size_t len)
{
	size_t i, from = 0;
	const char *entity;

	for (i = 0; i < len; i++) {
		entity = xmlrpc_entity(s[i]);
		if (entity == NULL)
			continue;
		strbuf_add(out, s + from, i - from);
		strbuf_adds(out, entity);
		from = i + 1;
	}
	strbuf_add(out, s + from, len - from);
}

/* Writes text of any bytes: escaped, and replaced where XML needs it. */
static void
xmlrpc_put_text(struct strbuf *out, const char *s, size_t len)
{
	size_t n;

	while (len > 0) {
		n = utf8_xml_span(s, len);
		xmlrpc_put_legal(out, s, n);
		s += n;
		len -= n;
		if (len > 0) {
			STRBUF_LITERAL(out, UTF8_REPLACEMENT);
			n = utf8_bad_span(s, len);
			s += n;
			len -= n;
		}
	}
}

/* Writes a number in the fewest digits that give it back. */
static void
xmlrpc_put_double(struct strbuf *out, double real)
{
	char buf[40];
	int digits;

	for (digits = 1; digits <= 17; digits++) {
		snprintf(buf, sizeof(buf), "%.*g", digits, real);
		if (strtod(buf, NULL) == real)
			break;
	}
	STRBUF_LITERAL(out, "<double>");
	strbuf_adds(out, buf);
	if (strpbrk(buf, ".ein") == NULL)
		STRBUF_LITERAL(out, ".0");
	STRBUF_LITERAL(out, "</double>");
}

static void
xmlrpc_put_array(struct strbuf *out, const struct xval *v)
{
	size_t i;

	STRBUF_LITERAL(out, "<array><data>\n");
	for (i = 0; i < xval_count(v); i++)
		xmlrpc_put_value(out, xval_at(v, i));
	STRBUF_LITERAL(out, "</data></array>");
}

static void
xmlrpc_put_struct(struct strbuf *out, const struct xval *v)
{
	const char *name;
	size_t i;

	STRBUF_LITERAL(out, "<struct>\n");
	for (i = 0; i < xval_count(v); i++) {
		name = xval_name_at(v, i);
		STRBUF_LITERAL(out, "<member>\n<name>");
		xmlrpc_put_text(out, name, strlen(name));
		STRBUF_LITERAL(out, "</name>\n");
		xmlrpc_put_value(out, xval_at(v, i));
		STRBUF_LITERAL(out, "</member>\n");
	}
	STRBUF_LITERAL(out, "</struct>");
}

static void
xmlrpc_put_string(struct strbuf *out, const char *element, const struct xval *v)
{
	size_t len;
	const char *s = xval_as_string(v, &len);

	STRBUF_LITERAL(out, "<");
	strbuf_adds(out, element);
	STRBUF_LITERAL(out, ">");
	xmlrpc_put_text(out, s, len);
	STRBUF_LITERAL(out, "</");
	strbuf_adds(out, element);
	STRBUF_LITERAL(out, ">");
}

/* The number as XML-RPC's four bytes can hold it. */
static int32_t
xmlrpc_cap(int64_t number)
{
	if (number > INT32_MAX)
		return INT32_MAX;
	return number < INT32_MIN ? INT32_MIN : (int32_t)number;
}

static void
xmlrpc_put_value(struct strbuf *out, const struct xval *v)
{
	STRBUF_LITERAL(out, "<value>");
	switch (xval_type(v)) {
	case XVAL_NIL:
		STRBUF_LITERAL(out, "<nil/>");
		break;
	case XVAL_INT:
		STRBUF_LITERAL(out, "<int>");
		strbuf_addi(out, xmlrpc_cap(xval_as_int(v)));
		STRBUF_LITERAL(out, "</int>");
		break;
	case XVAL_BOOL:
		STRBUF_LITERAL(out, "<boolean>");
		strbuf_addi(out, xval_as_bool(v));
		STRBUF_LITERAL(out, "</boolean>");
		break;
	case XVAL_DOUBLE:
		xmlrpc_put_double(out, xval_as_double(v));
		break;
	case XVAL_STRING:
		xmlrpc_put_string(out, "string", v);
		break;
	case XVAL_DATE:
		xmlrpc_put_string(out, "dateTime.iso8601", v);
		break;
	case XVAL_ARRAY:
		xmlrpc_put_array(out, v);
		break;
	case XVAL_STRUCT:
		xmlrpc_put_struct(out, v);
		break;
	}
	/* Python ends the line after every type but this one. */
	STRBUF_LITERAL(out, "</value>");
	if (xval_type(v) != XVAL_NIL)
		STRBUF_LITERAL(out, "\n");
}

char *
xmlrpc_encode_call(const char *method, const struct xval *params, size_t *len)
{
	struct strbuf out = {0};
	size_t i;

	if (params != NULL && !xval_ok(params))
		return NULL;
	STRBUF_LITERAL(&out, XMLRPC_PROLOG "<methodCall>\n<methodName>");
	xmlrpc_put_text(&out, method, strlen(method));
	STRBUF_LITERAL(&out, "</methodName>\n<params>\n");
	for (i = 0; i < xval_count(params); i++) {
		STRBUF_LITERAL(&out, "<param>\n");
		xmlrpc_put_value(&out, xval_at(params, i));
		STRBUF_LITERAL(&out, "</param>\n");
	}
	STRBUF_LITERAL(&out, "</params>\n</methodCall>\n");
	return strbuf_take(&out, len);
}

char *
xmlrpc_encode_result(const struct xval *value, size_t *len)
{
	struct strbuf out = {0};

	if (!xval_ok(value))
		return NULL;
	STRBUF_LITERAL(
	    &out, XMLRPC_PROLOG "<methodResponse>\n<params>\n<param>\n");
	xmlrpc_put_value(&out, value);
	STRBUF_LITERAL(&out, "</param>\n</params>\n</methodResponse>\n");
	return strbuf_take(&out, len);
}

char *
xmlrpc_encode_fault(int code, const char *text, size_t *len)
{
	struct xval *fault = xval_struct();
	struct strbuf out = {0};
	char *buf = NULL;

	xval_set(fault, "faultCode", xval_int(code));
	xval_set(fault, "faultString", xval_string(text));
	if (xval_ok(fault)) {
		STRBUF_LITERAL(
		    &out, XMLRPC_PROLOG "<methodResponse>\n<fault>\n");
		xmlrpc_put_value(&out, fault);
		STRBUF_LITERAL(&out, "</fault>\n</methodResponse>\n");
		buf = strbuf_take(&out, len);
	}
	xval_free(fault);
	return buf;
}
