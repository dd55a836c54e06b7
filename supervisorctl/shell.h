/* SPDX-License-Identifier: BSD-2-Clause */
/* The interactive shell (L-076 to L-082). */
#ifndef SUPERVISORCTL_SHELL_H
#define SUPERVISORCTL_SHELL_H

struct ctl;

/*
 * Shows the status, then reads and runs lines until `quit`, the end of input or
 * Ctrl-C.  history_file may be NULL.  Lines are edited on a terminal, if
 * supervisorctl was built with libedit; else they are just read.
 */
void shell_run(struct ctl *, const char *prompt, const char *history_file);

#endif
