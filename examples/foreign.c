/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A supervisor for a worker in another language.
 *
 *     foreign --pid-file /tmp/foreign.pid examples/worker.py
 *
 * The worker process becomes the program that is named on the command line.  It
 * inherits its end of the handoff socket, whose number is in the environment
 * variable APPBASE_SUPERVISOR_FD, and speaks lines on it:
 *
 *     it writes    it reads    meaning
 *     ping         pong        I am alive; are you?
 *     takeover     ok          initialised; answered when the old one is gone
 *     restart                  kill me and start me again
 *     stop                     stop the daemon
 *
 * It is asked to end by SIGTERM.  End of file means that the supervisor is
 * gone. See worker.sh and worker.py.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <appbase.h>

/* The program and its arguments: what is no option. */
static int
prepare(struct appbase *app)
{
	size_t n;

	appbase_option_args(appbase_options(app), &n);
	if (n > 0)
		return APPBASE_EXIT_OK;
	fprintf(stderr, "foreign: no program is named\n");
	return APPBASE_EXIT_USAGE;
}

static int
work(struct appbase *app)
{
	char *const *argv = appbase_option_args(appbase_options(app), NULL);

	appbase_exec_worker(app, argv);
	/* Only a failure comes back. */
	appbase_error(app, "%s: %s", argv[0], strerror(errno));
}

int
main(int argc, char *argv[])
{
	static const struct appbase_class foreign = {
	    .name = "foreign",
	    .documentation = "Supervises a program that speaks lines.",
	    .usage_template = "foreign [options] program [argument ...]",
	    /* The program says when it is ready. */
	    .flags = APPBASE_HOT_RELOAD | APPBASE_CALLS_READY,
	    .prepare = prepare,
	    .supervised_process = work,
	};

	return appbase_run(&foreign, argc, argv);
}
