/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who a client is, and what it may do.  Pure.
 *
 * On a unix socket the kernel says who has connected; allow_users and
 * allow_groups say who may.  Root and the user that supervisord runs as can do
 * everything anyway, and are let in.  Where a name and password are asked for,
 * on any server, they have to be given as well; who passes both has the lesser
 * role.
 */
#ifndef SUPERVISORD_CONTROL_ACCESS_H
#define SUPERVISORD_CONTROL_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "supervisord/config/config.h"

/* The process at the other end of a unix socket. */
struct access_peer {
	bool is_known;
	uid_t uid;
	gid_t gid;
	const gid_t *groups; /* supplementary */
	size_t ngroups;
};

/*
 * 0 and the role; or the code of the refusal: 401 wrong or no name and
 * password, 403 not one of those who may.  authorization is the header's value,
 * or NULL; peer is NULL on an inet server; self is our uid.
 */
int access_check(const struct config *, const struct config_server *,
    const char *authorization, const struct access_peer *peer, uid_t self,
    enum role *role);

#endif
