/* SPDX-License-Identifier: BSD-2-Clause */
/* Ctrl-C as a descriptor that becomes readable. */
#ifndef SUPERVISORCTL_INTERRUPT_H
#define SUPERVISORCTL_INTERRUPT_H

/* From now on SIGINT does nothing but make the descriptor readable.  -1 with
 * errno.  One at a time. */
int interrupt_open(void);
/* Gives SIGINT back to whom it belonged to before. */
void interrupt_close(void);

#endif
