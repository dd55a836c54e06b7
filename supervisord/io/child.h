/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The worldly side of a process: the program it runs, its pipes, its logs.
 *
 * A child is made with its process (process_data() of it) from the process's
 * configuration and lives as long; the pipes live as long as the program that
 * was spawned last, and a little longer (until the next spawn, or the end of
 * file). Children are the keeper's: this module asks for them by an id and is
 * told.
 */
#ifndef SUPERVISORD_IO_CHILD_H
#define SUPERVISORD_IO_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "supervisord/config/config.h"
#include "supervisord/model/action.h"
#include "supervisord/model/process.h"

struct child;

/* The child of a process; never NULL for a process of the registry. */
struct child *child_of(const struct process *);
const struct config_process *child_config(const struct child *);
/* Its slot in the roster: its number as long as its group is active. */
int child_slot(const struct child *);

/*
 * The path of a channel's log as clients are told it: the real name of
 * an AUTO log.  NULL if it has none (NONE, redirected stderr).  Borrowed.
 */
const char *child_log_path(const struct child *, enum config_channel_id);
/* How many bytes its programs have written, as far as this engine knows. */
uint64_t child_output_bytes(const struct child *, enum config_channel_id);
/* Deletes and recreates both logs, or with the program not running empties the
 * files (P-153).  0, or -1 with the errno of the first failure. */
int child_clear_logs(struct child *);
/* Closes the open logs and opens them by name (P-152). */
void child_reopen_logs(struct child *);

/*
 * Bytes for the program's stdin, copied and queued (P-155, P-157).  0, or -1
 * with errno: ESRCH no program or it is being stopped, EPIPE its stdin is
 * closed or is a FastCGI socket, ENOBUFS more than CHILD_STDIN_MAX are waiting
 * already.
 */
#define CHILD_STDIN_MAX ((size_t)1024 * 1024)
int child_write_stdin(struct child *, const void *, size_t);

/* The same for an event, of any length, to a listener that is to have read what
 * it got before: not more than CHILD_STDIN_MAX of that may be waiting. */
int child_write_event(struct child *, const void *, size_t);
/* How many bytes for its stdin are waiting. */
size_t child_stdin_waiting(const struct child *);

/*
 * Can its command be resolved now?  ACTION_SUCCESS; ACTION_NO_FILE or
 * ACTION_NOT_EXECUTABLE with the text of P-043, P-046 in detail.
 */
enum action_result child_resolve(struct child *, char *detail, size_t len);

#endif
