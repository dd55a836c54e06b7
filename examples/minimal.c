/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The smallest daemon under a supervisor.
 *
 *     minimal --pid-file /tmp/minimal.pid       starts it, in the background
 *     kill -9 WORKER                            a new worker comes
 *     kill -USR2 `cat /tmp/minimal.pid`         runs the newest build instead
 *     kill `cat /tmp/minimal.pid`               stops it
 *
 * With --no-fork it stays in the foreground and logs to the terminal.
 */
#include <appbase.h>

/* The worker: this is the program; all else is the library's. */
static int
work(struct appbase *app)
{
	/* Initialised: from here on this worker is the daemon. */
	appbase_ready_to_take_over(app);
	/* Sleeps a second, tells the supervisor that all is well, and ends the
	 * worker here when it is asked to end. */
	while (appbase_wait(app, NULL, 0, 1000) == 0)
		appbase_log(APPBASE_LOG_INFO, "generation %llu is at work",
		    (unsigned long long)appbase_generation(app));
	return APPBASE_EXIT_SYSTEM;
}

int
main(int argc, char *argv[])
{
	static const struct appbase_class minimal = {
	    .name = "minimal",
	    .documentation = "Says every second that it is there.",
	    .flags = APPBASE_HOT_RELOAD,
	    .supervised_process = work,
	};

	return appbase_run(&minimal, argc, argv);
}
