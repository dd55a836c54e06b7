/* SPDX-License-Identifier: BSD-2-Clause */
/* Judges Host, Origin and Content-Type by the rules of a server. */
#include "supervisord/control/guard.h"

#include <string.h>
#include <strings.h>

/* Does the authority begin with a name, and is that all but for a port? */
static bool
guard_is_name(const char *authority, const char *name)
{
	size_t len = strlen(name);

	return strncasecmp(authority, name, len) == 0 &&
	    (authority[len] == '\0' || authority[len] == ':');
}

/* Is it a name that was given to this server? */
static bool
guard_is_listed(const struct guard_rules *rules, const char *authority)
{
	size_t i;

	for (i = 0; i < rules->nnames; i++)
		if (guard_is_name(authority, rules->names[i]))
			return true;
	return false;
}

/* May it be asked by any name? */
static bool
guard_takes_any(const struct guard_rules *rules)
{
	size_t i;

	if (!rules->is_inet || !rules->is_anonymous)
		return true;
	for (i = 0; i < rules->nnames; i++)
		if (strcmp(rules->names[i], "*") == 0)
			return true;
	return false;
}

/* Is the Host one of ours? */
static bool
guard_host(
    const struct guard_rules *rules, const char *host, const char *hostname)
{
	return guard_takes_any(rules) || origin_is_private(host, hostname) ||
	    (rules->host != NULL && *rules->host != '\0' &&
		guard_is_name(host, rules->host)) ||
	    guard_is_listed(rules, host);
}

/* Is the foreign page one of a name in the list? */
static bool
guard_origin(const struct guard_rules *rules, const char *origin)
{
	const char *authority = origin == NULL ? NULL : strstr(origin, "://");

	return authority != NULL && guard_is_listed(rules, authority + 3);
}

int
guard_check(const struct guard_rules *rules, const struct origin_headers *h,
    const char *hostname, bool writes)
{
	if (!guard_host(rules, h->host, hostname))
		return 403;
	if (writes && origin_of(h) == ORIGIN_FOREIGN &&
	    !guard_origin(rules, h->origin))
		return 403;
	return 0;
}

int
guard_check_type(const struct guard_rules *rules, const char *content_type)
{
	static const char *const forms[] = {"application/x-www-form-urlencoded",
	    "multipart/form-data", "text/plain"};
	size_t i, len;

	if (!rules->is_inet || content_type == NULL)
		return 0;
	len = strcspn(content_type, " \t;,");
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (len == strlen(forms[i]) &&
		    strncasecmp(content_type, forms[i], len) == 0)
			return 415;
	return 0;
}
