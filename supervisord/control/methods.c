/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of supervisor.*: what is published, checked and explained. */
#include "supervisord/control/methods.h"

/* Parameters and results that several methods have. */
#define P_NAME                                                                 \
	{                                                                      \
		"name", RPC_STRING, false,                                     \
		    "The name of a process: NAME or GROUP:NAME, or GROUP:* "   \
		    "for a whole group."                                       \
	}
#define P_PROCESS                                                              \
	{                                                                      \
		"name", RPC_STRING, false,                                     \
		    "The name of a process: NAME or GROUP:NAME."               \
	}
#define P_GROUP                                                                \
	{                                                                      \
		"name", RPC_STRING, false, "The name of a group."              \
	}
#define P_WAIT                                                                 \
	{                                                                      \
		"wait", RPC_BOOL, true,                                        \
		    "Wait until it has happened (the default)."                \
	}
#define P_OFFSET                                                               \
	{                                                                      \
		"offset", RPC_INT, false,                                      \
		    "Where to begin; negative: so many bytes before the end."  \
	}
#define P_LENGTH                                                               \
	{                                                                      \
		"length", RPC_INT, false, "How many bytes; 0: all to the end." \
	}
#define P_FROM                                                                 \
	{                                                                      \
		"offset", RPC_INT, false, "Where the caller has read to."      \
	}
#define P_AT_MOST                                                              \
	{                                                                      \
		"length", RPC_INT, false, "How many bytes at most."            \
	}
#define P_SIGNAL                                                               \
	{                                                                      \
		"signal", RPC_SIGNAL, false, "The name or number of a signal." \
	}
#define R_TRUE                                                                 \
	.result = RPC_BOOL, .result_name = "result",                           \
	.result_doc = "Always true, unless there is a fault."
#define R_RESULTS                                                              \
	.result = RPC_ARRAY, .result_name = "result",                          \
	.result_doc = "An array of structs name, group, status, description."
#define R_TAIL                                                                 \
	.result = RPC_ARRAY, .result_name = "result",                          \
	.result_doc = "An array: the text, the size of the log, and whether "  \
		      "more was written than was asked for."

/* clang-format off */
const struct rpc_method methods_table[] = {
	{ .name = "addProcessGroup", .run = method_add_group,
	  .doc = "Makes a group of the configuration that was last read "
	    "active.",
	  R_TRUE,
	  .params = {P_GROUP} },
	{ .name = "clearAllProcessLogs", .run = method_clear_all_logs,
	  .role = ROLE_OPERATE,
	  .doc = "Empties the logs of all processes.",
	  R_RESULTS },
	{ .name = "clearLog", .run = method_clear_log,
	  .doc = "Empties the main log.",
	  R_TRUE },
	{ .name = "clearProcessLog", .run = method_clear_logs,
	  .role = ROLE_OPERATE,
	  .doc = "Empties the logs of a process (an older name of "
	    "clearProcessLogs).",
	  R_TRUE,
	  .params = {P_PROCESS} },
	{ .name = "clearProcessLogs", .run = method_clear_logs,
	  .role = ROLE_OPERATE,
	  .doc = "Empties the stdout and stderr logs of a process.",
	  R_TRUE,
	  .params = {P_PROCESS} },
	{ .name = "getAPIVersion", .run = method_api_version,
	  .role = ROLE_READ,
	  .doc = "Tells the version of this interface.",
	  .result = RPC_STRING, .result_name = "version",
	  .result_doc = "The version." },
	{ .name = "getAllConfigInfo", .run = method_all_config_info,
	  .role = ROLE_READ,
	  .doc = "Tells the configuration of all processes as it was last "
	    "read.",
	  .result = RPC_ARRAY, .result_name = "result",
	  .result_doc = "An array of structs, one for each process." },
	{ .name = "getAllProcessInfo", .run = method_all_process_info,
	  .role = ROLE_READ,
	  .doc = "Tells the state of all processes.",
	  .result = RPC_ARRAY, .result_name = "result",
	  .result_doc = "An array of structs as of getProcessInfo." },
	{ .name = "getIdentification", .run = method_identification,
	  .role = ROLE_READ,
	  .doc = "Tells the identifier of this supervisor.",
	  .result = RPC_STRING, .result_name = "identifier",
	  .result_doc = "The identifier." },
	{ .name = "getPID", .run = method_pid,
	  .role = ROLE_READ,
	  .doc = "Tells the process id of the supervisor.",
	  .result = RPC_INT, .result_name = "pid",
	  .result_doc = "The process id." },
	{ .name = "getProcessInfo", .run = method_process_info,
	  .role = ROLE_READ,
	  .doc = "Tells the state of a process.",
	  .result = RPC_STRUCT, .result_name = "result",
	  .result_doc = "A struct of its state, times, logs and pid.",
	  .params = {P_PROCESS} },
	{ .name = "getState", .run = method_state,
	  .role = ROLE_READ,
	  .doc = "Tells the state of the supervisor.",
	  .result = RPC_STRUCT, .result_name = "result",
	  .result_doc = "A struct of int statecode and string statename." },
	{ .name = "getSupervisorVersion", .run = method_supervisor_version,
	  .role = ROLE_READ,
	  .doc = "Tells the version of the supervisor this one is compatible "
	    "with.",
	  .result = RPC_STRING, .result_name = "version",
	  .result_doc = "The version." },
	{ .name = "getVersion", .run = method_api_version,
	  .role = ROLE_READ,
	  .doc = "Tells the version of this interface (an older name of "
	    "getAPIVersion).",
	  .result = RPC_STRING, .result_name = "version",
	  .result_doc = "The version." },
	{ .name = "readLog", .run = method_read_log,
	  .role = ROLE_READ,
	  .doc = "Reads from the main log.",
	  .result = RPC_STRING, .result_name = "result",
	  .result_doc = "The text.",
	  .params = {P_OFFSET, P_LENGTH} },
	{ .name = "readMainLog", .run = method_read_log,
	  .role = ROLE_READ,
	  .doc = "Reads from the main log (an older name of readLog).",
	  .result = RPC_STRING, .result_name = "result",
	  .result_doc = "The text.",
	  .params = {P_OFFSET, P_LENGTH} },
	{ .name = "readProcessLog", .run = method_read_stdout,
	  .role = ROLE_READ,
	  .doc = "Reads from the stdout log of a process (an older name of "
	    "readProcessStdoutLog).",
	  .result = RPC_STRING, .result_name = "result",
	  .result_doc = "The text.",
	  .params = {P_PROCESS, P_OFFSET, P_LENGTH} },
	{ .name = "readProcessStderrLog", .run = method_read_stderr,
	  .role = ROLE_READ,
	  .doc = "Reads from the stderr log of a process.",
	  .result = RPC_STRING, .result_name = "result",
	  .result_doc = "The text.",
	  .params = {P_PROCESS, P_OFFSET, P_LENGTH} },
	{ .name = "readProcessStdoutLog", .run = method_read_stdout,
	  .role = ROLE_READ,
	  .doc = "Reads from the stdout log of a process.",
	  .result = RPC_STRING, .result_name = "result",
	  .result_doc = "The text.",
	  .params = {P_PROCESS, P_OFFSET, P_LENGTH} },
	{ .name = "reloadConfig", .run = method_reload_config,
	  .doc = "Reads the configuration again and compares it with what is "
	    "active; changes nothing.",
	  .result = RPC_ARRAY, .result_name = "result",
	  .result_doc = "An array of one array of three: the names of the groups "
	    "that were added, changed, removed." },
	{ .name = "removeProcessGroup", .run = method_remove_group,
	  .doc = "Makes a group inactive whose processes are all stopped.",
	  R_TRUE,
	  .params = {P_GROUP} },
	{ .name = "restart", .run = method_restart,
	  .doc = "Stops everything, reads the configuration and starts anew.",
	  R_TRUE },
	{ .name = "sendProcessStdin", .run = method_send_stdin,
	  .role = ROLE_OPERATE,
	  .doc = "Writes text to the stdin of a process.",
	  R_TRUE,
	  .params = {P_PROCESS, {"chars", RPC_ANY, false, "The text."}} },
	{ .name = "sendRemoteCommEvent", .run = method_remote_event,
	  .role = ROLE_OPERATE,
	  .always = true,
	  .doc = "Sends an event to the listeners of remote communication.",
	  R_TRUE,
	  .params = {
	    {"type", RPC_ANY, false, "The type of the event."},
	    {"data", RPC_ANY, false, "What it says."}} },
	{ .name = "shutdown", .run = method_shutdown,
	  .doc = "Stops everything, and the supervisor.",
	  R_TRUE },
	{ .name = "signalAllProcesses", .run = method_signal_all,
	  .role = ROLE_OPERATE,
	  .doc = "Sends a signal to all processes.",
	  R_RESULTS,
	  .params = {P_SIGNAL} },
	{ .name = "signalProcess", .run = method_signal,
	  .role = ROLE_OPERATE,
	  .doc = "Sends a signal to a process.",
	  R_TRUE,
	  .params = {P_NAME, P_SIGNAL} },
	{ .name = "signalProcessGroup", .run = method_signal_group,
	  .role = ROLE_OPERATE,
	  .doc = "Sends a signal to all processes of a group.",
	  R_RESULTS,
	  .params = {P_GROUP, P_SIGNAL} },
	{ .name = "startAllProcesses", .run = method_start_all,
	  .role = ROLE_OPERATE,
	  .doc = "Starts all processes that do not run.",
	  R_RESULTS,
	  .params = {P_WAIT} },
	{ .name = "startProcess", .run = method_start,
	  .role = ROLE_OPERATE,
	  .doc = "Starts a process.",
	  R_TRUE,
	  .params = {P_NAME, P_WAIT} },
	{ .name = "startProcessGroup", .run = method_start_group,
	  .role = ROLE_OPERATE,
	  .doc = "Starts all processes of a group that do not run.",
	  R_RESULTS,
	  .params = {P_GROUP, P_WAIT} },
	{ .name = "stopAllProcesses", .run = method_stop_all,
	  .role = ROLE_OPERATE,
	  .doc = "Stops all processes that run.",
	  R_RESULTS,
	  .params = {P_WAIT} },
	{ .name = "stopProcess", .run = method_stop,
	  .role = ROLE_OPERATE,
	  .doc = "Stops a process.",
	  R_TRUE,
	  .params = {P_NAME, P_WAIT} },
	{ .name = "stopProcessGroup", .run = method_stop_group,
	  .role = ROLE_OPERATE,
	  .doc = "Stops all processes of a group that run.",
	  R_RESULTS,
	  .params = {P_GROUP, P_WAIT} },
	{ .name = "tailProcessLog", .run = method_tail_stdout,
	  .role = ROLE_READ,
	  .doc = "Reads the end of the stdout log of a process (an older "
	    "name of tailProcessStdoutLog).",
	  R_TAIL,
	  .params = {P_PROCESS, P_FROM, P_AT_MOST} },
	{ .name = "tailProcessStderrLog", .run = method_tail_stderr,
	  .role = ROLE_READ,
	  .doc = "Reads the end of the stderr log of a process.",
	  R_TAIL,
	  .params = {P_PROCESS, P_FROM, P_AT_MOST} },
	{ .name = "tailProcessStdoutLog", .run = method_tail_stdout,
	  .role = ROLE_READ,
	  .doc = "Reads the end of the stdout log of a process.",
	  R_TAIL,
	  .params = {P_PROCESS, P_FROM, P_AT_MOST} },
	{ .name = NULL },
};
/* clang-format on */
