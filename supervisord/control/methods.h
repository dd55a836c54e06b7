/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The methods of supervisor.* (X-063 to X-138), and those of appbase.*.
 * rpc_arg() of their calls is the struct control_host.
 */
#ifndef SUPERVISORD_CONTROL_METHODS_H
#define SUPERVISORD_CONTROL_METHODS_H

#include "supervisord/control/host.h"
#include "supervisord/control/rpc.h"

/* What getVersion and getSupervisorVersion answer. */
#define METHODS_API_VERSION	   "3.0"
#define METHODS_SUPERVISOR_VERSION "4.4.0"

/* The table (methods.c). */
extern const struct rpc_method methods_table[];
/* The table of appbase.*, what Supervisor has not (methods_appbase.c). */
extern const struct rpc_method methods_appbase[];

typedef void method_run(struct rpc_call *);

/* methods_server.c */
method_run method_api_version, method_supervisor_version;
method_run method_identification, method_state, method_pid;
method_run method_shutdown, method_restart;
method_run method_read_log, method_clear_log, method_remote_event;
/* methods_config.c */
method_run method_reload_config, method_add_group, method_remove_group;
method_run method_all_config_info;
/* methods_process.c */
method_run method_start, method_start_group, method_start_all;
method_run method_stop, method_stop_group, method_stop_all;
/* methods_signal.c */
method_run method_signal, method_signal_group, method_signal_all;
/* methods_info.c */
method_run method_process_info, method_all_process_info;
/* methods_log.c */
method_run method_read_stdout, method_read_stderr;
method_run method_tail_stdout, method_tail_stderr;
method_run method_clear_logs, method_clear_all_logs, method_send_stdin;

/* methods_graceful.c */
method_run method_graceful, method_graceful_group, method_graceful_all;
method_run method_graceful_stop;
/* methods_rolling.c */
method_run method_start_rolling, method_get_rolling, method_abort_rolling;
/* methods_upgrade.c */
method_run method_upgrade, method_get_upgrade;

/* Helpers that several of these files use. */

const struct control_host *method_host(const struct rpc_call *);
/* The process that parameter 0 names; faults BAD_NAME if there is none, or if
 * the name is of a whole group. */
struct process *method_process(struct rpc_call *);
/* The process, or NULL and the group; faults and returns false if unknown. */
bool method_lookup(
    struct rpc_call *, struct group **group, struct process **proc);
/* The group that parameter 0 names; faults BAD_NAME if there is none. */
struct group *method_group(struct rpc_call *);

/* The structure of one result of many.  detail NULL: none. */
struct xval *method_result(
    const struct process *, int code, const char *detail);
/* Reads a log for a read method, and faults as X-131 says. */
void method_answer_log(struct rpc_call *, const char *path, size_t first);

#endif
