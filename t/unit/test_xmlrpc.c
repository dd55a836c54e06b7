/* SPDX-License-Identifier: BSD-2-Clause */
/* The XML-RPC codec; golden bytes were written by Python's xmlrpc.client. */
#include "common/xmlrpc.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/b64.h"
#include "common/faults.h"
#include "common/utf8.h"

static const struct xmlrpc_limits limits = {1 << 20, 1000};

#define HEAD "<?xml version='1.0'?>\n"
#define RESULT(v)                                                              \
	HEAD "<methodResponse>\n<params>\n<param>\n" v                         \
	     "</param>\n</params>\n</methodResponse>\n"
#define CALL1(v)                                                               \
	"<methodCall><methodName>m</methodName><params><param>" v              \
	"</param></params></methodCall>"

/* Compares and frees an encoded message. */
static void
check_bytes(char *got, size_t len, const char *want)
{
	ck_assert_ptr_nonnull(got);
	ck_assert_str_eq(got, want);
	ck_assert_uint_eq(len, strlen(want));
	free(got);
}

static enum xmlrpc_error
decode(const char *text, struct xmlrpc_message *msg)
{
	return xmlrpc_decode(text, strlen(text), &limits, msg);
}

/* The only parameter of a call whose value element is given. */
static struct xmlrpc_message
decode_value(const char *value)
{
	struct xmlrpc_message msg;
	char *text;

	ck_assert_int_gt(asprintf(&text, CALL1("%s"), value), 0);
	ck_assert_msg(decode(text, &msg) == XMLRPC_OK, "%s", value);
	ck_assert_uint_eq(xval_count(msg.value), 1);
	free(text);
	return msg;
}

START_TEST(test_encode_call)
{
	struct xval *params = xval_array(), *list = xval_array();
	struct xval *outer = xval_struct();
	size_t len;
	char *got;

	xval_append(params, xval_int(1));
	xval_append(params, xval_bool(true));
	xval_append(params, xval_string("a<&>\"\n"));
	xval_append(params, xval_double(1.5));
	xval_append(list, xval_int(1));
	xval_append(list, xval_array());
	xval_append(params, list);
	xval_set(outer, "b", xval_int(1));
	xval_set(outer, "a", xval_struct());
	xval_append(params, outer);
	got = xmlrpc_encode_call("m.f", params, &len);
	check_bytes(got, len,
	    HEAD
	    "<methodCall>\n<methodName>m.f</methodName>\n<params>\n"
	    "<param>\n<value><int>1</int></value>\n</param>\n"
	    "<param>\n<value><boolean>1</boolean></value>\n</param>\n"
	    "<param>\n<value><string>a&lt;&amp;&gt;\"\n</string></value>\n"
	    "</param>\n"
	    "<param>\n<value><double>1.5</double></value>\n</param>\n"
	    "<param>\n<value><array><data>\n<value><int>1</int></value>\n"
	    "<value><array><data>\n</data></array></value>\n"
	    "</data></array></value>\n</param>\n"
	    "<param>\n<value><struct>\n<member>\n<name>b</name>\n"
	    "<value><int>1</int></value>\n</member>\n<member>\n<name>a</name>\n"
	    "<value><struct>\n</struct></value>\n</member>\n"
	    "</struct></value>\n</param>\n</params>\n</methodCall>\n");
	xval_free(params);
	got = xmlrpc_encode_call("m.f", NULL, &len);
	check_bytes(got, len,
	    HEAD "<methodCall>\n<methodName>m.f</methodName>\n<params>\n"
		 "</params>\n</methodCall>\n");
}
END_TEST

START_TEST(test_encode_result)
{
	struct xval *v = xval_struct(), *list = xval_array();
	size_t len;
	char *got;

	xval_append(list, xval_int(1));
	xval_append(list, xval_string(""));
	xval_set(v, "x", list);
	got = xmlrpc_encode_result(v, &len);
	check_bytes(got, len,
	    RESULT("<value><struct>\n<member>\n<name>x</name>\n"
		   "<value><array><data>\n<value><int>1</int></value>\n"
		   "<value><string></string></value>\n</data></array></value>\n"
		   "</member>\n</struct></value>\n"));
	xval_free(v);
}
END_TEST

START_TEST(test_encode_fault)
{
	size_t len;
	char *got =
	    xmlrpc_encode_fault(FAULT_BAD_NAME, "BAD_NAME: \xc3\xa9", &len);

	check_bytes(got, len,
	    HEAD "<methodResponse>\n<fault>\n<value><struct>\n<member>\n"
		 "<name>faultCode</name>\n<value><int>10</int></value>\n"
		 "</member>\n<member>\n<name>faultString</name>\n"
		 "<value><string>BAD_NAME: \xc3\xa9</string></value>\n"
		 "</member>\n</struct></value>\n</fault>\n"
		 "</methodResponse>\n");
}
END_TEST

/* carriage returns arrive as they are. */
START_TEST(test_encode_hostile)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
	    {"\x1b[1mx\x01", UTF8_REPLACEMENT "[1mx" UTF8_REPLACEMENT},
	    {"a\xff"
	     "b",
		"a" UTF8_REPLACEMENT "b"},
	    {"\xe2\x82", UTF8_REPLACEMENT},
	    {"\xe2\x82\xac", "\xe2\x82\xac"},
	    {"\xed\xa0\x80",
		UTF8_REPLACEMENT UTF8_REPLACEMENT UTF8_REPLACEMENT},
	    {"\xc0\xaf", UTF8_REPLACEMENT UTF8_REPLACEMENT},
	    {"\xef\xbf\xbf", UTF8_REPLACEMENT},
	    {"\xf4\x90\x80\x80",
		UTF8_REPLACEMENT UTF8_REPLACEMENT UTF8_REPLACEMENT
		    UTF8_REPLACEMENT},
	    {"a\r\n", "a&#13;\n"},
	};
	struct xval *v;
	char *got, *want;
	size_t i, len;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		v = xval_string(rows[i].in);
		got = xmlrpc_encode_result(v, &len);
		ck_assert_int_gt(
		    asprintf(&want,
			RESULT("<value><string>%s</string></value>\n"),
			rows[i].out),
		    0);
		check_bytes(got, len, want);
		free(want);
		xval_free(v);
	}
	v = xval_int(INT64_C(1) << 40);
	got = xmlrpc_encode_result(v, &len);
	check_bytes(got, len, RESULT("<value><int>2147483647</int></value>\n"));
	xval_free(v);
	v = xval_int(-(INT64_C(1) << 40));
	got = xmlrpc_encode_result(v, &len);
	check_bytes(
	    got, len, RESULT("<value><int>-2147483648</int></value>\n"));
	xval_free(v);
}
END_TEST

/* Memory that ran out while a tree was built is seen at its end. */
START_TEST(test_encode_incomplete)
{
	struct xval *v = xval_array(), *inner = xval_struct();
	size_t len;

	xval_append(v, inner);
	ck_assert(xval_ok(v));
	xval_set(inner, "x", NULL);
	ck_assert(!xval_ok(v));
	ck_assert_ptr_null(xmlrpc_encode_result(v, &len));
	xval_free(v);
	ck_assert_ptr_null(xmlrpc_encode_result(NULL, &len));
}
END_TEST

/* X-033 and law 8: every type, and text without a type. */
START_TEST(test_decode_types)
{
	static const struct {
		const char *in;
		enum xval_type type;
		const char *text;
		int64_t number;
	} rows[] = {
	    {"<value><int>42</int></value>", XVAL_INT, "", 42},
	    {"<value><i4> -7 </i4></value>", XVAL_INT, "", -7},
	    {"<value><i8>+8</i8></value>", XVAL_INT, "", 8},
	    {"<value><boolean>1</boolean></value>", XVAL_BOOL, "", 1},
	    {"<value><boolean>0</boolean></value>", XVAL_BOOL, "", 0},
	    {"<value><boolean>true</boolean></value>", XVAL_BOOL, "", 0},
	    {"<value><string>a &lt; b</string></value>", XVAL_STRING, "a < b",
		0},
	    {"<value><string/></value>", XVAL_STRING, "", 0},
	    {"<value>bare</value>", XVAL_STRING, "bare", 0},
	    {"<value/>", XVAL_STRING, "", 0},
	    {"<value> <string>x</string> </value>", XVAL_STRING, "x", 0},
	    {"<value><base64>aGk=\n</base64></value>", XVAL_STRING, "hi", 0},
	    {"<value><dateTime.iso8601>20260102T03:04:05"
	     "</dateTime.iso8601></value>",
		XVAL_DATE, "20260102T03:04:05", 0},
	    {"<value><nil/></value>", XVAL_NIL, "", 0},
	    {"<value><array><data/></array></value>", XVAL_ARRAY, "", 0},
	    {"<value><struct/></value>", XVAL_STRUCT, "", 0},
	};
	struct xmlrpc_message msg;
	const struct xval *v;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		msg = decode_value(rows[i].in);
		v = xval_at(msg.value, 0);
		ck_assert_msg(xval_type(v) == rows[i].type, "%s", rows[i].in);
		ck_assert_str_eq(xval_as_string(v, NULL), rows[i].text);
		ck_assert_int_eq(xval_as_int(v), rows[i].number);
		xmlrpc_clear(&msg);
	}
	msg = decode_value("<value><double>-1.25</double></value>");
	ck_assert(xval_as_double(xval_at(msg.value, 0)) == -1.25);
	xmlrpc_clear(&msg);
}
END_TEST

START_TEST(test_decode_nested)
{
	struct xmlrpc_message msg =
	    decode_value("<value><struct>"
			 "<member><name>a</name><value>1</value></member>"
			 "<member><value><array><data><value><i4>2</i4></value>"
			 "<value>x</value></data></array></value>"
			 "<name>b</name></member>"
			 "</struct></value>");
	const struct xval *v = xval_at(msg.value, 0);

	ck_assert_str_eq(xval_get_string(v, "a"), "1");
	ck_assert_uint_eq(xval_count(xval_get(v, "b")), 2);
	ck_assert_int_eq(xval_as_int(xval_at(xval_get(v, "b"), 0)), 2);
	ck_assert_ptr_null(xval_get(v, "c"));
	ck_assert_str_eq(xval_name_at(v, 1), "b");
	xmlrpc_clear(&msg);
}
END_TEST

START_TEST(test_decode_messages)
{
	struct xmlrpc_message msg;
	size_t len;
	char *text;

	ck_assert_int_eq(decode("<methodCall><methodName>a.b</methodName>"
				"</methodCall>",
			     &msg),
	    XMLRPC_OK);
	ck_assert_int_eq(msg.kind, XMLRPC_CALL);
	ck_assert_str_eq(msg.method, "a.b");
	ck_assert_uint_eq(xval_count(msg.value), 0);
	xmlrpc_clear(&msg);
	ck_assert_int_eq(
	    decode(RESULT("<value><int>5</int></value>\n"), &msg), XMLRPC_OK);
	ck_assert_int_eq(msg.kind, XMLRPC_RESULT);
	ck_assert_int_eq(xval_as_int(msg.value), 5);
	xmlrpc_clear(&msg);
	text = xmlrpc_encode_fault(70, "NOT_RUNNING: x", &len);
	ck_assert_int_eq(xmlrpc_decode(text, len, &limits, &msg), XMLRPC_OK);
	ck_assert_int_eq(msg.kind, XMLRPC_FAULT);
	ck_assert_int_eq(msg.fault_code, 70);
	ck_assert_str_eq(msg.fault_text, "NOT_RUNNING: x");
	xmlrpc_clear(&msg);
	free(text);
}
END_TEST

START_TEST(test_decode_refuses)
{
	static const struct {
		const char *text;
		enum xmlrpc_error error;
	} rows[] = {
	    {"", XMLRPC_MALFORMED},
	    {"hello", XMLRPC_MALFORMED},
	    {"<methodCall>", XMLRPC_MALFORMED},
	    {"<methodCall/>", XMLRPC_NO_METHOD},
	    {"<methodCall><params/></methodCall>", XMLRPC_NO_METHOD},
	    {"<methodCall><methodName/></methodCall>", XMLRPC_NO_METHOD},
	    {"<methodCall><methodName>a</methodName>"
	     "<methodName>b</methodName></methodCall>",
		XMLRPC_MALFORMED},
	    {"<methodResponse/>", XMLRPC_MALFORMED},
	    {"<value>1</value>", XMLRPC_MALFORMED},
	    {CALL1(""), XMLRPC_MALFORMED},
	    {CALL1("<int>1</int>"), XMLRPC_MALFORMED},
	    {CALL1("<value><int>x</int></value>"), XMLRPC_MALFORMED},
	    {CALL1("<value><int>99999999999999999999</int></value>"),
		XMLRPC_MALFORMED},
	    {CALL1("<value><int/></value>"), XMLRPC_MALFORMED},
	    {CALL1("<value><double>x</double></value>"), XMLRPC_MALFORMED},
	    {CALL1("<value><base64>!</base64></value>"), XMLRPC_MALFORMED},
	    {CALL1("<value><int>1</int><int>2</int></value>"),
		XMLRPC_MALFORMED},
	    {CALL1("<value>1</value><value>2</value>"), XMLRPC_MALFORMED},
	    {CALL1("<value><struct><member><name>a</name></member>"
		   "</struct></value>"),
		XMLRPC_MALFORMED},
	    {CALL1("<value><struct><member><value>a</value></member>"
		   "</struct></value>"),
		XMLRPC_MALFORMED},
	    {CALL1("<value><unknown/></value>"), XMLRPC_MALFORMED},
	    {RESULT("<value>1</value></param><param><value>2</value>"),
		XMLRPC_MALFORMED},
	    {"<methodResponse><fault><value>x</value></fault>"
	     "</methodResponse>",
		XMLRPC_MALFORMED},
	    {"<!DOCTYPE methodCall><methodCall><methodName>a</methodName>"
	     "</methodCall>",
		XMLRPC_MALFORMED},
	    {"<!DOCTYPE x [<!ENTITY a 'b'>]><methodCall><methodName>&a;"
	     "</methodName></methodCall>",
		XMLRPC_MALFORMED},
	};
	struct xmlrpc_message msg;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_msg(decode(rows[i].text, &msg) == rows[i].error,
		    "%zu: %s", i, rows[i].text);
}
END_TEST

/* Builds a call with an array nested `depth` deep. */
static char *
nested(size_t depth)
{
	size_t len, i;
	char *buf = NULL;
	FILE *out = open_memstream(&buf, &len);

	fputs("<methodCall><methodName>m</methodName><params><param>", out);
	for (i = 0; i < depth; i++)
		fputs("<value><array><data>", out);
	fputs("<value><int>1</int></value>", out);
	for (i = 0; i < depth; i++)
		fputs("</data></array></value>", out);
	fputs("</param></params></methodCall>", out);
	fclose(out);
	return buf;
}

START_TEST(test_decode_limits)
{
	static const struct xmlrpc_limits few = {1 << 20, 3}, small = {20, 9};
	struct xmlrpc_message msg;
	char *text = nested(XMLRPC_MAX_DEPTH);

	ck_assert_int_eq(decode(text, &msg), XMLRPC_OK);
	xmlrpc_clear(&msg);
	ck_assert_int_eq(
	    xmlrpc_decode(text, strlen(text), &few, &msg), XMLRPC_TOO_BIG);
	ck_assert_int_eq(
	    xmlrpc_decode(text, strlen(text), &small, &msg), XMLRPC_TOO_BIG);
	free(text);
	text = nested(XMLRPC_MAX_DEPTH + 1);
	ck_assert_int_eq(decode(text, &msg), XMLRPC_TOO_BIG);
	free(text);
	text = nested(100000);
	ck_assert_int_eq(xmlrpc_decode(text, strlen(text),
			     &(struct xmlrpc_limits){1 << 30, SIZE_MAX}, &msg),
	    XMLRPC_TOO_BIG);
	free(text);
}
END_TEST

/* Every cut of a message is an error and leaks nothing. */
START_TEST(test_decode_cut)
{
	static const char text[] =
	    CALL1("<value><struct><member><name>a</name><value><array><data>"
		  "<value>x</value></data></array></value></member></struct>"
		  "</value>");
	struct xmlrpc_message msg;
	size_t len;

	for (len = 0; len < sizeof(text) - 1; len++)
		ck_assert_int_ne(
		    xmlrpc_decode(text, len, &limits, &msg), XMLRPC_OK);
	ck_assert_int_eq(xmlrpc_decode(text, len, &limits, &msg), XMLRPC_OK);
	xmlrpc_clear(&msg);
}
END_TEST

START_TEST(test_b64)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
	    {"", ""},
	    {"YQ==", "a"},
	    {"YQ", "a"},
	    {"YWI=", "ab"},
	    {"YWJj", "abc"},
	    {"YW\r\nJj ", "abc"},
	    {"dXNlcjpwYXNzOndvcmQ=", "user:pass:word"},
	    {"Y", NULL},
	    {"YQ=", NULL},
	    {"YQ===", NULL},
	    {"=YQ=", NULL},
	    {"Y*==", NULL},
	};
	char out[64];
	size_t i, len;
	int rc;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rc = b64_decode(rows[i].in, strlen(rows[i].in), out, &len);
		ck_assert_msg(
		    rc == (rows[i].out == NULL ? -1 : 0), "%s", rows[i].in);
		if (rc == 0) {
			ck_assert_str_eq(out, rows[i].out);
			ck_assert_uint_eq(len, strlen(out));
		}
	}
	ck_assert_int_eq(b64_decode("YQ\0=", 4, out, &len), -1);
}
END_TEST

START_TEST(test_faults)
{
	ck_assert_str_eq(fault_name(FAULT_CANT_REREAD), "CANT_REREAD");
	ck_assert_str_eq(fault_name(1), "UNKNOWN_METHOD");
	ck_assert_str_eq(fault_name(5), "UNKNOWN");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("xmlrpc");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, test_encode_call);
	tcase_add_test(tc, test_encode_result);
	tcase_add_test(tc, test_encode_fault);
	tcase_add_test(tc, test_encode_hostile);
	tcase_add_test(tc, test_encode_incomplete);
	tcase_add_test(tc, test_decode_types);
	tcase_add_test(tc, test_decode_nested);
	tcase_add_test(tc, test_decode_messages);
	tcase_add_test(tc, test_decode_refuses);
	tcase_add_test(tc, test_decode_limits);
	tcase_add_test(tc, test_decode_cut);
	tcase_add_test(tc, test_b64);
	tcase_add_test(tc, test_faults);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
