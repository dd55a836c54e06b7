/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of appbase.*: methods that Supervisor does not have. */
#include "supervisord/control/methods.h"

#define P_NAME                                                                 \
	{                                                                      \
		"name", RPC_STRING, false,                                     \
		    "The name of a process: NAME or GROUP:NAME, or GROUP:* "   \
		    "for a whole group."                                       \
	}
#define P_GROUP                                                                \
	{                                                                      \
		"name", RPC_STRING, false, "The name of a group."              \
	}
#define P_ROLLING                                                              \
	{                                                                      \
		"id", RPC_INT, true,                                           \
		    "The number of a rolling restart; 0: the newest."          \
	}
#define P_WAIT                                                                 \
	{                                                                      \
		"wait", RPC_BOOL, true,                                        \
		    "Wait until it has happened (the default)."                \
	}
#define R_TRUE                                                                 \
	.result = RPC_BOOL, .result_name = "result",                           \
	.result_doc =                                                          \
	    "Always true, unless there is a fault; of a group as of "          \
	    "gracefulReloadGroup."
#define R_RESULTS                                                              \
	.result = RPC_ARRAY, .result_name = "result",                          \
	.result_doc = "An array of structs name, group, status, description."

/* clang-format off */
const struct rpc_method methods_appbase[] = {
	{ .name = "abortRolling", .run = method_abort_rolling,
	  .role = ROLE_OPERATE,
	  .doc = "Ends a rolling restart; the processes that were not reached "
	    "are left as they are.",
	  R_TRUE,
	  .params = {P_ROLLING} },
	{ .name = "getRolling", .run = method_get_rolling,
	  .role = ROLE_READ,
	  .doc = "Tells how far a rolling restart is.",
	  .result = RPC_STRUCT, .result_name = "result",
	  .result_doc = "A struct of id, state (active, done, failed, aborted), "
	    "targets, reason, done, total and members, an array of structs "
	    "name, group, progress (untouched, busy, done, failed), statename, "
	    "description.",
	  .params = {P_ROLLING} },
	{ .name = "getUpgrade", .run = method_get_upgrade,
	  .role = ROLE_READ, .always = true,
	  .doc = "Tells what has become of the last upgrade.",
	  .result = RPC_STRUCT, .result_name = "result",
	  .result_doc = "A struct of number, state (none, checking, starting, "
	    "done, failed), reason, and the version that answers." },
	{ .name = "gracefulReload", .run = method_graceful,
	  .role = ROLE_OPERATE,
	  .doc = "Has a process take up new code in the way of its reload_mode, "
	    "not in the middle of a task.",
	  R_TRUE,
	  .params = {P_NAME, P_WAIT} },
	{ .name = "gracefulReloadAll", .run = method_graceful_all,
	  .role = ROLE_OPERATE,
	  .doc = "The same for all processes that are not stopped.",
	  R_RESULTS,
	  .params = {P_WAIT} },
	{ .name = "gracefulReloadGroup", .run = method_graceful_group,
	  .role = ROLE_OPERATE,
	  .doc = "The same for all processes of a group that are not stopped.",
	  R_RESULTS,
	  .params = {P_GROUP, P_WAIT} },
	{ .name = "gracefulStop", .run = method_graceful_stop,
	  .role = ROLE_OPERATE,
	  .doc = "Lets a process end after its task, and does not start it "
	    "again.",
	  R_TRUE,
	  .params = {P_NAME, P_WAIT} },
	{ .name = "startRolling", .run = method_start_rolling,
	  .role = ROLE_OPERATE,
	  .doc = "Begins to restart processes one after another, each checked.",
	  .result = RPC_INT, .result_name = "id",
	  .result_doc = "The number of the rolling restart, for getRolling.",
	  .params = {
	    {"targets", RPC_STRING, false,
	     "Names, groups and patterns, separated by blanks."},
	    {"options", RPC_STRUCT, true,
	     "A struct of batch, pause, step_timeout (seconds), wait (running, "
	     "ready, healthy), on_failure (stop, continue, rollback), graceful, "
	     "force, resume."}} },
	{ .name = "upgrade", .run = method_upgrade,
	  .doc = "Begins to replace supervisord by another one, under the "
	    "running programs.",
	  .result = RPC_INT, .result_name = "number",
	  .result_doc = "The number of the upgrade, for getUpgrade.",
	  .params = {
	    {"path", RPC_STRING, true,
	     "The absolute path of the program; empty: where this one was "
	     "started from."}} },
	{ .name = NULL },
};
/* clang-format on */
