/* SPDX-License-Identifier: BSD-2-Clause */
/* What the supervisor reports: status file, SIGUSR1, service manager. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "appbase/notify.h"
#include "libappbase/clock.h"
#include "libappbase/fd.h"
#include "libappbase/fdreserve.h"
#include "libappbase/log.h"
#include "libappbase/supervisor.h"

#define SUPSTATUS_SLACK_MS 2000 /* what else a stop may take */
#define SUPSTATUS_RETRY_MS 100	/* when the service manager's socket is full */

/* Sends; what a full socket did not take is tried again. */
static void
supstatus_send(struct supervisor *sup, const char *text)
{
	sup->notify_ms = CLOCK_NEVER;
	if (appbase_notify(sup->app->notify_socket, text) != -1)
		return;
	if (errno != EAGAIN) {
		log_debug("service manager: %m");
		return;
	}
	if (text != sup->notify)
		strlcpy(sup->notify, text, sizeof(sup->notify));
	sup->notify_ms = clock_now_ms() + SUPSTATUS_RETRY_MS;
}

void
supstatus_notify(struct supervisor *sup, const char *fmt, ...)
{
	char text[sizeof(sup->notify)];
	va_list ap;

	if (sup->app->notify_socket == NULL || sup->above != NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (sup->notify_ms != CLOCK_NEVER && strcmp(text, "WATCHDOG=1") == 0)
		return; /* something more important waits */
	supstatus_send(sup, text);
}

void
supstatus_retry(struct supervisor *sup, int64_t now_ms)
{
	if (now_ms >= sup->notify_ms)
		supstatus_send(sup, sup->notify);
}

void
supstatus_fdstore(struct supervisor *sup, const char *name, int fd)
{
	char text[128];

	if (!sup->app->fdstore || sup->app->notify_socket == NULL)
		return;
	snprintf(text, sizeof(text), "FDSTORE=1\nFDNAME=%s", name);
	if (appbase_notify_fd(sup->app->notify_socket, text, fd) == -1)
		log_warn("listener %s: cannot store it: %m", name);
}

void
supstatus_extend(struct supervisor *sup, int64_t ms)
{
	if (ms >= 0)
		supstatus_notify(sup, "EXTEND_TIMEOUT_USEC=%" PRId64,
		    (ms + SUPSTATUS_SLACK_MS) * 1000);
}

static const char *
supstatus_state(const struct supervisor *sup)
{
	if (sup->phase != SUP_RUNNING)
		return "stopping";
	switch (sup->reload.state) {
	case RELOAD_CHECKING:
	case RELOAD_STARTING:
	case RELOAD_ABORTING:
		return "reloading";
	case RELOAD_DRAINING:
	case RELOAD_FINISHING:
		return "draining";
	default:
		break;
	}
	if (sup->active == NULL)
		return "respawning";
	return sup->active->ready ? "running" : "starting";
}

static long
supstatus_pid(const struct workproc *wp)
{
	return wp != NULL ? (long)wp->pid : 0;
}

/* The worker in charge; a second supervisor that takes over is none. */
static long
supstatus_worker(const struct supervisor *sup)
{
	if (sup->active != NULL && sup->active->supervisor)
		return 0;
	return supstatus_pid(sup->active);
}

/* The report's lines; the uptime is counted from `started_ms`, so that the text
 * changes only when something happens. */
static void
supstatus_format(const struct supervisor *sup, char *buf, size_t size)
{
	snprintf(buf, size,
	    "state=%s\ngeneration=%" PRIu64 "\nsupervisor=%ld\nworker=%ld\n"
	    "candidate=%ld\nold_worker=%ld\nstarted_ms=%" PRId64
	    "\nrestarts=%" PRIu64 "\nreloads=%" PRIu64
	    "\nlast_reload=%s\nlast_reload_ms=%" PRId64 "\nstatus=%s\n",
	    supstatus_state(sup), sup->app->generation, (long)getpid(),
	    supstatus_worker(sup), supstatus_pid(sup->candidate),
	    supstatus_pid(sup->old), sup->started_ms, sup->restarts,
	    sup->reloads, sup->reload_result, sup->reload_took_ms,
	    sup->active != NULL ? sup->active->status : "");
}

/* Writes the whole report beside the file and renames it over. */
static int
supstatus_write(const char *path, const char *text)
{
	char tmp[4096];
	size_t len = strlen(text);
	int fd, error;

	if ((size_t)snprintf(tmp, sizeof(tmp), "%s.%ld", path,
		(long)getpid()) >= sizeof(tmp)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	/* Whatever lies there, a link or a pipe, is not written to. */
	if (unlink(tmp) == -1 && errno != ENOENT)
		return -1;
	fd = fdreserve_open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd == -1)
		return -1;
	errno = 0;
	if (write(fd, text, len) != (ssize_t)len || rename(tmp, path) == -1) {
		error = errno != 0 ? errno : EIO;
		unlink(tmp);
		fd_close(fd);
		errno = error;
		return -1;
	}
	fd_close(fd);
	return 0;
}

void
supstatus_update(struct supervisor *sup)
{
	const char *path = sup->app->set.status_file;
	char text[sizeof(sup->status_text)], full[sizeof(text) + 64];

	if (path == NULL || sup->above != NULL || sup->handed_over)
		return;
	supstatus_format(sup, text, sizeof(text));
	if (strcmp(text, sup->status_text) == 0)
		return;
	strlcpy(sup->status_text, text, sizeof(sup->status_text));
	snprintf(full, sizeof(full), "%suptime_ms=%" PRId64 "\n", text,
	    clock_now_ms() - sup->started_ms);
	errno = 0;
	if (supstatus_write(path, full) == 0)
		sup->status_failed = false;
	else if (!sup->status_failed) {
		sup->status_failed = true;
		log_warn("status file %s: %m", path);
	}
}

void
supstatus_log(struct supervisor *sup)
{
	char text[sizeof(sup->status_text)], *p;

	supstatus_format(sup, text, sizeof(text));
	for (p = text; *p != '\0'; p++)
		if (*p == '\n')
			*p = p[1] == '\0' ? '\0' : ' ';
	log_info(
	    "%s uptime_ms=%" PRId64, text, clock_now_ms() - sup->started_ms);
}

void
supstatus_remove(struct supervisor *sup)
{
	const char *path = sup->app->set.status_file;

	if (path != NULL && sup->status_text[0] != '\0' &&
	    !sup->status_failed && unlink(path) == -1 && errno != ENOENT)
		log_warn("status file %s: %m", path);
}
