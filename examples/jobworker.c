/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A worker whose jobs are never cut.
 *
 * Each file in the spool directory is a job.  It is worked on for a while and
 * then moved to DIR/done.  A stop or a reload that comes in the middle of a job
 * waits for its end, because the job is a BUSY SECTION; a worker that crashes
 * leaves the job where it was, and the next worker starts it again.
 *
 *     mkdir /tmp/spool; jobworker --spool /tmp/spool --pid-file /tmp/jw.pid
 *     touch /tmp/spool/one /tmp/spool/two
 *     kill -USR2 `cat /tmp/jw.pid`          in the middle of a job
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <appbase.h>

static const struct appbase_option options[] = {
    {"spool", "spool=<dir>", "directory of the jobs", APPBASE_STRING, NULL},
    {"job-ms", "job-ms=<ms>", "milliseconds that a job takes", APPBASE_INTEGER,
	"1000"},
    {NULL, NULL, NULL, APPBASE_SWITCH, NULL},
};

static const char *
spool(struct appbase *app)
{
	return appbase_option_string(appbase_options(app), "spool");
}

/*
 * Runs once, in the foreground, before anything else is started: what is wrong
 * with the command line should be seen by the one who typed it.
 */
static int
prepare(struct appbase *app)
{
	char done[PATH_MAX];

	if (spool(app) == NULL) {
		fprintf(stderr, "jobworker: --spool is missing\n");
		return APPBASE_EXIT_USAGE;
	}
	snprintf(done, sizeof(done), "%s/done", spool(app));
	if (mkdir(done, 0777) == -1 && errno != EEXIST) {
		fprintf(stderr, "jobworker: %s: %s\n", done, strerror(errno));
		return APPBASE_EXIT_USAGE;
	}
	return APPBASE_EXIT_OK;
}

/* Finds a job; its name goes to `name`. */
static bool
find(struct appbase *app, char *name, size_t size)
{
	struct dirent *e;
	DIR *d = opendir(spool(app));
	bool found = false;

	if (d == NULL)
		appbase_error(app, "%s: %s", spool(app), strerror(errno));
	while (!found && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.' || strcmp(e->d_name, "done") == 0)
			continue;
		snprintf(name, size, "%s", e->d_name);
		found = true;
	}
	closedir(d);
	return found;
}

/* Works on a job.  A stop request that comes now is data, and waits. */
static void
run(struct appbase *app, const char *name)
{
	char from[PATH_MAX], to[PATH_MAX];
	int64_t ms = appbase_option_integer(appbase_options(app), "job-ms");
	struct timespec slice = {0, 10 * 1000 * 1000};

	appbase_log(APPBASE_LOG_INFO, "%s begins", name);
	for (; ms > 0; ms -= 10) {
		nanosleep(&slice, NULL); /* the work itself */
		appbase_ping_supervisor(app);
	}
	snprintf(from, sizeof(from), "%s/%s", spool(app), name);
	snprintf(to, sizeof(to), "%s/done/%s", spool(app), name);
	if (rename(from, to) == -1)
		appbase_error(app, "%s: %s", from, strerror(errno));
	appbase_log(APPBASE_LOG_INFO, "%s is done", name);
}

static int
work(struct appbase *app)
{
	char name[NAME_MAX + 1];

	/* In a reload this returns when the old worker is gone, so that no two
	 * workers ever take the same job. */
	appbase_ready_to_take_over(app);
	for (;;) {
		if (!find(app, name, sizeof(name))) {
			if (appbase_wait(app, NULL, 0, 100) == -1)
				return APPBASE_EXIT_SYSTEM;
			continue;
		}
		appbase_busy_begin(app);
		run(app, name);
		appbase_busy_end(app); /* here a request to end is obeyed */
	}
}

int
main(int argc, char *argv[])
{
	static const struct appbase_class jobworker = {
	    .name = "jobworker",
	    .documentation = "Works on the jobs in a directory, one by one.",
	    .options = options,
	    .flags = APPBASE_HOT_RELOAD,
	    .prepare = prepare,
	    .supervised_process = work,
	    /* No job takes longer; a worker that does is killed. */
	    .shutdown_timeout_ms = 5 * 60 * 1000,
	};

	return appbase_run(&jobworker, argc, argv);
}
