/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a user of the page can have done: start, stop, restart, graceful, clear
 * logs, of a process, a group or everything.  Graceful is a graceful reload of
 * one, and of many the beginning of a rolling restart.  Goes on whether or not
 * somebody waits for its end.
 */
#ifndef SUPERVISORD_WEB_ACT_H
#define SUPERVISORD_WEB_ACT_H

#include <stdbool.h>
#include <stddef.h>

#include "supervisord/control/host.h"

struct acts;
struct act;

/* How something ended.  For one process, code is a fault's number or
 * FAULT_SUCCESS and detail its text after the colon; for many, the counts tell,
 * and code and detail are of the first that failed. */
struct act_result {
	bool many;
	int code;
	const char *detail; /* "" = none */
	const char *failed; /* the name of that first one */
	size_t total, nfailed;
};

/* verb and name as they were given to act_begin(); all borrowed for the call.
 */
typedef void act_done(
    void *arg, const char *verb, const char *name, const struct act_result *);

/* host is borrowed.  NULL when out of memory.  _free calls off what is not done
 * yet, without a word, and accepts NULL. */
struct acts *acts_new(const struct control_host *host);
void acts_free(struct acts *);

/* Is it the name of something that can be done to a process or group? */
bool act_is_verb(const char *verb);

/*
 * Does it to what `name` means: "proc", "group:proc", "group:*", or "*" for
 * everything.  `done` is called once, maybe before this returns.  Returns NULL
 * if it has been, else a handle for act_forget(), valid until `done`.
 * An unknown name ends with FAULT_BAD_NAME, an unknown verb with
 * FAULT_UNKNOWN_METHOD.
 */
struct act *act_begin(struct acts *, const char *verb, const char *name,
    act_done *done, void *arg);
/* Nobody wants to be told; it goes on. */
void act_forget(struct act *);

#endif
