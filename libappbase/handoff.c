/* SPDX-License-Identifier: BSD-2-Clause */
/* What this process image is: first start, candidate, resumed; see handoff.h.
 */
#include "libappbase/handoff.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libappbase/fd.h"
#include "libappbase/fields.h"
#include "libappbase/log.h"

static const char *const handoff_roles[] = {
    [HANDOFF_NONE] = "none",
    [HANDOFF_WORKER] = "worker",
    [HANDOFF_SUPERVISOR] = "supervisor",
    [HANDOFF_RESUME] = "resume",
};

const char *
handoff_format(const struct handoff *h)
{
	static char buf[160];

	snprintf(buf, sizeof(buf),
	    "%s line=%d chan=%d lock=%d state=%d worker=%ld",
	    handoff_roles[h->role], h->line, h->chan, h->lock, h->state,
	    (long)h->worker);
	return buf;
}

bool
handoff_parse(const char *text, struct handoff *h)
{
	struct fields f = {.at = text};
	char role[16];
	size_t i;

	fields_word(&f, role, sizeof(role));
	fields_key(&f, "line=");
	h->line = fields_fd(&f);
	fields_key(&f, "chan=");
	h->chan = fields_fd(&f);
	fields_key(&f, "lock=");
	h->lock = fields_fd(&f);
	fields_key(&f, "state=");
	h->state = fields_fd(&f);
	fields_key(&f, "worker=");
	h->worker = (pid_t)fields_int(&f, 0, INT_MAX);
	if (!fields_done(&f))
		return false;
	for (i = HANDOFF_WORKER; i <= HANDOFF_RESUME; i++)
		if (strcmp(role, handoff_roles[i]) == 0) {
			h->role = (enum handoff_role)i;
			return true;
		}
	return false;
}

/* Is fd a unix socket that our parent made? */
static bool
handoff_from_parent(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1 ||
	    ss.ss_family != AF_UNIX)
		return false;
#ifdef SO_PEERCRED
	{
		struct ucred cred;

		len = sizeof(cred);
		if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1)
			return false;
		return cred.pid == getppid();
	}
#else
	return true;
#endif
}

/* Is fd a memory file that nobody can write any more? */
static bool
handoff_sealed(int fd)
{
#ifdef F_GET_SEALS
	int seals = fcntl(fd, F_GET_SEALS);

	return seals != -1 && (seals & F_SEAL_WRITE) != 0;
#else
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
#endif
}

bool
handoff_is_child(pid_t pid)
{
	siginfo_t info;

	return pid > 0 &&
	    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

static bool
handoff_valid(const struct handoff *h)
{
	if (h->role == HANDOFF_RESUME)
		return handoff_sealed(h->state);
	if (h->line == h->chan || !handoff_from_parent(h->line) ||
	    !handoff_from_parent(h->chan))
		return false;
	return h->role != HANDOFF_SUPERVISOR || h->lock == -1 ||
	    fcntl(h->lock, F_GETFD) != -1;
}

const struct handoff *
handoff_take(void)
{
	static struct handoff taken = {HANDOFF_NONE, -1, -1, -1, -1, 0};
	static bool done;
	struct handoff h = taken;
	const char *text = getenv(HANDOFF_ENV);

	if (done || text == NULL)
		return &taken;
	done = true;
	if (!handoff_parse(text, &h) || !handoff_valid(&h)) {
		if (h.role != HANDOFF_RESUME || !handoff_is_child(h.worker))
			h.role = HANDOFF_NONE;
		log_warn("%s=%s does not check out%s", HANDOFF_ENV, text,
		    h.role == HANDOFF_NONE ? ", ignored" : "");
		h.state = -1;
	}
	unsetenv(HANDOFF_ENV);
	if (h.role == HANDOFF_NONE)
		return &taken;
	fd_set_cloexec(h.line, true);
	fd_set_cloexec(h.chan, true);
	if (h.lock != -1)
		fd_set_cloexec(h.lock, true);
	taken = h;
	return &taken;
}
