/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A line on the terminal that tells what is waited for.  It comes after a
 * second and goes when the answer is there; Ctrl-C ends supervisorctl, and the
 * server finishes what it was asked to do.
 */
#ifndef SUPERVISORCTL_PROGRESS_H
#define SUPERVISORCTL_PROGRESS_H

struct ctl;

/* From now on the session's calls show it, if both outputs are a terminal. */
void progress_open(struct ctl *);
/* What the next calls do, "stopping", to whom; both must live as long. */
void progress_about(struct ctl *, const char *doing, const char *whom);

#endif
