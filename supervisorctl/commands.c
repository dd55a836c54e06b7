/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of commands: what the dispatcher, help and completion go by. */
#include "supervisorctl/commands.h"

#include <stddef.h>

const struct ctl_command ctl_commands[] = {
    {"add", 0, cmd_add,
	"add <name> [...]\tActivate a group that was read but is not "
	"active"},
    {"avail", 0, cmd_avail, "avail\t\t\tList every configured process"},
    {"clear", CTL_ASKS | CTL_PATTERNS, cmd_clear,
	"clear <name>\t\tEmpty the logs of a process\n"
	"clear <gname>:*\t\tEmpty the logs of all processes of a group\n"
	"clear <name> <name>\tEmpty the logs of several processes\n"
	"clear all\t\tEmpty the logs of all processes"},
    {"exit", 0, cmd_quit, "exit\tLeave the shell."},
    {"fg", CTL_ASKS, cmd_fg,
	"fg <process>\tTalk to a process: its output is shown, lines go to "
	"its input\n"
	"\t\tCtrl-C ends it"},
    {"graceful", CTL_ASKS | CTL_OURS, cmd_graceful,
	"graceful <name>\t\tHave a process take up new code in the way of "
	"its\n"
	"\t\t\treload_mode, not in the middle of a task; wait for that\n"
	"graceful <gname>:*\tThe same for all processes of a group\n"
	"graceful <name> <name>\tThe same for several processes\n"
	"graceful all\t\tThe same for all processes that are not stopped"},
    {"help", CTL_UNLISTED, cmd_help,
	"help\t\tList the commands\n"
	"help <action>\tExplain a command"},
    {"maintail", CTL_ASKS, cmd_maintail,
	"maintail -f \tFollow the main log of supervisord (Ctrl-C ends "
	"it)\n"
	"maintail -100\tShow the last 100 *bytes* of the main log\n"
	"maintail\tShow the last 1600 *bytes* of the main log"},
    {"open", 0, cmd_open,
	"open <url>\tTalk to another supervisord\n"
	"\t\t(http://HOST:PORT or unix:///SOCKET)"},
    {"pid", CTL_ASKS | CTL_PATTERNS, cmd_pid,
	"pid\t\t\tShow the pid of supervisord\n"
	"pid <name>\t\tShow the pid of a process\n"
	"pid all\t\t\tShow the pids of all processes, one per line"},
    {"quit", 0, cmd_quit, "quit\tLeave the shell."},
    {"reload", 0, cmd_reload, "reload \t\t\tRestart supervisord itself"},
    {"remove", 0, cmd_remove,
	"remove <name> [...]\tMake stopped groups inactive"},
    {"reread", 0, cmd_reread,
	"reread \t\t\tRead the configuration files again; changes "
	"nothing that runs"},
    {"restart", CTL_ASKS | CTL_PATTERNS, cmd_restart,
	"restart <name>\t\tStop and start a process\n"
	"restart <gname>:*\tStop and start all processes of a group\n"
	"restart <name> <name>\tStop and start several processes\n"
	"restart all\t\tStop and start all processes\n"
	"restart --graceful ...\tThe same as graceful does it\n"
	"The configuration is not read again; see reread and update."},
    {"rolling-restart", CTL_ASKS | CTL_OURS, cmd_rolling,
	"rolling-restart <name> [...]\tRestart processes one after another, "
	"each "
	"checked;\n"
	"\t\t\tnames, groups and patterns\n"
	"  --batch <n>\t\tSo many at once\n"
	"  --pause <seconds>\tBetween batches\n"
	"  --step-timeout <seconds>\tFor each batch\n"
	"  --wait <what>\t\trunning, ready or healthy\n"
	"  --on-failure <what>\tstop, continue or rollback\n"
	"  --graceful\t\tNot in the middle of a task\n"
	"  --force\t\tThough not all of them run\n"
	"  --resume\t\tGo on with one that has failed\n"
	"  --detach\t\tDo not wait\n"
	"  --abort-on-exit\tCtrl-C ends it"},
    {"shutdown", 0, cmd_shutdown,
	"shutdown \tStop supervisord and all it runs."},
    {"signal", CTL_ASKS | CTL_PATTERNS, cmd_signal,
	"signal <signal name> <name>\t\tSend a signal to a process\n"
	"signal <signal name> <gname>:*\t\tSend a signal to all processes "
	"of a group\n"
	"signal <signal name> <name> <name>\tSend a signal to several "
	"processes\n"
	"signal <signal name> all\t\tSend a signal to all processes"},
    {"start", CTL_ASKS | CTL_PATTERNS, cmd_start,
	"start <name>\t\tStart a process\n"
	"start <gname>:*\t\tStart all processes of a group\n"
	"start <name> <name>\tStart several processes or groups\n"
	"start all\t\tStart all processes"},
    {"status", CTL_PATTERNS, cmd_status,
	"status <name>\t\tShow the state of a process\n"
	"status <gname>:*\tShow the states of all processes of a group\n"
	"status <name> <name>\tShow the states of several processes\n"
	"status\t\t\tShow the states of all processes"},
    {"stop", CTL_ASKS | CTL_PATTERNS, cmd_stop,
	"stop <name>\t\tStop a process\n"
	"stop <gname>:*\t\tStop all processes of a group\n"
	"stop <name> <name>\tStop several processes or groups\n"
	"stop all\t\tStop all processes"},
    {"tail", CTL_ASKS, cmd_tail,
	"tail [-f] <name> [stdout|stderr] (default stdout)\n"
	"tail -f <name>\t\tFollow the log of a process (Ctrl-C ends it)\n"
	"tail -100 <name>\tShow the last 100 *bytes* of its stdout log\n"
	"tail <name> stderr\tShow the last 1600 *bytes* of its stderr log"},
    {"update", 0, cmd_update,
	"update\t\t\tRead the configuration; add, remove and restart what "
	"changed\n"
	"update all\t\tThe same\n"
	"update <gname> [...]\tThe same for these groups only\n"
	"update --graceful ...\tThe same, but what has to stop ends its task "
	"first"},
    {"upgrade", CTL_ASKS | CTL_OURS, cmd_upgrade,
	"upgrade\t\t\tReplace supervisord by the one that is installed now\n"
	"upgrade <path>\t\tReplace it by the program at a path; programs "
	"are left alone"},
    {"version", CTL_ASKS, cmd_version,
	"version\t\t\tShow the version of supervisord"},
    {NULL, 0, NULL, NULL},
};
