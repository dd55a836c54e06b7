/* SPDX-License-Identifier: BSD-2-Clause */
/* Compares a client with those whom a server lets in. */
#include "supervisord/control/access.h"

#include "supervisord/control/auth.h"

/* Is a group one of the peer's? */
static bool
access_has_group(const struct access_peer *peer, int64_t gid)
{
	size_t i;

	if ((int64_t)peer->gid == gid)
		return true;
	for (i = 0; i < peer->ngroups; i++)
		if ((int64_t)peer->groups[i] == gid)
			return true;
	return false;
}

/* The mightiest role that the lists give a peer; ROLE_NONE if none. */
static enum role
access_listed(const struct config_server *s, const struct access_peer *peer)
{
	enum role best = ROLE_NONE;
	size_t i;

	for (i = 0; i < s->allow_users.n; i++)
		if ((int64_t)peer->uid == s->allow_users.v[i].id &&
		    s->allow_users.v[i].role < best)
			best = s->allow_users.v[i].role;
	for (i = 0; i < s->allow_groups.n; i++)
		if (access_has_group(peer, s->allow_groups.v[i].id) &&
		    s->allow_groups.v[i].role < best)
			best = s->allow_groups.v[i].role;
	return best;
}

/* The role of who has connected; ROLE_NONE if nobody who may. */
static enum role
access_of_peer(
    const struct config_server *s, const struct access_peer *peer, uid_t self)
{
	if (!s->is_unix || (s->allow_users.n == 0 && s->allow_groups.n == 0))
		return s->role;
	if (peer == NULL || !peer->is_known)
		return ROLE_NONE;
	if (peer->uid == 0 || peer->uid == self)
		return ROLE_ADMIN;
	return access_listed(s, peer);
}

/* The role of a name and password; ROLE_NONE if they are wrong.  All users are
 * looked at, so that the time taken does not tell which of them exist. */
static enum role
access_of_password(const struct config *c, const struct config_server *s,
    const char *authorization)
{
	const struct config_http_user *user;
	enum role role = ROLE_NONE;
	size_t i;

	for (i = 0; i < c->nhttp_users; i++) {
		user = c->http_users[i];
		if (auth_check(authorization, user->name, user->password))
			role = user->role;
	}
	if (s->username != NULL &&
	    auth_check(authorization, s->username, s->password))
		role = s->role;
	return role;
}

int
access_check(const struct config *c, const struct config_server *s,
    const char *authorization, const struct access_peer *peer, uid_t self,
    enum role *role)
{
	enum role password;

	*role = access_of_peer(s, peer, self);
	if (*role == ROLE_NONE)
		return 403;
	if (!config_server_has_password(c, s))
		return 0;
	password = access_of_password(c, s, authorization);
	if (password == ROLE_NONE)
		return 401;
	if (password > *role || !s->is_unix)
		*role = password;
	return 0;
}
