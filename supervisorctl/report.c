/* SPDX-License-Identifier: BSD-2-Clause */
/* The answer of a command as JSON, by jansson. */
#include "supervisorctl/report.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/pystr.h"
#include "common/utf8.h"
#include "supervisorctl/ctl.h"

/* The longest line that is waited for while a log is followed. */
#define REPORT_LINE_MAX 65536

struct report {
	FILE *out;  /* where the object goes */
	char *text; /* of the memory stream that stands for it */
	size_t text_len;
	json_t *results;
	json_t *error; /* NULL: none */
	char *line;    /* of a followed log, not complete yet */
	size_t line_len;
};

/* A JSON string of any bytes. */
static json_t *
report_text(const char *bytes, size_t len)
{
	char *clean = NULL;
	size_t size = 0, n;
	json_t *json;
	uint32_t code;
	FILE *out;

	json = json_stringn(bytes, len);
	if (json != NULL)
		return json;
	out = open_memstream(&clean, &size);
	if (out == NULL)
		return NULL;
	for (; len > 0; bytes += n, len -= n) {
		n = pystr_decode(bytes, len, &code);
		if (n == 1 && code > 0x7f)
			fputs(UTF8_REPLACEMENT, out);
		else
			fwrite(bytes, 1, n, out);
	}
	if (fclose(out) == 0)
		json = json_stringn(clean, size);
	free(clean);
	return json;
}

/* A value of XML-RPC as JSON. */
static json_t *
report_value(const struct xval *value)
{
	const char *text;
	json_t *json;
	size_t i, len;

	switch (xval_type(value)) {
	case XVAL_NIL:
		return json_null();
	case XVAL_INT:
		return json_integer(xval_as_int(value));
	case XVAL_BOOL:
		return json_boolean(xval_as_bool(value));
	case XVAL_DOUBLE:
		return json_real(xval_as_double(value));
	case XVAL_ARRAY:
		json = json_array();
		for (i = 0; i < xval_count(value); i++)
			json_array_append_new(
			    json, report_value(xval_at(value, i)));
		return json;
	case XVAL_STRUCT:
		json = json_object();
		for (i = 0; i < xval_count(value); i++)
			json_object_set_new(json, xval_name_at(value, i),
			    report_value(xval_at(value, i)));
		return json;
	case XVAL_STRING:
	case XVAL_DATE:
		break;
	}
	text = xval_as_string(value, &len);
	return report_text(text, len);
}

/* Releases a report and gives the session its output back. */
static void
report_free(struct ctl *ctl)
{
	struct report *r = ctl->report;

	ctl->out = r->out;
	json_decref(r->results);
	json_decref(r->error);
	free(r->text);
	free(r->line);
	free(r);
	ctl->report = NULL;
}

int
report_open(struct ctl *ctl)
{
	struct report *r = calloc(1, sizeof(*r));
	FILE *text;

	if (r == NULL)
		return -1;
	r->out = ctl->out;
	r->results = json_array();
	r->line = malloc(REPORT_LINE_MAX);
	text = open_memstream(&r->text, &r->text_len);
	ctl->report = r;
	if (r->results == NULL || r->line == NULL || text == NULL) {
		if (text != NULL)
			fclose(text);
		report_free(ctl);
		return -1;
	}
	ctl->out = text;
	return 0;
}

/* Writes an object on a line of its own, and takes it. */
static int
report_write(FILE *out, json_t *json)
{
	int rc = json == NULL ? -1 : json_dumpf(json, out, JSON_COMPACT);

	json_decref(json);
	if (rc == 0)
		putc('\n', out);
	return rc == 0 && fflush(out) == 0 ? 0 : -1;
}

/* Writes the line that a followed log ended in the middle of. */
static void
report_rest(struct report *r)
{
	if (r->line_len > 0)
		report_write(r->out,
		    json_pack(
			"{so}", "line", report_text(r->line, r->line_len)));
	r->line_len = 0;
}

int
report_close(struct ctl *ctl, const char *line)
{
	struct report *r = ctl->report;
	json_t *json;
	int rc = -1;

	report_rest(r);
	if (fclose(ctl->out) == 0) {
		json = json_pack("{si so si sO so}", "schema", REPORT_SCHEMA,
		    "command", report_text(line, strlen(line)), "status",
		    ctl->status, "results", r->results, "text",
		    report_text(r->text, r->text_len));
		if (json != NULL && r->error != NULL)
			json_object_set(json, "error", r->error);
		rc = report_write(r->out, json);
	}
	report_free(ctl);
	return rc;
}

void
report_begin(struct ctl *ctl)
{
	if (ctl->report != NULL)
		json_array_append_new(ctl->report->results, json_object());
}

/* Puts a member into the current result; takes the value. */
static void
report_set(struct ctl *ctl, const char *key, json_t *value)
{
	size_t n = json_array_size(ctl->report->results);

	json_object_set_new(
	    n == 0 ? NULL : json_array_get(ctl->report->results, n - 1), key,
	    value);
}

void
report_string(struct ctl *ctl, const char *key, const char *text)
{
	report_bytes(ctl, key, text, strlen(text));
}

void
report_bytes(struct ctl *ctl, const char *key, const char *bytes, size_t len)
{
	if (ctl->report != NULL)
		report_set(ctl, key, report_text(bytes, len));
}

void
report_int(struct ctl *ctl, const char *key, int64_t value)
{
	if (ctl->report != NULL)
		report_set(ctl, key, json_integer(value));
}

void
report_bool(struct ctl *ctl, const char *key, bool value)
{
	if (ctl->report != NULL)
		report_set(ctl, key, json_boolean(value));
}

void
report_members(struct ctl *ctl, const struct xval *strct)
{
	size_t i;

	for (i = 0; i < xval_count(strct) && ctl->report != NULL; i++)
		report_set(ctl, xval_name_at(strct, i),
		    report_value(xval_at(strct, i)));
}

void
report_error(struct ctl *ctl, const char *kind, const char *message)
{
	if (ctl->report == NULL)
		return;
	if (message == NULL)
		message = "out of memory";
	json_decref(ctl->report->error);
	ctl->report->error = json_pack("{ss so}", "kind", kind, "message",
	    report_text(message, strlen(message)));
}

bool
report_follow(struct ctl *ctl, const char *bytes, size_t len)
{
	struct report *r = ctl->report;
	const char *end;
	size_t n;

	for (; r != NULL && len > 0; bytes += n, len -= n) {
		end = memchr(bytes, '\n', len);
		n = end == NULL ? len : (size_t)(end - bytes) + 1;
		if (n > REPORT_LINE_MAX - r->line_len) {
			n = REPORT_LINE_MAX - r->line_len;
			end = NULL;
		}
		memcpy(r->line + r->line_len, bytes, n);
		r->line_len += n - (end != NULL);
		if (end == NULL && r->line_len < REPORT_LINE_MAX)
			continue;
		if (report_write(r->out,
			json_pack("{so}", "line",
			    report_text(r->line, r->line_len))) == -1)
			return false;
		r->line_len = 0;
	}
	return r != NULL;
}
