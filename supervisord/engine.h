/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine: the worker of the daemon.  It owns configuration, state machines,
 * logs and the control plane; its keeper owns what must not be lost.
 *
 * An engine begins in one of two ways.  COLD: nothing is left of an earlier one
 * (first start, restart): groups are made from the configuration and started.
 * WARM: an earlier one died or was replaced: groups, states, pipes and programs
 * are taken up where it left them, and nothing is started but what was about
 * to.
 */
#ifndef SUPERVISORD_ENGINE_H
#define SUPERVISORD_ENGINE_H

struct appbase;

/* The worker's main function; returns its exit status (enum daemon_exit). */
int engine_run(struct appbase *);
/* Called when the keeper replaces the engine, or is gone. */
int engine_shutdown(struct appbase *);

#endif
