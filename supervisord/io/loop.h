/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine's event loop: descriptors, timers on the monotonic clock, and
 * tasks for the next turn.  The only place, with the HTTP server, that knows
 * which library does it.
 *
 * A callback may free any of these objects, its own included.
 */
#ifndef SUPERVISORD_IO_LOOP_H
#define SUPERVISORD_IO_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#define LOOP_NEVER INT64_MAX

struct event_base;
struct loop;
struct loop_io;
struct loop_timer;

typedef void loop_callback(void *arg);

/* NULL with errno.  _free accepts NULL. */
struct loop *loop_new(void);
void loop_free(struct loop *);
/* Runs until loop_stop(); -1 with errno if it cannot. */
int loop_run(struct loop *);
void loop_stop(struct loop *);
/* For libraries that bring their own events. */
struct event_base *loop_base(struct loop *);

/* How late timers were called, in microseconds: the last one, and the latest of
 * all.  What keeps the loop from them keeps it from everything else. */
struct loop_lag {
	int64_t last_us, most_us;
};
struct loop_lag loop_lag(const struct loop *);

/* CLOCK_MONOTONIC in milliseconds. */
int64_t loop_now_ms(void);

enum loop_want { LOOP_READ, LOOP_WRITE };

/* Calls back each time fd is readable (writable) while enabled; made disabled.
 * fd is borrowed and must be open until _free, which accepts NULL.  NULL with
 * errno; EPERM for a descriptor that cannot be waited for (a regular file). */
struct loop_io *loop_io_new(
    struct loop *, int fd, enum loop_want, loop_callback *, void *arg);
int loop_io_enable(struct loop_io *, bool on);
void loop_io_free(struct loop_io *);

/* A timer, disarmed.  _set arms it for an absolute time, LOOP_NEVER disarms; a
 * time that has passed fires in the next turn, never inside the call. */
struct loop_timer *loop_timer_new(struct loop *, loop_callback *, void *arg);
void loop_timer_set(struct loop_timer *, int64_t when_ms);
void loop_timer_free(struct loop_timer *);

#endif
