/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes XML-RPC messages. */
#include "common/xmlrpc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"

#define XMLRPC_PROLOG "<?xml version='1.0'?>\n"

static void xmlrpc_put_value(FILE *, const struct xval *);

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
xmlrpc_put_legal(FILE *out, const char *s, size_t len)
{
	size_t i, from = 0;
	const char *entity;

	for (i = 0; i < len; i++) {
		entity = xmlrpc_entity(s[i]);
		if (entity == NULL)
			continue;
		fwrite(s + from, 1, i - from, out);
		fputs(entity, out);
		from = i + 1;
	}
	fwrite(s + from, 1, len - from, out);
}

/* Writes text of any bytes: escaped, and replaced where XML needs it. */
static void
xmlrpc_put_text(FILE *out, const char *s, size_t len)
{
	size_t n;

	while (len > 0) {
		n = utf8_xml_span(s, len);
		xmlrpc_put_legal(out, s, n);
		s += n;
		len -= n;
		if (len > 0) {
			fputs(UTF8_REPLACEMENT, out);
			n = utf8_bad_span(s, len);
			s += n;
			len -= n;
		}
	}
}

/* Writes a number in the fewest digits that give it back. */
static void
xmlrpc_put_double(FILE *out, double real)
{
	char buf[40];
	int digits;

	for (digits = 1; digits <= 17; digits++) {
		snprintf(buf, sizeof(buf), "%.*g", digits, real);
		if (strtod(buf, NULL) == real)
			break;
	}
	fprintf(out, "<double>%s%s</double>", buf,
	    strpbrk(buf, ".ein") == NULL ? ".0" : "");
}

static void
xmlrpc_put_array(FILE *out, const struct xval *v)
{
	size_t i;

	fputs("<array><data>\n", out);
	for (i = 0; i < xval_count(v); i++)
		xmlrpc_put_value(out, xval_at(v, i));
	fputs("</data></array>", out);
}

static void
xmlrpc_put_struct(FILE *out, const struct xval *v)
{
	const char *name;
	size_t i;

	fputs("<struct>\n", out);
	for (i = 0; i < xval_count(v); i++) {
		name = xval_name_at(v, i);
		fputs("<member>\n<name>", out);
		xmlrpc_put_text(out, name, strlen(name));
		fputs("</name>\n", out);
		xmlrpc_put_value(out, xval_at(v, i));
		fputs("</member>\n", out);
	}
	fputs("</struct>", out);
}

static void
xmlrpc_put_string(FILE *out, const char *element, const struct xval *v)
{
	size_t len;
	const char *s = xval_as_string(v, &len);

	fprintf(out, "<%s>", element);
	xmlrpc_put_text(out, s, len);
	fprintf(out, "</%s>", element);
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
xmlrpc_put_value(FILE *out, const struct xval *v)
{
	fputs("<value>", out);
	switch (xval_type(v)) {
	case XVAL_NIL:
		fputs("<nil/>", out);
		break;
	case XVAL_INT:
		fprintf(out, "<int>%d</int>", xmlrpc_cap(xval_as_int(v)));
		break;
	case XVAL_BOOL:
		fprintf(out, "<boolean>%d</boolean>", xval_as_bool(v));
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
	fputs(xval_type(v) == XVAL_NIL ? "</value>" : "</value>\n", out);
}

/* Ends the stream; gives its bytes, or NULL if any write failed. */
static char *
xmlrpc_finish(FILE *out, char **buf)
{
	int failed = ferror(out);

	if (fclose(out) != 0 || failed) {
		free(*buf);
		return NULL;
	}
	return *buf;
}

char *
xmlrpc_encode_call(const char *method, const struct xval *params, size_t *len)
{
	char *buf = NULL;
	FILE *out;
	size_t i;

	if (params != NULL && !xval_ok(params))
		return NULL;
	out = open_memstream(&buf, len);
	if (out == NULL)
		return NULL;
	fputs(XMLRPC_PROLOG "<methodCall>\n<methodName>", out);
	xmlrpc_put_text(out, method, strlen(method));
	fputs("</methodName>\n<params>\n", out);
	for (i = 0; i < xval_count(params); i++) {
		fputs("<param>\n", out);
		xmlrpc_put_value(out, xval_at(params, i));
		fputs("</param>\n", out);
	}
	fputs("</params>\n</methodCall>\n", out);
	return xmlrpc_finish(out, &buf);
}

char *
xmlrpc_encode_result(const struct xval *value, size_t *len)
{
	char *buf = NULL;
	FILE *out;

	if (!xval_ok(value))
		return NULL;
	out = open_memstream(&buf, len);
	if (out == NULL)
		return NULL;
	fputs(XMLRPC_PROLOG "<methodResponse>\n<params>\n<param>\n", out);
	xmlrpc_put_value(out, value);
	fputs("</param>\n</params>\n</methodResponse>\n", out);
	return xmlrpc_finish(out, &buf);
}

char *
xmlrpc_encode_fault(int code, const char *text, size_t *len)
{
	struct xval *fault = xval_struct();
	char *buf = NULL;
	FILE *out;

	xval_set(fault, "faultCode", xval_int(code));
	xval_set(fault, "faultString", xval_string(text));
	out = xval_ok(fault) ? open_memstream(&buf, len) : NULL;
	if (out != NULL) {
		fputs(XMLRPC_PROLOG "<methodResponse>\n<fault>\n", out);
		xmlrpc_put_value(out, fault);
		fputs("</fault>\n</methodResponse>\n", out);
		buf = xmlrpc_finish(out, &buf);
	}
	xval_free(fault);
	return buf;
}
