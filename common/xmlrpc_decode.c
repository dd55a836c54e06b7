/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads XML-RPC messages with expat.
 *
 * Open elements are a stack.  Each frame may hold one value: an array or struct
 * that is being filled, or the finished content that the end of the element
 * hands to the frame below.  One table says which element may stand where.
 */
#include "common/xmlrpc.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <expat.h>

#include "common/b64.h"

enum element {
	EL_DOCUMENT,
	EL_CALL,
	EL_RESPONSE,
	EL_METHOD,
	EL_PARAMS,
	EL_PARAM,
	EL_FAULT,
	EL_VALUE,
	EL_ARRAY,
	EL_DATA,
	EL_STRUCT,
	EL_MEMBER,
	EL_NAME,
	EL_INT,
	EL_BOOLEAN,
	EL_STRING,
	EL_DOUBLE,
	EL_DATE,
	EL_BASE64,
	EL_NIL,
};

#define IN(element) (1u << (element))

static const struct {
	const char *name;
	enum element element;
	unsigned parents;
} xmlrpc_elements[] = {
    {"methodCall", EL_CALL, IN(EL_DOCUMENT)},
    {"methodResponse", EL_RESPONSE, IN(EL_DOCUMENT)},
    {"methodName", EL_METHOD, IN(EL_CALL)},
    {"params", EL_PARAMS, IN(EL_CALL) | IN(EL_RESPONSE)},
    {"param", EL_PARAM, IN(EL_PARAMS)},
    {"fault", EL_FAULT, IN(EL_RESPONSE)},
    {"value", EL_VALUE,
	IN(EL_PARAM) | IN(EL_FAULT) | IN(EL_DATA) | IN(EL_MEMBER)},
    {"array", EL_ARRAY, IN(EL_VALUE)},
    {"data", EL_DATA, IN(EL_ARRAY)},
    {"struct", EL_STRUCT, IN(EL_VALUE)},
    {"member", EL_MEMBER, IN(EL_STRUCT)},
    {"name", EL_NAME, IN(EL_MEMBER)},
    {"int", EL_INT, IN(EL_VALUE)},
    {"i4", EL_INT, IN(EL_VALUE)},
    {"i8", EL_INT, IN(EL_VALUE)},
    {"boolean", EL_BOOLEAN, IN(EL_VALUE)},
    {"string", EL_STRING, IN(EL_VALUE)},
    {"double", EL_DOUBLE, IN(EL_VALUE)},
    {"dateTime.iso8601", EL_DATE, IN(EL_VALUE)},
    {"base64", EL_BASE64, IN(EL_VALUE)},
    {"nil", EL_NIL, IN(EL_VALUE)},
};

/* The elements whose text counts. */
#define XMLRPC_TEXTUAL                                                         \
	(IN(EL_METHOD) | IN(EL_VALUE) | IN(EL_NAME) | IN(EL_INT) |             \
	    IN(EL_BOOLEAN) | IN(EL_STRING) | IN(EL_DOUBLE) | IN(EL_DATE) |     \
	    IN(EL_BASE64))

/* Elements that one level of arrays or structs puts on the stack, at most, and
 * those around the outermost value. */
#define XMLRPC_PER_LEVEL  3
#define XMLRPC_AROUND	  6
#define XMLRPC_MAX_FRAMES (XMLRPC_MAX_DEPTH * XMLRPC_PER_LEVEL + XMLRPC_AROUND)

struct xmlrpc_frame {
	enum element element;
	struct xval *value;
	char *name; /* of a member */
};

struct xmlrpc_decoder {
	XML_Parser parser;
	enum xmlrpc_error error;
	const struct xmlrpc_limits *limits;
	size_t values;
	struct xmlrpc_frame frames[XMLRPC_MAX_FRAMES];
	size_t depth; /* frames in use; frames[0] is the document */
	char *text;
	size_t text_len, text_room;
	enum element root;
	char *method;
	struct xval *params; /* of a call */
	struct xval *result; /* of a response */
	struct xval *fault;
};

/* Stops the parser with the first error. */
static void
xmlrpc_fail(struct xmlrpc_decoder *d, enum xmlrpc_error error)
{
	if (d->error != XMLRPC_OK)
		return;
	d->error = error;
	XML_StopParser(d->parser, XML_FALSE);
}

static struct xmlrpc_frame *
xmlrpc_top(struct xmlrpc_decoder *d)
{
	return &d->frames[d->depth - 1];
}

static struct xmlrpc_frame *
xmlrpc_below(struct xmlrpc_decoder *d)
{
	return &d->frames[d->depth - 2];
}

/* Gives a value to a frame that may hold one; takes it. */
static void
xmlrpc_give(
    struct xmlrpc_decoder *d, struct xmlrpc_frame *frame, struct xval *value)
{
	if (value == NULL)
		xmlrpc_fail(d, XMLRPC_NO_MEMORY);
	else if (frame->value != NULL)
		xmlrpc_fail(d, XMLRPC_MALFORMED);
	else if (++d->values > d->limits->values)
		xmlrpc_fail(d, XMLRPC_TOO_BIG);
	else {
		frame->value = value;
		return;
	}
	xval_free(value);
}

static void
xmlrpc_push(struct xmlrpc_decoder *d, enum element element)
{
	struct xmlrpc_frame *frame;

	if (d->depth == XMLRPC_MAX_FRAMES) {
		xmlrpc_fail(d, XMLRPC_TOO_BIG);
		return;
	}
	frame = &d->frames[d->depth++];
	memset(frame, 0, sizeof(*frame));
	frame->element = element;
	d->text_len = 0;
	if (element == EL_ARRAY)
		xmlrpc_give(d, frame, xval_array());
	else if (element == EL_STRUCT)
		xmlrpc_give(d, frame, xval_struct());
	else if (element == EL_CALL || element == EL_RESPONSE)
		d->root = element;
}

static void XMLCALL
xmlrpc_on_start(void *arg, const XML_Char *name, const XML_Char **attrs)
{
	struct xmlrpc_decoder *d = arg;
	enum element parent = xmlrpc_top(d)->element;
	size_t i;

	(void)attrs;
	if (d->error != XMLRPC_OK)
		return;
	for (i = 0; i < sizeof(xmlrpc_elements) / sizeof(xmlrpc_elements[0]);
	     i++)
		if (strcmp(xmlrpc_elements[i].name, name) == 0 &&
		    (xmlrpc_elements[i].parents & IN(parent)) != 0) {
			xmlrpc_push(d, xmlrpc_elements[i].element);
			return;
		}
	xmlrpc_fail(d, XMLRPC_MALFORMED);
}

static void XMLCALL
xmlrpc_on_text(void *arg, const XML_Char *s, int len)
{
	struct xmlrpc_decoder *d = arg;
	size_t need = d->text_len + (size_t)len + 1, room = d->text_room;
	char *p;

	if (d->error != XMLRPC_OK ||
	    (XMLRPC_TEXTUAL & IN(xmlrpc_top(d)->element)) == 0)
		return;
	if (need > room) {
		room = need < 256 ? 256 : need * 2;
		p = realloc(d->text, room);
		if (p == NULL) {
			xmlrpc_fail(d, XMLRPC_NO_MEMORY);
			return;
		}
		d->text = p;
		d->text_room = room;
	}
	memcpy(d->text + d->text_len, s, (size_t)len);
	d->text_len += (size_t)len;
	d->text[d->text_len] = '\0';
}

/* The collected text; "" if there was none. */
static const char *
xmlrpc_text(const struct xmlrpc_decoder *d)
{
	return d->text_len == 0 ? "" : d->text;
}

/* Is nothing but white space left at s? */
static bool
xmlrpc_is_blank(const char *s)
{
	return s[strspn(s, " \t\r\n")] == '\0';
}

/* Reads the text as a number; fails the message if it is none. */
static struct xval *
xmlrpc_read_int(struct xmlrpc_decoder *d)
{
	const char *s = xmlrpc_text(d);
	long long number;
	char *end;

	errno = 0;
	number = strtoll(s, &end, 10);
	if (end == s || !xmlrpc_is_blank(end) || errno != 0) {
		xmlrpc_fail(d, XMLRPC_MALFORMED);
		return NULL;
	}
	return xval_int(number);
}

static struct xval *
xmlrpc_read_double(struct xmlrpc_decoder *d)
{
	const char *s = xmlrpc_text(d);
	double real;
	char *end;

	real = strtod(s, &end);
	if (end == s || !xmlrpc_is_blank(end)) {
		xmlrpc_fail(d, XMLRPC_MALFORMED);
		return NULL;
	}
	return xval_double(real);
}

/* Reads a truth value: 1 is true, everything else false. */
static struct xval *
xmlrpc_read_bool(struct xmlrpc_decoder *d)
{
	const char *s = xmlrpc_text(d);

	s += strspn(s, " \t\r\n");
	return xval_bool(s[0] == '1' && xmlrpc_is_blank(s + 1));
}

static struct xval *
xmlrpc_read_base64(struct xmlrpc_decoder *d)
{
	struct xval *value = NULL;
	char *out = malloc(B64_ROOM(d->text_len));
	size_t len;

	if (out == NULL)
		return NULL;
	if (b64_decode(xmlrpc_text(d), d->text_len, out, &len) == -1)
		xmlrpc_fail(d, XMLRPC_MALFORMED);
	else
		value = xval_bytes(out, len);
	free(out);
	return value;
}

/* Makes a value of the element that ends, if it is one that has a value. */
static struct xval *
xmlrpc_read_scalar(struct xmlrpc_decoder *d, enum element element)
{
	switch (element) {
	case EL_INT:
		return xmlrpc_read_int(d);
	case EL_BOOLEAN:
		return xmlrpc_read_bool(d);
	case EL_DOUBLE:
		return xmlrpc_read_double(d);
	case EL_BASE64:
		return xmlrpc_read_base64(d);
	case EL_DATE:
		return xval_date(xmlrpc_text(d));
	case EL_NIL:
		return xval_nil();
	default:
		return xval_bytes(xmlrpc_text(d), d->text_len);
	}
}

/* Hands a finished value to what is around the value element. */
static void
xmlrpc_end_value(struct xmlrpc_decoder *d)
{
	struct xmlrpc_frame *top = xmlrpc_top(d), *around = xmlrpc_below(d);
	struct xval *value;

	if (top->value == NULL)
		xmlrpc_give(d, top, xmlrpc_read_scalar(d, EL_STRING));
	value = top->value;
	top->value = NULL;
	if (value == NULL)
		return;
	if (around->element == EL_DATA)
		xval_append(d->frames[d->depth - 3].value, value);
	else if (around->value == NULL)
		around->value = value;
	else {
		xval_free(value);
		xmlrpc_fail(d, XMLRPC_MALFORMED);
	}
}

/* Keeps the text as a name; a second one is an error. */
static void
xmlrpc_end_name(struct xmlrpc_decoder *d, char **name)
{
	if (*name != NULL) {
		xmlrpc_fail(d, XMLRPC_MALFORMED);
		return;
	}
	*name = strdup(xmlrpc_text(d));
	if (*name == NULL)
		xmlrpc_fail(d, XMLRPC_NO_MEMORY);
}

/* Puts a finished member into its struct. */
static void
xmlrpc_end_member(struct xmlrpc_decoder *d)
{
	struct xmlrpc_frame *top = xmlrpc_top(d);

	if (top->name == NULL || top->value == NULL) {
		xmlrpc_fail(d, XMLRPC_MALFORMED);
		return;
	}
	xval_set(xmlrpc_below(d)->value, top->name, top->value);
	top->value = NULL;
}

/* Keeps a finished parameter, result or fault. */
static void
xmlrpc_end_part(struct xmlrpc_decoder *d)
{
	struct xmlrpc_frame *top = xmlrpc_top(d);
	struct xval **slot = top->element == EL_FAULT ? &d->fault : &d->result;

	if (top->value == NULL || *slot != NULL) {
		xmlrpc_fail(d, XMLRPC_MALFORMED);
		return;
	}
	if (d->root == EL_CALL)
		xval_append(d->params, top->value);
	else
		*slot = top->value;
	top->value = NULL;
}

static void
xmlrpc_pop(struct xmlrpc_decoder *d)
{
	struct xmlrpc_frame *top = xmlrpc_top(d);

	xval_free(top->value);
	free(top->name);
	d->depth--;
	d->text_len = 0;
}

static void XMLCALL
xmlrpc_on_end(void *arg, const XML_Char *name)
{
	struct xmlrpc_decoder *d = arg;
	struct xmlrpc_frame *top = xmlrpc_top(d);

	(void)name;
	if (d->error != XMLRPC_OK)
		return;
	switch (top->element) {
	case EL_VALUE:
		xmlrpc_end_value(d);
		break;
	case EL_METHOD:
		xmlrpc_end_name(d, &d->method);
		break;
	case EL_NAME:
		xmlrpc_end_name(d, &xmlrpc_below(d)->name);
		break;
	case EL_MEMBER:
		xmlrpc_end_member(d);
		break;
	case EL_PARAM:
	case EL_FAULT:
		xmlrpc_end_part(d);
		break;
	case EL_ARRAY:
	case EL_STRUCT:
		if (xmlrpc_below(d)->value != NULL)
			xmlrpc_fail(d, XMLRPC_MALFORMED);
		else {
			xmlrpc_below(d)->value = top->value;
			top->value = NULL;
		}
		break;
	case EL_INT:
	case EL_BOOLEAN:
	case EL_STRING:
	case EL_DOUBLE:
	case EL_DATE:
	case EL_BASE64:
	case EL_NIL:
		xmlrpc_give(
		    d, xmlrpc_below(d), xmlrpc_read_scalar(d, top->element));
		break;
	default:
		break;
	}
	xmlrpc_pop(d);
}

static void XMLCALL
xmlrpc_on_doctype(void *arg, const XML_Char *name, const XML_Char *sysid,
    const XML_Char *pubid, int has_subset)
{
	(void)name;
	(void)sysid;
	(void)pubid;
	(void)has_subset;
	xmlrpc_fail(arg, XMLRPC_MALFORMED);
}

/* Moves a call's method and parameters into the message. */
static enum xmlrpc_error
xmlrpc_take_call(struct xmlrpc_decoder *d, struct xmlrpc_message *msg)
{
	if (d->method == NULL || d->method[0] == '\0')
		return XMLRPC_NO_METHOD;
	msg->kind = XMLRPC_CALL;
	msg->method = d->method;
	msg->value = d->params;
	d->method = NULL;
	d->params = NULL;
	return XMLRPC_OK;
}

/* Moves a response's one value, or its fault, into the message. */
static enum xmlrpc_error
xmlrpc_take_response(struct xmlrpc_decoder *d, struct xmlrpc_message *msg)
{
	int64_t code = xval_get_int(d->fault, "faultCode");

	if ((d->fault == NULL) == (d->result == NULL))
		return XMLRPC_MALFORMED;
	if (d->fault == NULL) {
		msg->kind = XMLRPC_RESULT;
		msg->value = d->result;
		d->result = NULL;
		return XMLRPC_OK;
	}
	if (xval_get(d->fault, "faultCode") == NULL || code < INT_MIN ||
	    code > INT_MAX)
		return XMLRPC_MALFORMED;
	msg->kind = XMLRPC_FAULT;
	msg->fault_code = (int)code;
	msg->fault_text = strdup(xval_get_string(d->fault, "faultString"));
	return msg->fault_text == NULL ? XMLRPC_NO_MEMORY : XMLRPC_OK;
}

/* Runs the parser over the document; tells what stopped it. */
static enum xmlrpc_error
xmlrpc_parse(struct xmlrpc_decoder *d, const char *buf, size_t len)
{
	XML_SetUserData(d->parser, d);
	XML_SetElementHandler(d->parser, xmlrpc_on_start, xmlrpc_on_end);
	XML_SetCharacterDataHandler(d->parser, xmlrpc_on_text);
	XML_SetStartDoctypeDeclHandler(d->parser, xmlrpc_on_doctype);
	if (XML_Parse(d->parser, buf, (int)len, 1) == XML_STATUS_OK)
		return d->error;
	if (d->error != XMLRPC_OK)
		return d->error;
	return XML_GetErrorCode(d->parser) == XML_ERROR_NO_MEMORY
	    ? XMLRPC_NO_MEMORY
	    : XMLRPC_MALFORMED;
}

/* Frees what the decoder still holds. */
static void
xmlrpc_release(struct xmlrpc_decoder *d)
{
	while (d->depth > 0)
		xmlrpc_pop(d);
	if (d->parser != NULL)
		XML_ParserFree(d->parser);
	xval_free(d->params);
	xval_free(d->result);
	xval_free(d->fault);
	free(d->method);
	free(d->text);
	free(d);
}

enum xmlrpc_error
xmlrpc_decode(const char *buf, size_t len, const struct xmlrpc_limits *limits,
    struct xmlrpc_message *msg)
{
	struct xmlrpc_decoder *d;
	enum xmlrpc_error error = XMLRPC_NO_MEMORY;

	memset(msg, 0, sizeof(*msg));
	if (len > limits->bytes || len > INT_MAX)
		return XMLRPC_TOO_BIG;
	d = calloc(1, sizeof(*d));
	if (d == NULL)
		return XMLRPC_NO_MEMORY;
	d->depth = 1; /* the document */
	d->limits = limits;
	d->params = xval_array();
	d->parser = XML_ParserCreate(NULL);
	if (d->parser != NULL && d->params != NULL)
		error = xmlrpc_parse(d, buf, len);
	if (error == XMLRPC_OK && !xval_ok(d->params))
		error = XMLRPC_NO_MEMORY;
	if (error == XMLRPC_OK)
		error = d->root == EL_CALL ? xmlrpc_take_call(d, msg)
					   : xmlrpc_take_response(d, msg);
	xmlrpc_release(d);
	return error;
}

void
xmlrpc_clear(struct xmlrpc_message *msg)
{
	free(msg->method);
	xval_free(msg->value);
	free(msg->fault_text);
	memset(msg, 0, sizeof(*msg));
}

const char *
xmlrpc_strerror(enum xmlrpc_error error)
{
	switch (error) {
	case XMLRPC_OK:
		return "no error";
	case XMLRPC_MALFORMED:
		return "unmarshallable";
	case XMLRPC_NO_METHOD:
		return "no method name";
	case XMLRPC_TOO_BIG:
		return "too big";
	case XMLRPC_NO_MEMORY:
		break;
	}
	return "out of memory";
}
