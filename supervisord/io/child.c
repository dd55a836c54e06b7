/* SPDX-License-Identifier: BSD-2-Clause */
/* One child: its logs, its pipes, and what is asked of the keeper for it. */
#include "supervisord/io/child.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <appbase/keep.h>

#include "common/pool.h"
#include "supervisord/io/autolog.h"
#include "supervisord/io/child_private.h"
#include "supervisord/io/command.h"
#include "supervisord/io/mainlog.h"

/* By descriptor number, and by channel. */
const char *const child_pipe_kind[] = {"in", "out", "err"};
static const char *const *const child_kind = child_pipe_kind + STDOUT_FILENO;
static const char *const child_channel_name[] = {"stdout", "stderr"};

static int child_adopt(struct child *);
static void child_make_autologs(struct child *);
static void child_detach(struct child *);
static void child_on_timer(void *);
static void child_on_closed(void *);
static void child_on_taken(void *);
static void child_on_data(void *, const void *, size_t);
static void child_on_message(void *, const void *, size_t);
static void child_on_protocol(void *, const void *, size_t);
static void child_tell(
    const struct child_channel *, children_data *, const void *, size_t);

/* Makes a child, new or taken over. */
struct child *
child_new(struct children *all, struct process *p,
    const struct config_process *config, struct fcgisock *sock)
{
	struct child *c;
	int i, known;

	known = roster_find(all->set.roster, config->group_name, config->name);
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	c->all = all;
	c->proc = p;
	c->config = config;
	c->socket = sock;
	for (i = 0; i < CONFIG_NCHANNELS; i++) {
		c->channel[i].child = c;
		c->channel[i].id = (enum config_channel_id)i;
	}
	c->slot =
	    roster_claim(all->set.roster, config->group_name, config->name);
	c->timer = loop_timer_new(all->set.loop, child_on_timer, c);
	if (c->slot == -1 || c->timer == NULL) {
		loop_timer_free(c->timer);
		free(c);
		return NULL;
	}
	process_set_data(p, c);
	all->by_slot[c->slot] = c;
	child_make_autologs(c);
	if (known != -1)
		(void)child_adopt(c);
	else
		child_save(c);
	return c;
}

/* Ends a child for good. */
void
child_free(struct child *c)
{
	if (c == NULL)
		return;
	child_close_stdin(c);
	child_close_output(c, CONFIG_STDOUT);
	child_close_output(c, CONFIG_STDERR);
	child_release_socket(c);
	roster_release(c->all->set.roster, c->slot);
	child_detach(c);
}

/* Leaves a child to the next engine. */
void
child_abandon(struct child *c)
{
	if (c == NULL)
		return;
	if (c->dirty)
		child_save(c);
	inpipe_free(c->in);
	output_free(c->channel[CONFIG_STDOUT].output);
	output_free(c->channel[CONFIG_STDERR].output);
	child_detach(c);
}

/* Returns the child of a process. */
struct child *
child_of(const struct process *p)
{
	return process_data(p);
}

/* Returns the id of its program. */
uint64_t
child_id(const struct child *c)
{
	return c->id;
}

/* Returns its configuration. */
const struct config_process *
child_config(const struct child *c)
{
	return c->config;
}

/* Returns what its programs have written. */
uint64_t
child_output_bytes(const struct child *c, enum config_channel_id id)
{
	return c->channel[id].bytes;
}

/* Returns the path of a log. */
const char *
child_log_path(const struct child *c, enum config_channel_id id)
{
	if (id == CONFIG_STDERR && c->config->redirect_stderr)
		return NULL;
	switch (c->config->channel[id].logfile.kind) {
	case CONFOPT_LOG_AUTO:
		return c->channel[id].auto_path;
	case CONFOPT_LOG_FILE:
		return c->config->channel[id].logfile.path;
	default:
		return NULL;
	}
}

/* Empties both logs. */
int
child_clear_logs(struct child *c)
{
	struct logfile *log;
	const char *path;
	int error = 0, i;

	for (i = 0; i < CONFIG_NCHANNELS; i++) {
		path = child_log_path(c, (enum config_channel_id)i);
		if (path == NULL)
			continue;
		if (c->channel[i].output != NULL &&
		    output_log(c->channel[i].output) != NULL) {
			if (logfile_clear(output_log(c->channel[i].output)) ==
				-1 &&
			    error == 0)
				error = errno;
			continue;
		}
		if (access(path, F_OK) == -1 && errno == ENOENT)
			continue;
		log = logfile_open(path, 0, 0);
		if ((log == NULL || logfile_clear(log) == -1) && error == 0)
			error = errno;
		logfile_close(log);
	}
	errno = error;
	return error == 0 ? 0 : -1;
}

/* Opens the logs of the running program anew. */
void
child_reopen_logs(struct child *c)
{
	int i;

	for (i = 0; i < CONFIG_NCHANNELS; i++) {
		struct output *o = c->channel[i].output;

		if (o == NULL || output_log(o) == NULL)
			continue;
		if (logfile_reopen(output_log(o)) == -1)
			mainlog(LEVEL_WARN, "cannot reopen %s: %s",
			    logfile_path(output_log(o)), strerror(errno));
	}
}

/* Sends bytes to the program. */
int
child_write_stdin(struct child *c, const void *data, size_t len)
{
	if (process_pid(c->proc) == 0 || process_is_killing(c->proc)) {
		errno = ESRCH;
		return -1;
	}
	if (c->in == NULL) {
		errno = EPIPE;
		return -1;
	}
	return inpipe_write(c->in, data, len, CHILD_STDIN_MAX);
}

/* Sends an event to a listener. */
int
child_write_event(struct child *c, const void *data, size_t len)
{
	if (c->in == NULL) {
		errno = EPIPE;
		return -1;
	}
	inpipe_on_empty(c->in, child_on_taken, c);
	return inpipe_write(c->in, data, len, len + CHILD_STDIN_MAX);
}

/* Returns how much of what was sent still waits. */
size_t
child_stdin_waiting(const struct child *c)
{
	return c->in != NULL ? inpipe_waiting(c->in) : 0;
}

/* Tells whether the command can be found. */
enum action_result
child_resolve(struct child *c, char *detail, size_t len)
{
	struct pool *pool = pool_new();
	struct command command;
	enum action_result result;

	result = child_command(c, pool, &command, detail, len);
	pool_free(pool);
	return result;
}

/* Closes what is open, and has the keeper drop what it may have been given. */
void
child_close_all(struct child *c)
{
	char name[CHILD_PIPE_NAME_MAX];
	int i;

	for (i = 0; i < 3; i++)
		(void)appbase_drop_fd(c->all->set.app,
		    child_pipe_name(child_pipe_kind[i], c->id, name));
	inpipe_free(c->in);
	c->in = NULL;
	for (i = 0; i < CONFIG_NCHANNELS; i++) {
		output_free(c->channel[i].output);
		c->channel[i].output = NULL;
	}
}

/* Asks the keeper to send a signal; what we want is on record before.  Of a
 * stop the signal is, too: nobody asks for it again, as clients do for others.
 */
int
child_signal(struct child *c, int signo, bool group)
{
	int error = 0;

	c->due = process_state(c->proc) == PROC_STOPPING ? signo : 0;
	c->due_group = group;
	child_save(c);
	if (appbase_keep_signal(c->all->set.app, c->id, signo, group) == -1)
		error = errno;
	c->due = 0;
	child_save(c);
	return error;
}

/* Arms the process's timer. */
void
child_arm(struct child *c, int64_t when_ms)
{
	loop_timer_set(c->timer, when_ms);
	child_mark(c);
}

/* Notes that the entry is to be written. */
void
child_mark(struct child *c)
{
	c->dirty = true;
	c->all->set.wake(c->all->set.arg);
}

/* A process whose program was not forked needs no socket; that of one that was
 * is let go when its exit has been dealt with. */
void
child_idle(struct child *c)
{
	if (process_pid(c->proc) == 0)
		child_release_socket(c);
}

/* Holds the socket no longer. */
void
child_release_socket(struct child *c)
{
	if (!c->holds_socket)
		return;
	c->holds_socket = false;
	fcgisock_release(c->socket);
}

/* Writes the entry, now. */
void
child_save_now(struct child *c)
{
	child_save(c);
}

/* Returns its place. */
int
child_slot(const struct child *c)
{
	return c->slot;
}

/* Chooses the command, on record. */
void
child_set_previous(struct child *c, bool previous)
{
	struct roster_entry *e = roster_entry(c->all->set.roster, c->slot);

	if (e->previous == (uint32_t)previous)
		return;
	e->previous = previous;
	child_save(c);
}

/* Resolves the command that was chosen. */
enum action_result
child_command(const struct child *c, struct pool *pool, struct command *command,
    char *err, size_t len)
{
	const struct roster_entry *e =
	    roster_entry(c->all->set.roster, c->slot);
	struct config_process config = *c->config;

	if (e->previous != 0 && config.previous_command != NULL)
		config.command = config.previous_command;
	return command_resolve(
	    &config, getenv("PATH"), pool, command, err, len);
}

/* Was it taken over? */
bool
child_is_taken(const struct child *c)
{
	return c->taken;
}

/* Writes the entry. */
void
child_save(struct child *c)
{
	struct roster_entry *e = roster_entry(c->all->set.roster, c->slot);

	process_record(c->proc, &e->proc);
	e->proc.spawn_id = c->id;
	e->proc.due = (uint8_t)c->due;
	e->proc.due_group = c->due_group;
	roster_write(c->all->set.roster, c->slot);
	c->dirty = false;
}

/* Closes the program's stdin. */
void
child_close_stdin(struct child *c)
{
	char name[CHILD_PIPE_NAME_MAX];

	if (c->in == NULL)
		return;
	inpipe_free(c->in);
	c->in = NULL;
	(void)appbase_drop_fd(
	    c->all->set.app, child_pipe_name("in", c->id, name));
}

/* Closes a channel. */
void
child_close_output(struct child *c, enum config_channel_id id)
{
	char name[CHILD_PIPE_NAME_MAX];

	if (c->channel[id].output == NULL)
		return;
	output_free(c->channel[id].output);
	c->channel[id].output = NULL;
	(void)appbase_drop_fd(
	    c->all->set.app, child_pipe_name(child_kind[id], c->id, name));
}

/* Makes a pipe's name. */
const char *
child_pipe_name(const char *kind, uint64_t id, char buf[CHILD_PIPE_NAME_MAX])
{
	(void)snprintf(
	    buf, CHILD_PIPE_NAME_MAX, "%s.%llx", kind, (unsigned long long)id);
	return buf;
}

/* Makes a mark for the journal. */
uint64_t
child_owner(uint64_t id, enum config_channel_id channel)
{
	return id << 1 | (uint64_t)channel;
}

/* Opens a log and reads a pipe into it. */
int
child_open_output(struct child *c, enum config_channel_id id, int fd)
{
	const struct config_channel *cc = &c->config->channel[id];
	const char *path = child_log_path(c, id);
	struct output_settings set = {.loop = c->all->set.loop,
	    .journal = c->all->set.journal,
	    .owner = child_owner(c->id, id),
	    .process = c->config->name,
	    .channel = child_channel_name[id],
	    .syslog = cc->syslog,
	    .bytes = &c->channel[id].bytes,
	    .strip_ansi = c->all->set.strip_ansi,
	    /* events tell the pid, which is not known yet */
	    .waits = process_pid(c->proc) == 0 &&
		state_is_signallable(process_state(c->proc)),
	    .closed = child_on_closed,
	    .arg = &c->channel[id]};
	int error;

	if (c->config->kind == CONFIG_EVENTLISTENER && id == CONFIG_STDOUT) {
		set.raw = child_on_protocol; /* P-110 */
		set.syslog = false;
	} else {
		set.data = cc->events_enabled ? child_on_data : NULL;
		set.message = child_on_message;
		set.capture_max =
		    cc->capture_maxbytes > 0 ? (size_t)cc->capture_maxbytes : 0;
	}
	if (path != NULL) {
		set.log = logfile_open(
		    path, cc->logfile_maxbytes, cc->logfile_backups);
		if (set.log == NULL && process_pid(c->proc) != 0) {
			/* taken over: it is read on, or it would block */
			mainlog(LEVEL_CRITICAL,
			    "cannot go on with the %s of '%s': %s: %s",
			    child_channel_name[id], c->config->name, path,
			    strerror(errno));
		} else if (set.log == NULL) {
			error = errno;
			(void)close(fd);
			errno = error;
			return -1;
		}
	}
	c->channel[id].output = output_new(fd, &set);
	return c->channel[id].output != NULL ? 0 : -1;
}

/* Takes up what an earlier engine left of this process. */
static int
child_adopt(struct child *c)
{
	struct roster_entry *e = roster_entry(c->all->set.roster, c->slot);
	char name[CHILD_PIPE_NAME_MAX];
	int fd, i;

	c->taken = true;
	c->id = e->proc.spawn_id;
	c->due = e->proc.due;
	c->due_group = e->proc.due_group;
	process_restore(c->proc, &e->proc, loop_now_ms());
	if (c->id == 0)
		return 0;
	if (c->socket != NULL &&
	    (process_pid(c->proc) != 0 ||
		state_is_signallable(process_state(c->proc)))) {
		fcgisock_adopt(c->socket);
		c->holds_socket = true;
	}
	for (i = 0; i < CONFIG_NCHANNELS; i++) {
		fd = appbase_kept_take(c->all->set.app,
		    child_pipe_name(child_kind[i], c->id, name));
		if (fd != -1 &&
		    child_open_output(c, (enum config_channel_id)i, fd) == -1)
			mainlog(LEVEL_CRITICAL,
			    "cannot go on with the %s of '%s': %s",
			    child_channel_name[i], c->config->name,
			    strerror(errno));
	}
	fd = appbase_kept_take(
	    c->all->set.app, child_pipe_name("in", c->id, name));
	if (fd != -1)
		c->in = inpipe_new(c->all->set.loop, fd);
	return 0;
}

/* Makes or finds the AUTO logs' names. */
static void
child_make_autologs(struct child *c)
{
	const struct children_settings *set = &c->all->set;
	struct roster_entry *e = roster_entry(set->roster, c->slot);
	int i;

	for (i = 0; i < CONFIG_NCHANNELS; i++) {
		if (c->config->channel[i].logfile.kind != CONFOPT_LOG_AUTO ||
		    (i == CONFIG_STDERR && c->config->redirect_stderr))
			continue;
		if (e->automatic[i][0] != '\0')
			c->channel[i].auto_path = autolog_path(set->childlogdir,
			    c->config->name, child_channel_name[i],
			    set->identifier, e->automatic[i]);
		else
			c->channel[i].auto_path =
			    autolog_create(set->childlogdir, c->config->name,
				child_channel_name[i], set->identifier,
				e->automatic[i]);
		if (c->channel[i].auto_path == NULL)
			mainlog(LEVEL_WARN, "cannot make a log in %s: %s",
			    set->childlogdir, strerror(errno));
	}
}

/* Frees a child that has let go of everything. */
static void
child_detach(struct child *c)
{
	process_set_data(c->proc, NULL);
	c->all->by_slot[c->slot] = NULL;
	loop_timer_free(c->timer);
	free(c->argv0);
	free(c->channel[CONFIG_STDOUT].auto_path);
	free(c->channel[CONFIG_STDERR].auto_path);
	free(c);
}

/* The process's timer is due. */
static void
child_on_timer(void *arg)
{
	struct child *c = arg;

	int64_t now = loop_now_ms();

	if (now < process_deadline_ms(c->proc)) {
		child_arm(c, process_deadline_ms(c->proc));
		return;
	}
	process_timer(c->proc, now, time(NULL));
	child_mark(c);
}

/* A pipe has ended. */
static void
child_on_closed(void *arg)
{
	struct child_channel *channel = arg;

	child_close_output(channel->child, channel->id);
}

/* A chunk of output whose events are wanted. */
static void
child_on_data(void *arg, const void *data, size_t len)
{
	struct child_channel *channel = arg;
	const struct children_settings *set = &channel->child->all->set;

	child_tell(channel, set->output, data, len);
}

/* A captured message. */
static void
child_on_message(void *arg, const void *data, size_t len)
{
	struct child_channel *channel = arg;
	const struct children_settings *set = &channel->child->all->set;

	child_tell(channel, set->message, data, len);
}

/* What a listener says. */
static void
child_on_protocol(void *arg, const void *data, size_t len)
{
	struct child_channel *channel = arg;
	const struct children_settings *set = &channel->child->all->set;

	child_tell(channel, set->protocol, data, len);
}

/* All of an event that had to wait is in the listener's stdin. */
static void
child_on_taken(void *arg)
{
	struct child *c = arg;

	if (c->all->set.taken != NULL)
		c->all->set.taken(c->all->set.arg, c->proc);
}

/* Passes output on to the engine. */
static void
child_tell(const struct child_channel *channel, children_data *to,
    const void *data, size_t len)
{
	const struct child *c = channel->child;

	if (to != NULL)
		to(c->all->set.arg, c->proc, channel->id, data, len);
}
