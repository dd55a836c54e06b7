/* SPDX-License-Identifier: BSD-2-Clause */
/* What the rows of the command table run. */
#ifndef SUPERVISORCTL_COMMANDS_H
#define SUPERVISORCTL_COMMANDS_H

#include "supervisorctl/ctl.h"

typedef void ctl_run(struct ctl *, const struct ctl_command *, const char *arg,
    const struct ctl_words *);

/* cmd_process.c */
ctl_run cmd_start, cmd_stop, cmd_restart, cmd_signal, cmd_clear;
/* cmd_status.c */
ctl_run cmd_status, cmd_pid;
/* cmd_graceful.c */
ctl_run cmd_graceful;
/* cmd_rolling.c */
ctl_run cmd_rolling;
/* cmd_config.c */
ctl_run cmd_avail, cmd_reread, cmd_add, cmd_remove, cmd_update;
/* cmd_server.c */
ctl_run cmd_version, cmd_shutdown, cmd_reload, cmd_open;
/* cmd_upgrade.c */
ctl_run cmd_upgrade;
/* cmd_log.c */
ctl_run cmd_tail, cmd_maintail;
/* cmd_fg.c */
ctl_run cmd_fg;
/* cmd_shell.c */
ctl_run cmd_help, cmd_quit;

/* A result for --json: what was done to a process or group, or the fault. */
void cmd_report(
    struct ctl *, const char *name, bool fine, int code, const char *result);
/* Says that there is no such group, and sets the status. */
void cmd_no_group(struct ctl *, const char *group, enum ctl_exit);

#endif
