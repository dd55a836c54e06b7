/* SPDX-License-Identifier: BSD-2-Clause */
/* The structures of child.c and children.c: for these two only. */
#ifndef SUPERVISORD_IO_CHILD_PRIVATE_H
#define SUPERVISORD_IO_CHILD_PRIVATE_H

#include "supervisord/io/children.h"
#include "supervisord/io/fcgisock.h"
#include "supervisord/io/inpipe.h"
#include "supervisord/io/output.h"

struct command;
struct pool;

struct child_channel {
	struct child *child;
	enum config_channel_id id;
	struct output *output;
	char *auto_path; /* of an AUTO log */
	uint64_t bytes;	 /* that its programs have written */
};

struct child {
	struct children *all;
	struct process *proc;
	const struct config_process *config;
	int slot;
	uint64_t id;	/* of the program spawned last; 0 = none */
	bool seen;	/* the keeper has told of it in its inventory */
	bool taken;	/* from an earlier engine */
	bool dirty;	/* its entry is to be written */
	int due;	/* signal on record, but maybe not sent; 0 = none */
	bool due_group; /* is it for the process group */
	char *argv0;	/* as in the command; NULL: not spawned yet */
	struct child_channel channel[CONFIG_NCHANNELS];
	struct inpipe *in;
	struct fcgisock *socket; /* instead of a pipe to stdin; or NULL */
	bool holds_socket;
	struct loop_timer *timer;
};

struct children {
	struct children_settings set;
	struct child *by_slot[ROSTER_SLOTS];
};

/* Writes the child's entry now. */
void child_save(struct child *);
/* Resolves its command, or the previous one if that was chosen. */
enum action_result child_command(const struct child *, struct pool *,
    struct command *, char *err, size_t errlen);
/* Lets go of the FastCGI socket, if the child holds it. */
void child_release_socket(struct child *);
/* Closes the pipes and has the keeper drop its copies. */
void child_close_stdin(struct child *);
void child_close_output(struct child *, enum config_channel_id);
/* Both, and stdin, in whatever state they are. */
void child_close_all(struct child *);
extern const char *const child_pipe_kind[]; /* by descriptor number */
/* The keeper's name for a pipe: "in.ID", "out.ID", "err.ID". */
#define CHILD_PIPE_NAME_MAX 32
const char *child_pipe_name(
    const char *kind, uint64_t id, char buf[CHILD_PIPE_NAME_MAX]);
/* What journal chunks of a channel are marked with. */
uint64_t child_owner(uint64_t id, enum config_channel_id);
/* Opens a channel's log and begins to read its pipe, which is taken.  -1 with
 * errno. */
int child_open_output(struct child *, enum config_channel_id, int fd);

#endif
