/* SPDX-License-Identifier: BSD-2-Clause */
/* A program's output, from its pipe to its log. */
#include "supervisord/io/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <syslog.h>
#include <unistd.h>

#include "supervisord/io/ansi.h"
#include "supervisord/io/capture.h"
#include "supervisord/io/mainlog.h"
#include "supervisord/io/syslines.h"

struct output {
	struct output_settings set;
	int fd;
	struct loop_io *io;
	unsigned char *pending; /* what a full log has not taken yet */
	size_t pending_len;
	struct loop_io *pending_io;
	bool failing; /* the log's error was reported */
	bool silent;  /* text is only for the log: its events are past */
	struct capture *capture;
	unsigned char *text; /* what of a chunk goes to the log */
	size_t text_len, text_size;
};

enum output_step { OUTPUT_EMPTY, OUTPUT_MORE, OUTPUT_EOF };

static enum output_step output_read(struct output *, size_t *);
static int output_init_capture(struct output *);
static void output_deliver(
    struct output *, const unsigned char *, size_t, struct logfile_mark *);
static void output_filter(struct output *, const unsigned char *, size_t);
static void output_on_text(void *, const void *, size_t, bool);
static void output_on_message(void *, const void *, size_t);
static void output_append(struct output *, const void *, size_t);
static void output_say(struct output *, const void *, size_t, bool in_message);
static void output_finish(struct output *);
static void output_write_log(
    struct output *, const unsigned char *, size_t, struct logfile_mark *);
static void output_hold(struct output *, const unsigned char *, size_t);
static void output_on_readable(void *);
static void output_on_log_writable(void *);
static void output_end(struct output *);

/* Begins to read a pipe. */
struct output *
output_new(int fd, const struct output_settings *set)
{
	struct output *o;
	int error;

	if ((o = calloc(1, sizeof(*o))) != NULL) {
		o->set = *set;
		o->fd = fd;
		o->io = loop_io_new(
		    set->loop, fd, LOOP_READ, output_on_readable, o);
		if (o->io != NULL && output_init_capture(o) == 0 &&
		    (set->waits || loop_io_enable(o->io, true) == 0))
			return o;
		error = errno;
		output_free(o);
	} else {
		error = errno;
		(void)close(fd);
		logfile_close(set->log);
	}
	errno = error;
	return NULL;
}

/* Begins to read. */
void
output_begin(struct output *o)
{
	if (o->set.waits)
		(void)loop_io_enable(o->io, true);
	o->set.waits = false;
}

/* Closes pipe and log. */
void
output_free(struct output *o)
{
	if (o == NULL)
		return;
	o->silent = true;
	output_finish(o);
	loop_io_free(o->io);
	loop_io_free(o->pending_io);
	free(o->pending);
	capture_free(o->capture);
	free(o->text);
	(void)close(o->fd);
	logfile_close(o->set.log);
	free(o);
}

/* Reads what is there. */
void
output_drain(struct output *o)
{
	size_t total = 0;

	while (o->pending == NULL && total < OUTPUT_DRAIN_MAX)
		if (output_read(o, &total) != OUTPUT_MORE)
			return;
}

/* Writes our own bytes. */
void
output_put(struct output *o, const void *data, size_t len)
{
	output_deliver(o, data, len, NULL);
}

/* Ends what a former engine began.  Which of the chunk's events it had
 * published is not known: none is published again. */
void
output_recover(struct output *o, const void *data, size_t len,
    const struct logfile_mark *mark)
{
	const unsigned char *text = data;
	size_t text_len = len, done = 0;

	if (o->capture != NULL || o->set.strip_ansi) {
		o->silent = true;
		output_filter(o, data, len);
		o->silent = false;
		text = o->text;
		text_len = o->text_len;
	}
	if (o->set.log != NULL)
		done = logfile_written_since(o->set.log, mark, text_len);
	if (done < text_len)
		output_write_log(o, text + done, text_len - done, NULL);
	if (o->set.raw != NULL)
		o->set.raw(o->set.arg, data, len);
}

/* Returns the log. */
struct logfile *
output_log(const struct output *o)
{
	return o->set.log;
}

/* Takes one chunk out of the pipe, by way of the journal. */
static enum output_step
output_read(struct output *o, size_t *total)
{
	unsigned char *buf;
	int waiting = 0;
	size_t len;
	ssize_t n;

	if (ioctl(o->fd, FIONREAD, &waiting) == -1 || waiting < 1)
		waiting = 1; /* nothing, or the end: read() knows */
	len = (size_t)waiting < JOURNAL_CHUNK ? (size_t)waiting : JOURNAL_CHUNK;
	buf = journal_begin(o->set.journal, o->set.owner, len);
	do
		n = read(o->fd, buf, len);
	while (n == -1 && errno == EINTR);
	journal_have(o->set.journal, n > 0 ? (size_t)n : 0);
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return OUTPUT_EMPTY;
	if (n <= 0)
		return OUTPUT_EOF;
	*total += (size_t)n;
	if (o->set.bytes != NULL)
		*o->set.bytes += (uint64_t)n;
	output_deliver(o, buf, (size_t)n, journal_mark(o->set.journal));
	journal_end(o->set.journal);
	return OUTPUT_MORE;
}

/* Makes the scanner of capture mode. */
static int
output_init_capture(struct output *o)
{
	struct capture_sink sink = {
	    .text = output_on_text, .message = output_on_message, .arg = o};

	if (o->set.capture_max == 0)
		return 0;
	o->capture = capture_new(o->set.capture_max, &sink);
	return o->capture != NULL ? 0 : -1;
}

/* Sends a chunk to everybody who is to have it. */
static void
output_deliver(struct output *o, const unsigned char *data, size_t len,
    struct logfile_mark *mark)
{
	if (o->capture != NULL || o->set.strip_ansi) {
		output_filter(o, data, len);
		output_write_log(o, o->text, o->text_len, mark);
	} else {
		output_say(o, data, len, false);
		output_write_log(o, data, len, mark);
	}
	if (o->set.raw != NULL)
		o->set.raw(o->set.arg, data, len);
}

/* Makes o->text of a chunk. */
static void
output_filter(struct output *o, const unsigned char *data, size_t len)
{
	o->text_len = 0;
	if (o->capture != NULL)
		capture_feed(o->capture, data, len);
	else
		output_on_text(o, data, len, false);
}

/* A piece of output: of a message, or for the log. */
static void
output_on_text(void *arg, const void *data, size_t len, bool in_message)
{
	size_t start;
	struct output *o = arg;

	start = o->text_len;
	output_append(o, data, len);
	if (o->text_len == start)
		return; /* no memory */
	if (o->set.strip_ansi)
		o->text_len =
		    start + ansi_strip(o->text + start, o->text + start, len);
	len = o->text_len - start;
	if (in_message)
		capture_keep(o->capture, o->text + start, len);
	output_say(o, o->text + start, len, in_message);
	if (in_message)
		o->text_len = start;
}

/* A message is complete (P-134). */
static void
output_on_message(void *arg, const void *data, size_t len)
{
	struct output *o = arg;

	if (o->silent)
		return;
	if (o->set.message != NULL)
		o->set.message(o->set.arg, data, len);
	mainlog(LEVEL_DEBUG, "'%s' %s emitted a comm event", o->set.process,
	    o->set.channel);
}

/* Adds to what goes to the log. */
static void
output_append(struct output *o, const void *data, size_t len)
{
	size_t need = o->text_len + len;
	unsigned char *grown;

	if (need > o->text_size) {
		if ((grown = realloc(o->text, need)) == NULL)
			return;
		o->text = grown;
		o->text_size = need;
	}
	memcpy(o->text + o->text_len, data, len);
	o->text_len = need;
}

/* Tells events, main log and, if it is none of a message, syslog of a piece of
 * text. */
static void
output_say(struct output *o, const void *data, size_t len, bool in_message)
{
	char text[256];

	if (o->silent)
		return;
	if (mainlog_wants(LEVEL_DEBUG)) { /* P-150 */
		(void)snprintf(text, sizeof(text),
		    "'%s' %s output:", o->set.process, o->set.channel);
		mainlog_data(LEVEL_DEBUG, text, data, len);
	}
	if (o->set.data != NULL)
		o->set.data(o->set.arg, data, len);
	if (o->set.syslog && !in_message && len > 0)
		syslines(LOG_INFO, o->set.process, strlen(o->set.process), data,
		    len);
}

/* The stream ends: what capture mode held back is text. */
static void
output_finish(struct output *o)
{
	if (o->capture == NULL)
		return;
	o->text_len = 0;
	capture_finish(o->capture);
	output_write_log(o, o->text, o->text_len, NULL);
}

/* Writes to the log; holds back what a pipe does not take. */
static void
output_write_log(struct output *o, const unsigned char *data, size_t len,
    struct logfile_mark *mark)
{
	ssize_t n;

	if (o->set.log == NULL || len == 0)
		return;
	if (o->pending != NULL) { /* keep the order */
		output_hold(o, data, len);
		return;
	}
	n = logfile_write(o->set.log, data, len, mark);
	if (n == -1) {
		if (!o->failing)
			mainlog(LEVEL_WARN,
			    "cannot write the %s log of '%s' (%s): %s; its "
			    "output is dropped until that is over",
			    o->set.channel, o->set.process,
			    logfile_path(o->set.log), strerror(errno));
		o->failing = true;
		return;
	}
	o->failing = false;
	if ((size_t)n < len)
		output_hold(o, data + n, len - (size_t)n);
}

/* Keeps bytes until the log can take them; the pipe is not read meanwhile. */
static void
output_hold(struct output *o, const unsigned char *data, size_t len)
{
	unsigned char *grown;

	if ((grown = realloc(o->pending, o->pending_len + len)) == NULL)
		return;
	memcpy(grown + o->pending_len, data, len);
	o->pending = grown;
	o->pending_len += len;
	if (o->pending_io == NULL)
		o->pending_io = loop_io_new(o->set.loop, logfile_fd(o->set.log),
		    LOOP_WRITE, output_on_log_writable, o);
	if (o->pending_io != NULL && loop_io_enable(o->pending_io, true) == 0) {
		(void)loop_io_enable(o->io, false);
		return;
	}
	free(o->pending); /* it cannot be waited for */
	o->pending = NULL;
	o->pending_len = 0;
}

/* One chunk a turn; the loop comes back while there is more. */
static void
output_on_readable(void *arg)
{
	struct output *o = arg;
	size_t total = 0;

	if (output_read(o, &total) == OUTPUT_EOF)
		output_end(o);
}

/* The log takes bytes again. */
static void
output_on_log_writable(void *arg)
{
	struct output *o = arg;
	ssize_t n;

	n = logfile_write(o->set.log, o->pending, o->pending_len, NULL);
	if (n >= 0 && (size_t)n < o->pending_len) {
		memmove(o->pending, o->pending + n, o->pending_len - (size_t)n);
		o->pending_len -= (size_t)n;
		return;
	}
	loop_io_free(o->pending_io);
	o->pending_io = NULL;
	free(o->pending);
	o->pending = NULL;
	o->pending_len = 0;
	(void)loop_io_enable(o->io, true);
}

/* The program, and whoever inherited the pipe from it, has closed it. */
static void
output_end(struct output *o)
{
	mainlog(LEVEL_DEBUG, "fd %d closed, stopped monitoring <%s of '%s'>",
	    o->fd, o->set.channel, o->set.process);
	(void)loop_io_enable(o->io, false);
	output_finish(o);
	if (o->set.closed != NULL)
		o->set.closed(o->set.arg);
}
