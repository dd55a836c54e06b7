/* SPDX-License-Identifier: BSD-2-Clause */
/* supervisord/control/origin: who asks, and under which name. */
#include "supervisord/control/origin.h"

#include <check.h>
#include <stddef.h>

static const struct {
	struct origin_headers headers;
	enum origin want;
} cases[] = {
    {{.host = "h:9001"}, ORIGIN_SCRIPT},
    {{.user_agent = "curl/7.88.1"}, ORIGIN_SCRIPT},
    {{.user_agent = "Mozilla/5.0 (X11)"}, ORIGIN_UNKNOWN},
    {{.accept_language = ""}, ORIGIN_UNKNOWN},
    {{.fetch_site = "same-origin"}, ORIGIN_SAME},
    {{.fetch_site = "same-site"}, ORIGIN_FOREIGN},
    {{.fetch_site = "cross-site"}, ORIGIN_FOREIGN},
    {{.fetch_site = "none"}, ORIGIN_UNKNOWN},
    {{.fetch_site = ""}, ORIGIN_FOREIGN},
    /* It is the browser's word; a proxy may have changed the host. */
    {{.fetch_site = "same-origin",
	 .host = "backend",
	 .origin = "https://front"},
	ORIGIN_SAME},
    {{.fetch_site = "cross-site", .host = "h", .origin = "http://h"},
	ORIGIN_FOREIGN},
    {{.host = "h:9001", .origin = "http://h:9001"}, ORIGIN_SAME},
    {{.host = "H:9001", .origin = "https://h:9001"}, ORIGIN_SAME},
    {{.host = "h:9001", .origin = "http://h"}, ORIGIN_FOREIGN},
    {{.host = "h", .origin = "http://h.evil"}, ORIGIN_FOREIGN},
    {{.host = "h", .origin = "http://evil/?http://h"}, ORIGIN_FOREIGN},
    {{.host = "h", .origin = "null"}, ORIGIN_FOREIGN},
    {{.host = "", .origin = "http:///"}, ORIGIN_FOREIGN},
    {{.origin = "http://h"}, ORIGIN_FOREIGN},
    {{.host = "b", .forwarded_host = "h", .origin = "http://h"}, ORIGIN_SAME},
    /* Origin counts before Referer. */
    {{.host = "h", .origin = "null", .referer = "http://h/"}, ORIGIN_FOREIGN},
    {{.host = "h", .referer = "http://h/index.html"}, ORIGIN_SAME},
    {{.host = "h", .referer = "http://evil/http://h/"}, ORIGIN_FOREIGN},
    {{.host = "h", .referer = "http://h@evil/"}, ORIGIN_FOREIGN},
};

START_TEST(origins)
{
	ck_assert_msg(origin_of(&cases[_i].headers) == cases[_i].want,
	    "case %d: %d, not %d", _i, (int)origin_of(&cases[_i].headers),
	    (int)cases[_i].want);
}
END_TEST

static const struct {
	const char *host;
	bool want;
} names[] = {
    {NULL, true},
    {"", true},
    {"127.0.0.1:9001", true},
    {"10.1.2.3", true},
    {"[::1]:9001", true},
    {"[fe80::1%eth0]", false},
    {"[evil.example]:9001", false},
    {"localhost:9001", true},
    {"app.localhost", true},
    {"supervisor:9001", true},
    {"db.internal", true},
    {"x.svc.cluster.local.", true},
    {"Box.Example.Org:9001", true}, /* the host's name */
    {"other.example.org", false},
    {"evil.example:9001", false},
    {"evil.example.", false},
    {"127.0.0.1.evil.example", false},
    {"notlocal.mylocal", false},
    {"local.evil.example", false},
    {"0x7f.1", false},
};

START_TEST(hosts)
{
	ck_assert_msg(origin_is_private(names[_i].host, "box.example.org") ==
		names[_i].want,
	    "%s", names[_i].host);
}
END_TEST

START_TEST(endless_name)
{
	char name[1000];

	for (size_t i = 0; i < sizeof(name) - 1; i++)
		name[i] = 'a';
	name[sizeof(name) - 1] = '\0';
	ck_assert(!origin_is_private(name, "box"));
	ck_assert(origin_is_private("box", ""));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("origin");
	TCase *t = tcase_create("origin");
	SRunner *r = srunner_create(s);

	tcase_add_loop_test(
	    t, origins, 0, (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_loop_test(
	    t, hosts, 0, (int)(sizeof(names) / sizeof(names[0])));
	tcase_add_test(t, endless_name);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
