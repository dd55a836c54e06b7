/* SPDX-License-Identifier: BSD-2-Clause */
/* The dispatcher with methods of our own; credentials; pieces of logs. */
#include "supervisord/control/rpc.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/xmlrpc.h"
#include "supervisord/control/auth.h"
#include "supervisord/control/logread.h"

/* What the fakes have seen. */
static struct {
	bool running;
	char invalid[2000];
	char trace[2000];
	struct rpc_call *waiting; /* of fake.wait */
	int off;		  /* calls that were called off */
	int done, http;
	char *text;
	size_t len;
} seen;

static void
fake_echo(struct rpc_call *call)
{
	struct xval *list = xval_array();

	xval_append(list, xval_string(rpc_string(call, 0, NULL)));
	xval_append(list, xval_int(rpc_int(call, 1)));
	xval_append(list, xval_bool(rpc_bool(call, 2, true)));
	rpc_answer(call, list);
}

static void
fake_off(void *arg)
{
	ck_assert_ptr_eq(arg, &seen);
	seen.off++;
}

static void
fake_wait(struct rpc_call *call)
{
	seen.waiting = call;
	rpc_defer(call, fake_off, &seen);
}

static void
fake_always(struct rpc_call *call)
{
	rpc_answer(call, xval_string(rpc_string(call, 0, NULL)));
}

static void
fake_broken(struct rpc_call *call)
{
	struct xval *list = xval_array();

	xval_append(list, NULL);
	rpc_answer(call, list);
}

static const struct rpc_method methods[] = {
    {.name = "echo",
	.run = fake_echo,
	.doc = "Echoes.",
	.result = RPC_ARRAY,
	.result_name = "result",
	.result_doc = "What was given.",
	.params = {{"text", RPC_STRING, false, "Text."},
	    {"number", RPC_INT, false, "Number."},
	    {"truth", RPC_BOOL, true, "Truth."}}},
    {.name = "wait",
	.run = fake_wait,
	.doc = "Waits.",
	.result = RPC_BOOL,
	.result_name = "result",
	.result_doc = "True."},
    {.name = "always",
	.always = true,
	.run = fake_always,
	.doc = "Always.",
	.result = RPC_STRING,
	.result_name = "result",
	.result_doc = "Text.",
	.params = {{"any", RPC_ANY, false, "Anything."}}},
    {.name = "broken",
	.run = fake_broken,
	.doc = "Runs out of memory.",
	.result = RPC_ARRAY,
	.result_name = "result",
	.result_doc = "Nothing."},
    {.name = NULL},
};

static const struct rpc_namespace namespaces[] = {
    {"fake", methods}, {NULL, NULL}};

static bool
fake_running(void *arg)
{
	ck_assert_ptr_eq(arg, &seen);
	return seen.running;
}

static void
fake_invalid(void *arg, const char *text)
{
	(void)arg;
	strlcpy(seen.invalid, text, sizeof(seen.invalid));
}

static void
fake_trace(void *arg, const char *text)
{
	(void)arg;
	strlcat(seen.trace, text, sizeof(seen.trace));
	strlcat(seen.trace, "\n", sizeof(seen.trace));
}

static void
fake_done(void *arg, int http, const char *text, size_t len)
{
	ck_assert_ptr_eq(arg, &seen);
	seen.done++;
	seen.http = http;
	free(seen.text);
	seen.text = text == NULL ? NULL : strndup(text, len);
	seen.len = len;
}

static struct rpc *
setup(void)
{
	static const struct rpc_options options = {
	    .namespaces = namespaces,
	    .running = fake_running,
	    .invalid = fake_invalid,
	    .trace = fake_trace,
	    .arg = &seen,
	};
	struct rpc *rpc = rpc_new(&options);

	free(seen.text);
	memset(&seen, 0, sizeof(seen));
	seen.running = true;
	ck_assert_ptr_nonnull(rpc);
	return rpc;
}

/* Runs a call whose parameters are given as XML. */
static struct rpc_call *
run(struct rpc *rpc, const char *method, const char *params)
{
	struct rpc_call *call;
	char *text;

	ck_assert_int_gt(
	    asprintf(&text,
		"<methodCall><methodName>%s</methodName><params>%s</params>"
		"</methodCall>",
		method, params),
	    0);
	call = rpc_run(rpc, ROLE_ADMIN, text, strlen(text), fake_done, &seen);
	free(text);
	return call;
}

/* The answer that came. */
static struct xmlrpc_message
answer(void)
{
	static const struct xmlrpc_limits limits = {1 << 20, 10000};
	struct xmlrpc_message msg;

	ck_assert_int_eq(seen.http, 200);
	ck_assert_int_eq(
	    xmlrpc_decode(seen.text, seen.len, &limits, &msg), XMLRPC_OK);
	return msg;
}

static void
check_fault(int code, const char *text)
{
	struct xmlrpc_message msg = answer();

	ck_assert_int_eq(msg.kind, XMLRPC_FAULT);
	ck_assert_int_eq(msg.fault_code, code);
	ck_assert_str_eq(msg.fault_text, text);
	xmlrpc_clear(&msg);
}

#define P(v) "<param><value>" v "</value></param>"

START_TEST(test_call)
{
	struct rpc *rpc = setup();
	struct xmlrpc_message msg;

	ck_assert_ptr_null(
	    run(rpc, "fake.echo", P("a") P("<string>-7</string>")));
	ck_assert_int_eq(seen.done, 1);
	msg = answer();
	ck_assert_str_eq(xval_as_string(xval_at(msg.value, 0), NULL), "a");
	ck_assert_int_eq(xval_as_int(xval_at(msg.value, 1)), -7);
	ck_assert(xval_as_bool(xval_at(msg.value, 2)));
	xmlrpc_clear(&msg);
	run(rpc, "fake.echo", P("a") P("<int>1</int>") P("<int>0</int>"));
	msg = answer();
	ck_assert(!xval_as_bool(xval_at(msg.value, 2)));
	xmlrpc_clear(&msg);
	run(rpc, "fake.always", P("<int>12</int>"));
	msg = answer();
	ck_assert_str_eq(xval_as_string(msg.value, NULL), "12");
	xmlrpc_clear(&msg);
	rpc_free(rpc);
}
END_TEST

/* */
START_TEST(test_refusals)
{
	static const struct {
		const char *method, *params;
		int code;
	} rows[] = {
	    {"fake.nope", "", 1},
	    {"nope.echo", "", 1},
	    {"fake", "", 1},
	    {"fake.echo.x", "", 1},
	    {".echo", "", 1},
	    {"fake.", "", 1},
	    {"system.nope", "", 1},
	    {"fake.echo", "", 2},
	    {"fake.echo", P("a"), 2},
	    {"fake.echo", P("a") P("1") P("1") P("1"), 2},
	    {"fake.echo", P("<int>1</int>") P("1"), 2},
	    {"fake.echo", P("<nil/>") P("1"), 2},
	    {"fake.echo", P("<base64>YQBi</base64>") P("1"), 2},
	    {"fake.echo", P("a") P("x"), 2},
	    {"fake.echo", P("a") P(""), 2},
	    {"fake.echo", P("a") P("99999999999999999999"), 2},
	    {"fake.echo", P("a") P("<double>1</double>"), 2},
	    {"system.methodHelp", P("nope"), 4},
	    {"system.methodSignature", P("fake.nope"), 4},
	    {"system.multicall", P("x"), 2},
	};
	struct rpc *rpc = setup();
	struct xmlrpc_message msg;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_ptr_null(run(rpc, rows[i].method, rows[i].params));
		ck_assert_int_eq(seen.done, (int)i + 1);
		msg = answer();
		ck_assert_int_eq(msg.kind, XMLRPC_FAULT);
		ck_assert_msg(msg.fault_code == rows[i].code, "%s %s: %d",
		    rows[i].method, rows[i].params, msg.fault_code);
		xmlrpc_clear(&msg);
	}
	run(rpc, "fake.broken", "");
	ck_assert_int_eq(seen.http, 500);
	rpc_free(rpc);
}
END_TEST

/* The states in which methods are allowed: the table's word. */
START_TEST(test_states)
{
	struct rpc *rpc = setup();

	seen.running = false;
	run(rpc, "fake.echo", "");
	check_fault(6, "SHUTDOWN_STATE");
	run(rpc, "fake.nope", "");
	check_fault(1, "UNKNOWN_METHOD");
	run(rpc, "fake.always", P("x"));
	ck_assert_ptr_nonnull(strstr(seen.text, "<string>x</string>"));
	run(rpc, "system.listMethods", "");
	ck_assert_ptr_nonnull(strstr(seen.text, "fake.echo"));
	rpc_free(rpc);
}
END_TEST

/* C-245: a name that is not one line stays in its line. */
START_TEST(test_trace)
{
	static const char odd[] =
	    "<methodCall><methodName>a\nb</methodName></methodCall>";
	static const char good[] = "<methodCall><methodName>system.listMethods"
				   "</methodName></methodCall>";
	struct rpc *rpc = setup();

	rpc_run(rpc, ROLE_ADMIN, good, strlen(good), fake_done, &seen);
	rpc_run(rpc, ROLE_ADMIN, odd, strlen(odd), fake_done, &seen);
	ck_assert_str_eq(seen.trace,
	    "XML-RPC method called: system.listMethods()\n"
	    "XML-RPC method system.listMethods() returned successfully\n"
	    "XML-RPC method called: a?b()\n"
	    "XML-RPC method a?b() returned fault: [1] UNKNOWN_METHOD\n");
	rpc_free(rpc);
}
END_TEST

/* */
START_TEST(test_invalid)
{
	struct rpc *rpc = setup();

	ck_assert_ptr_null(
	    rpc_run(rpc, ROLE_ADMIN, "hello", 5, fake_done, &seen));
	ck_assert_int_eq(seen.http, 400);
	ck_assert_str_eq(seen.invalid,
	    "XML-RPC request data 'hello' is invalid: unmarshallable");
	rpc_run(rpc, ROLE_ADMIN, "<methodCall/>", 13, fake_done, &seen);
	ck_assert_str_eq(seen.invalid,
	    "XML-RPC request data '<methodCall/>' is invalid: no method name");
	rpc_free(rpc);
}
END_TEST

START_TEST(test_deferred)
{
	struct rpc *rpc = setup();
	struct rpc_call *call = run(rpc, "fake.wait", "");

	ck_assert_ptr_nonnull(call);
	ck_assert_int_eq(seen.done, 0);
	rpc_answer_true(seen.waiting);
	ck_assert_int_eq(seen.done, 1);
	ck_assert_int_eq(seen.off, 0);
	call = run(rpc, "fake.wait", "");
	rpc_abandon(call);
	ck_assert_int_eq(seen.off, 1);
	ck_assert_int_eq(seen.done, 1);
	run(rpc, "fake.wait", "");
	rpc_free(rpc);
	ck_assert_int_eq(seen.off, 2);
	ck_assert_int_eq(seen.done, 1);
}
END_TEST

#define CALL(m, p)                                                             \
	"<value><struct><member><name>methodName</name><value>" m              \
	"</value></member><member><name>params</name><value><array><data>" p   \
	"</data></array></value></member></struct></value>"
#define CALLS(c) P("<array><data>" c "</data></array>")

/* in order; a call that waits holds up those behind it. */
START_TEST(test_multicall)
{
	struct rpc *rpc = setup();
	struct xmlrpc_message msg;
	const struct xval *fault;

	ck_assert_ptr_nonnull(run(rpc, "system.multicall",
	    CALLS(CALL("fake.always", "<value>a</value>") CALL("fake.wait", "")
		    CALL("fake.nope", "") CALL("fake.wait", "")
			CALL("system.multicall", "") "<value>x</value>")));
	ck_assert_int_eq(seen.done, 0);
	rpc_answer_true(seen.waiting);
	ck_assert_int_eq(seen.done, 0);
	rpc_fault(seen.waiting, FAULT_FAILED, "why");
	ck_assert_int_eq(seen.done, 1);
	msg = answer();
	ck_assert_uint_eq(xval_count(msg.value), 6);
	ck_assert_str_eq(xval_as_string(xval_at(msg.value, 0), NULL), "a");
	ck_assert(xval_as_bool(xval_at(msg.value, 1)));
	fault = xval_at(msg.value, 2);
	ck_assert_int_eq(xval_get_int(fault, "faultCode"), 1);
	fault = xval_at(msg.value, 3);
	/* */
	ck_assert_str_eq(xval_get_string(fault, "faultString"), "FAILED: why");
	fault = xval_at(msg.value, 4);
	ck_assert_str_eq(xval_get_string(fault, "faultString"),
	    "INCORRECT_PARAMETERS: Recursive system.multicall forbidden");
	fault = xval_at(msg.value, 5);
	ck_assert_str_eq(xval_get_string(fault, "faultString"),
	    "INCORRECT_PARAMETERS: No methodName");
	xmlrpc_clear(&msg);
	run(rpc, "system.multicall", CALLS(""));
	msg = answer();
	ck_assert_uint_eq(xval_count(msg.value), 0);
	xmlrpc_clear(&msg);
	rpc_abandon(run(rpc, "system.multicall", CALLS(CALL("fake.wait", ""))));
	ck_assert_int_eq(seen.off, 1);
	rpc_free(rpc);
}
END_TEST

/* from the table. */
START_TEST(test_introspection)
{
	struct rpc *rpc = setup();
	struct xmlrpc_message msg;

	run(rpc, "system.listMethods", "");
	msg = answer();
	ck_assert_uint_eq(xval_count(msg.value), 8);
	ck_assert_str_eq(
	    xval_as_string(xval_at(msg.value, 0), NULL), "fake.always");
	ck_assert_str_eq(
	    xval_as_string(xval_at(msg.value, 7), NULL), "system.multicall");
	xmlrpc_clear(&msg);
	run(rpc, "system.methodSignature", P("fake.echo"));
	msg = answer();
	ck_assert_uint_eq(xval_count(msg.value), 4);
	ck_assert_str_eq(
	    xval_as_string(xval_at(msg.value, 3), NULL), "boolean");
	xmlrpc_clear(&msg);
	run(rpc, "system.methodHelp", P("fake.echo"));
	msg = answer();
	ck_assert_str_eq(xval_as_string(msg.value, NULL),
	    "Echoes.\n\n@param string text Text.\n@param int number Number.\n"
	    "@param boolean truth Truth.\n@return array result What was "
	    "given.\n");
	xmlrpc_clear(&msg);
	rpc_free(rpc);
}
END_TEST

#define SHA_OF_P_W "0d12071cce00577433f114f08a44003c2a352b0d"

/* "dTpwOnc=" is u:p:w */
START_TEST(test_auth)
{
	static const struct {
		const char *header;
		bool good;
	} rows[] = {
	    {"Basic dTpwOnc=", true},
	    {"bASIC dTpwOnc=", true},
	    {"Basic   dTpwOnc=", true},
	    {NULL, false},
	    {"", false},
	    {"Basic", false},
	    {"Basic ", false},
	    {"Basic !", false},
	    {"Basic dTpw", false},
	    {"Basic dTpwOnd4", false},
	    {"Basic dg==", false},
	    {"Basic djpwOnc=", false},
	    {"Basic dTo=", false},
	    {"Digest dTpwOnc=", false},
	};
	char big[20000];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_msg(
		    auth_check(rows[i].header, "u", "p:w") == rows[i].good,
		    "%s", rows[i].header == NULL ? "none" : rows[i].header);
	ck_assert(auth_check("Basic dTpwOnc=", "u", "{SHA}" SHA_OF_P_W));
	ck_assert(!auth_check("Basic dTpwOnd4", "u", "{SHA}" SHA_OF_P_W));
	ck_assert(!auth_check("Basic dTo=", "u", "{SHA}"));
	memset(big, 'A', sizeof(big));
	memcpy(big, "Basic ", 6);
	big[sizeof(big) - 1] = '\0';
	ck_assert(!auth_check(big, "u", "p:w"));
}
END_TEST

/* on a file of 1729 bytes. */
START_TEST(test_logread)
{
	static const struct {
		int64_t offset, length;
		size_t want;
		bool overflow;
		int64_t from; /* offset of the first byte that is wanted */
	} tails[] =
	    {
		{0, 10, 10, true, 1719},
		{0, 100000, 1729, false, 0},
		{100000, 10, 0, false, 0},
		{-5, 10, 10, true, 1719},
		{0, -10, 0, true, 0},
		{1700, 100, 100, false, 1629},
		{1719, 10, 10, false, 1719},
		{INT64_MAX, INT64_MAX, 0, false, 0},
		{INT64_MIN, INT64_MAX, 1729, false, 0},
	    },
	  ranges[] = {
	      {0, 0, 1729, false, 0},
	      {5, 3, 3, false, 5},
	      {1728, 100, 1, false, 1728},
	      {9999, 0, 0, false, 0},
	      {-5, 0, 5, false, 1724},
	      {-99999, 0, 1729, false, 0},
	      {INT64_MIN, 0, 1729, false, 0},
	      {INT64_MAX, INT64_MAX, 0, false, 0},
	  };
	char path[] = "/tmp/test_rpcXXXXXX", text[1729];
	int fd = mkstemp(path);
	struct logread piece;
	size_t i;

	for (i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i % 23);
	ck_assert_int_eq(write(fd, text, sizeof(text)), (int)sizeof(text));
	close(fd);
	for (i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		ck_assert_int_eq(logread_tail(path, tails[i].offset,
				     tails[i].length, &piece),
		    0);
		ck_assert_msg(piece.len == tails[i].want &&
			piece.overflow == tails[i].overflow &&
			piece.offset == 1729,
		    "tail %zu: %zu %d", i, piece.len, piece.overflow);
		ck_assert_mem_eq(piece.bytes, text + tails[i].from, piece.len);
		free(piece.bytes);
	}
	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		ck_assert_int_eq(logread_range(path, ranges[i].offset,
				     ranges[i].length, &piece),
		    0);
		ck_assert_msg(piece.len == ranges[i].want, "range %zu: %zu", i,
		    piece.len);
		ck_assert_mem_eq(piece.bytes, text + ranges[i].from, piece.len);
		free(piece.bytes);
	}
	ck_assert_int_eq(logread_range(path, 0, -1, &piece), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(logread_range(path, -1, 1, &piece), -1);
	ck_assert_int_eq(errno, EINVAL);
	unlink(path);
	ck_assert_int_eq(logread_range(path, 0, 0, &piece), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(logread_tail("/", 0, 0, &piece), -1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rpc");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, test_call);
	tcase_add_test(tc, test_refusals);
	tcase_add_test(tc, test_states);
	tcase_add_test(tc, test_trace);
	tcase_add_test(tc, test_invalid);
	tcase_add_test(tc, test_deferred);
	tcase_add_test(tc, test_multicall);
	tcase_add_test(tc, test_introspection);
	tcase_add_test(tc, test_auth);
	tcase_add_test(tc, test_logread);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
