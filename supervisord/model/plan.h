/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The programs, each with its processes whatever group they are in (O-035), in
 * the order of starting.  What chain.h and depend.h go by.
 *
 * The plan is filled from the active groups and filled anew whenever these
 * change: it keeps nothing that the configuration and the processes do not say.
 * Pure.
 */
#ifndef SUPERVISORD_MODEL_PLAN_H
#define SUPERVISORD_MODEL_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "supervisord/model/process.h"

struct plan;

/* What is done when a start has waited in vain (on_dependency_failure). */
enum plan_failure {
	PLAN_HOLD,  /* it waits on */
	PLAN_FAIL,  /* it fails as well */
	PLAN_START, /* it is started nevertheless */
};

/* What becomes of those that depend on a program which is started again
 * (dependents). */
enum plan_dependents {
	PLAN_LEAVE,
	PLAN_RESTART,
	PLAN_GRACEFUL,
};

/* What is to be true of all processes of a program that another depends on. */
enum plan_condition {
	PLAN_RUNNING, /* in RUNNING */
	PLAN_EXITED,  /* exited as expected since their start */
	PLAN_READY,   /* in RUNNING, and ready */
	PLAN_HEALTHY, /* in RUNNING, ready and healthy */
	PLAN_UP,      /* have been in RUNNING since their start */
};

struct plan_need {
	char *name; /* of the program, which need not be there */
	enum plan_condition condition;
};

/* What the configuration says of a program. */
struct plan_settings {
	int priority;
	bool autostart;
	bool chainable; /* may be an entry of the start in order */
	enum plan_dependents dependents;
	bool in_order;	       /* startinorder */
	enum proc_state after; /* startnextafter */
};

struct plan_program {
	char *name;
	struct plan_settings set;
	struct process **procs; /* borrowed */
	size_t nprocs;
	struct plan_need *needs; /* depends_on */
	size_t nneeds;
	bool told; /* depend.c: that it waits in vain */
};

/* An empty plan; NULL with errno ENOMEM.  _free accepts NULL. */
struct plan *plan_new(void);
void plan_free(struct plan *);
/* Forgets every program. */
void plan_clear(struct plan *);
/* Adds a process of a program, which is made if it is new; the settings are
 * those of its first process.  0, or -1 with errno ENOMEM. */
int plan_add(struct plan *, const char *name, const struct plan_settings *,
    struct process *);
/* Adds what a program depends on.  0, or -1 with errno ENOMEM. */
int plan_need(struct plan_program *, const char *on, enum plan_condition);
/* Sorts by priority and name (O-028), after the last plan_add(). */
void plan_sort(struct plan *);

/* The i-th program in order, or NULL. */
struct plan_program *plan_at(const struct plan *, size_t i);
struct plan_program *plan_find(const struct plan *, const char *name);
/* The program of a process, or NULL. */
struct plan_program *plan_of(const struct plan *, const struct process *);

#endif
