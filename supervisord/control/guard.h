/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every request has to pass, whatever it is about: is it one that somebody
 * meant to make, or did a page of another site have a browser make it?
 * Pure.
 *
 * Clients that are no browsers pass.  A request that can change something must
 * not come from a foreign page (origin.h).  Where no password keeps strangers
 * out, names that a stranger can have made point to this host are no names of
 * ours.  And a web form can only send three types of content without asking.
 */
#ifndef SUPERVISORD_CONTROL_GUARD_H
#define SUPERVISORD_CONTROL_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#include "supervisord/control/origin.h"

/* What is known of a server; all is borrowed. */
struct guard_rules {
	bool is_inet;
	bool is_anonymous;	  /* no password is asked for */
	const char *host;	  /* it was configured to listen on; or NULL */
	const char *const *names; /* further names it goes by; "*" as Host
				     is any */
	size_t nnames;
};

/* 0, or 403: where the request comes from, or is meant for, is wrong.  `writes`
 * says that its method can change something. */
int guard_check(const struct guard_rules *, const struct origin_headers *,
    const char *hostname, bool writes);

/* 0, or 415: the body of a call to an internet server is of a type that a form
 * can send.  No type at all is right. */
int guard_check_type(const struct guard_rules *, const char *content_type);

#endif
