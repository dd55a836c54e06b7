/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine's structure: for engine.c and what is split off from it. */
#ifndef SUPERVISORD_ENGINE_PRIVATE_H
#define SUPERVISORD_ENGINE_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "supervisord/control/control.h"
#include "supervisord/control/host.h"
#include "supervisord/config/inforce.h"
#include "supervisord/daemon.h"
#include "supervisord/events/bus.h"
#include "supervisord/events/ticker.h"
#include "supervisord/io/children.h"
#include "supervisord/io/journal.h"
#include "supervisord/io/loop.h"
#include "supervisord/io/pathwatch.h"
#include "supervisord/io/roster.h"
#include "supervisord/model/action.h"
#include "supervisord/model/graceful.h"
#include "supervisord/model/registry.h"
#include "supervisord/model/rolling.h"
#include "supervisord/reload.h"
#include "supervisord/roll.h"

struct appbase;
struct appbase_keep_event;
struct ledger;
struct evgroup;
struct startorder;
struct watches;
struct recalled;
struct upgrade;
struct web;

struct engine {
	struct appbase *app;
	const struct daemon_context *context;
	struct config *config;	   /* it was started with */
	struct config *next;	   /* the newest one read */
	struct recalled *recalled; /* warm: what was in force */
	void *state;		   /* the roster's memory */
	struct upgrade *upgrade;
	char *server_url;
	char *directory; /* of programs without one, or NULL */
	int chdir_error; /* errno of going there */

	struct loop *loop;
	struct roster *roster;
	struct journal *journal;
	struct children *children;
	struct registry *registry;
	struct actions *actions;
	struct gracefuls *gracefuls; /* of reloads */
	struct reloads *reloads;
	struct rollings *rollings; /* rolling restarts */
	struct rolls *rolls;
	struct bus *bus;
	struct ledger *ledger;
	struct ticker ticker;
	struct loop_timer *tick; /* armed while a pool wants ticks */
	bool ticking;
	struct startorder *order;
	struct watches *watches;
	struct loop_io *keeper_io;
	struct loop_timer *turn; /* engine_turn(): after changes, and by time */
	struct loop_timer *beat; /* tells the keeper that the loop runs */
	struct pathwatch *watch; /* of the servers' sockets */
	struct loop_timer *look; /* armed while one has lost its path */

	struct control_host host; /* what the control plane is given */
	struct control *control;
	struct web *web;

	bool warm;     /* an earlier engine's work is taken up */
	bool settled;  /* ... and that is done: state may be acted on */
	bool finished; /* everything is stopped */
	int status;
	int64_t orphan_log_ms; /* when the next may be logged */
};

/* engine.c: runs engine_turn() soon. */
void engine_wake(struct engine *);
/* Writes down what the next engine has to know of the supervisor: that there
 * was one at work (warm), and whether it was stopping. */
void engine_save_state(struct engine *, bool warm);

/* enginecfg.c: finds e->config and e->next: main()'s, those that an earlier
 * engine left, or from the disk.  -1 with *err a new text. */
int engine_configure(struct engine *, char **err);
/* Keeps what is in force for the next engine; the named group (NULL: all) is in
 * this state: one that is being added is a member of e->next. */
void engine_keep_config(struct engine *, const char *, enum inforce_state);
/* The same as new text (free()) of *len bytes; NULL with errno ENOMEM. */
char *engine_config_text(const struct engine *, size_t *len);
/* Has the recalled groups made; without any, all of e->config's.  -1 with *err
 * a new text. */
int engine_make_groups(struct engine *, char **err);
/* Starts what an earlier engine was about to, and forgets what was recalled. */
void engine_settle_config(struct engine *);
void engine_forget_config(struct engine *);

/* groups.c: makes a member of that configuration active, and publishes that. -1
 * with errno, or if its FastCGI socket cannot be made with *err a new text. */
int groups_add(
    struct engine *, struct config *, const struct config_group *, char **err);
/* Takes one out, all of whose processes are stopped, and publishes that. */
void groups_remove(struct engine *, struct group *);
/* The configuration a group was made from, and what that is a part of. */
const struct config_group *groups_config(const struct group *);
struct config *groups_origin(const struct group *);
/* The pool of a group of event listeners; NULL for other groups. */
struct evgroup *groups_evgroup(const struct group *);
/* Leaves all to the next engine, or (final) frees all for good. */
void groups_free_all(struct engine *, bool final);

/* evgroup.c: prepares e for events; memory is of ledger_size().  -1 with
 * errno ENOMEM. */
int evgroup_equip(struct engine *, void *memory);
/* The pool of a group of event listeners, subscribed; it goes on where an
 * earlier engine was.  NULL with errno ENOMEM.  _free accepts NULL; unless
 * final, the next engine can go on. */
struct evgroup *evgroup_new(
    struct engine *, struct group *, const struct config_group *);
void evgroup_free(struct evgroup *, bool final);
/* A member's state has changed, and that was published. */
void evgroup_changed(
    struct evgroup *, const struct process *, enum proc_state to);
/* After a take-over, when it is known which programs live. */
void evgroup_settle(struct evgroup *);
void evgroup_figures(const struct evgroup *, struct control_pool_figures *);
/* What children_settings gets; arg is the engine. */
children_data evgroup_on_output, evgroup_on_message, evgroup_on_protocol;
void evgroup_on_taken(void *arg, struct process *);

/* upgrade.c: prepares, and says what has become of the last upgrade.  -1 with
 * errno ENOMEM. */
int upgrade_equip(struct engine *);
void upgrade_free(struct engine *);
/* Begins an upgrade to the program at that absolute path ("": the usual one);
 * its number, or -1 with *err a new text. */
int64_t upgrade_begin(struct engine *, const char *path, char **err);
/* "none", "checking", "starting", "done" or "failed", and why. */
const char *upgrade_state(
    const struct engine *, int64_t *number, const char **why);
/* Sorts an event of the keeper; false if it is none of an upgrade's. */
bool upgrade_event(struct engine *, const struct appbase_keep_event *);

/* host.c: fills in e->host. */
void host_init(struct engine *);

/* startorder.c: makes the plan of what starts before what; -1 with errno. */
int startorder_equip(struct engine *);
void startorder_free(struct engine *);
/* Begins when all groups are there, or goes on where another engine was. */
void startorder_begin(struct engine *);
/* Starts what is to start by itself, or has it wait: at the beginning, and of a
 * group that was added. */
void startorder_autostart_all(struct engine *);
void startorder_autostart(struct engine *, struct group *);
/* The active groups have changed. */
void startorder_refill(struct engine *);
/* What struct actions_ops asks; arg is the engine. */
bool startorder_hold(void *arg, struct process *, int64_t now_ms);
bool startorder_is_vain(void *arg, const struct process *, int64_t now_ms);
bool startorder_is_needed(void *arg, const struct process *,
    bool (*leaving)(void *, const struct process *), void *);
/* A step of the shutdown; true when the groups may go on with theirs. */
bool startorder_shutdown_step(struct engine *, int64_t now_ms);
/* Does what is due; returns when it is to be called by time. */
int64_t startorder_run(struct engine *, int64_t now_ms);
/* "waiting for db (STARTING)", or "" (B-302).  Returns buf. */
const char *startorder_note(
    const struct engine *, const struct process *, char *buf, size_t len);

/* enginesig.c: acts on a signal that the keeper received. */
void engine_on_signal(struct engine *, int signo);
/* Closes and reopens every log (C-249). */
void engine_reopen_logs(struct engine *);

#endif
