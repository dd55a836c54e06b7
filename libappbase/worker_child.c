/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes that a worker makes of itself: forked children, another program. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config.h"
#ifdef HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif

#include "appbase/supervise.h"
#include "libappbase/app.h"
#include "libappbase/fd.h"
#include "libappbase/page.h"
#include "libappbase/worker.h"
#include "libappbase/worksig.h"

void
appbase_forked_child(struct appbase *app, bool die_with_worker)
{
	struct worker *wk = app->wk;
	pid_t parent = getppid();

	worksig_reset();
	if (wk == NULL)
		return;
	keep_forget(wk->keep);
	fd_close(wk->line);
	chan_free(wk->chan);
	fd_close(wk->wake);
	fd_close(wk->set);
	if (wk->page != NULL)
		munmap(wk->page, PAGE_SIZE_BYTES);
	free(wk);
	app->wk = NULL;
#ifdef PR_SET_PDEATHSIG
	if (die_with_worker) {
		prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
		if (getppid() != parent)
			raise(SIGTERM);
	}
#else
	(void)die_with_worker;
	(void)parent;
#endif
}

/* A blocking copy of the handoff socket, without close-on-exec, as
 * descriptor 3. */
static int
worker_child_line(int line)
{
	int flags;

	if (dup2(line, 3) == -1)
		return -1;
	if (line == 3 && fd_set_cloexec(3, false) == -1)
		return -1;
	flags = fcntl(3, F_GETFL);
	return flags == -1 ? -1 : fcntl(3, F_SETFL, flags & ~O_NONBLOCK);
}

int
appbase_exec_worker(struct appbase *app, char *const argv[])
{
	struct worker *wk = app->wk;
	sigset_t all, mask;
	int saved = -1, error;

	if (wk == NULL || wk->line == -1) {
		errno = ENOTCONN;
		return -1;
	}
	/* A stop request is either seen here or acts by default from here on:
	 * none is lost between. */
	sigprocmask(SIG_BLOCK, NULL, &mask);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	worksig_default(true);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	worker_serve(app);
	if (wk->line != 3 && (saved = fcntl(3, F_DUPFD_CLOEXEC, 10)) == -1 &&
	    errno != EBADF) {
		worksig_default(false);
		return -1;
	}
	if (worker_child_line(wk->line) == 0 &&
	    setenv("APPBASE_SUPERVISOR_FD", "3", 1) == 0)
		execvp(argv[0], argv);
	error = errno;
	worksig_default(false);
	unsetenv("APPBASE_SUPERVISOR_FD");
	fd_set_nonblock(wk->line, true);
	if (saved != -1) {
		dup3(saved, 3, O_CLOEXEC);
		fd_close(saved);
	} else if (wk->line != 3)
		fd_close(3);
	errno = error;
	return -1;
}
