/* SPDX-License-Identifier: BSD-2-Clause */
/* The event loop over libevent. */
#include "supervisord/io/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include <event2/event.h>

/* Timers set one after another for the same millisecond fire in the order in
 * which they were set: each is set a little later than the one before. */
#define LOOP_ORDER_STEPS   49
#define LOOP_ORDER_STEP_US 20

struct loop {
	struct event_base *base;
	int64_t when_ms; /* of the timer set last */
	int64_t order;	 /* among those for that time */
	struct loop_lag lag;
};

/* Both wrap one event; they differ in what they mean to the caller. */
struct loop_io {
	struct event *event;
	loop_callback *callback;
	void *arg;
};

struct loop_timer {
	struct event *event;
	struct loop *loop;
	int64_t due_us;
	loop_callback *callback;
	void *arg;
};

static void loop_on_io(evutil_socket_t, short, void *);
static void loop_on_timer(evutil_socket_t, short, void *);
static int64_t loop_order(struct loop *, int64_t);

/* Makes a loop. */
struct loop *
loop_new(void)
{
	struct event_config *config;
	struct loop *loop;

	if ((loop = calloc(1, sizeof(*loop))) == NULL)
		return NULL;
	if ((config = event_config_new()) != NULL) {
		(void)event_config_set_flag(
		    config, EVENT_BASE_FLAG_PRECISE_TIMER);
		(void)event_config_set_flag(
		    config, EVENT_BASE_FLAG_NO_CACHE_TIME);
		loop->base = event_base_new_with_config(config);
		event_config_free(config);
	}
	if (loop->base == NULL) {
		free(loop);
		errno = ENOMEM;
		return NULL;
	}
	return loop;
}

/* Frees a loop whose objects are freed. */
void
loop_free(struct loop *loop)
{
	if (loop == NULL)
		return;
	event_base_free(loop->base);
	free(loop);
}

/* Runs the loop. */
int
loop_run(struct loop *loop)
{
	return event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY) == -1 ? -1
									  : 0;
}

/* Ends loop_run() after the callback that runs now. */
void
loop_stop(struct loop *loop)
{
	(void)event_base_loopbreak(loop->base);
}

/* Returns the library's own handle. */
struct event_base *
loop_base(struct loop *loop)
{
	return loop->base;
}

/* Returns the time that timers are set by. */
int64_t
loop_now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Makes a watch on a descriptor. */
struct loop_io *
loop_io_new(struct loop *loop, int fd, enum loop_want want,
    loop_callback *callback, void *arg)
{
	struct loop_io *io;

	if ((io = calloc(1, sizeof(*io))) == NULL)
		return NULL;
	io->callback = callback;
	io->arg = arg;
	io->event = event_new(loop->base, fd,
	    (short)((want == LOOP_READ ? EV_READ : EV_WRITE) | EV_PERSIST),
	    loop_on_io, io);
	if (io->event == NULL) {
		free(io);
		errno = ENOMEM;
		return NULL;
	}
	return io;
}

/* Begins or ceases to watch. */
int
loop_io_enable(struct loop_io *io, bool on)
{
	return on ? event_add(io->event, NULL) : event_del(io->event);
}

/* Ends a watch. */
void
loop_io_free(struct loop_io *io)
{
	if (io == NULL)
		return;
	event_free(io->event);
	free(io);
}

/* Returns the time in microseconds. */
static int64_t
loop_now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Returns how late timers were. */
struct loop_lag
loop_lag(const struct loop *loop)
{
	return loop->lag;
}

/* Makes a timer. */
struct loop_timer *
loop_timer_new(struct loop *loop, loop_callback *callback, void *arg)
{
	struct loop_timer *timer;

	if ((timer = calloc(1, sizeof(*timer))) == NULL)
		return NULL;
	timer->loop = loop;
	timer->callback = callback;
	timer->arg = arg;
	timer->event = evtimer_new(loop->base, loop_on_timer, timer);
	if (timer->event == NULL) {
		free(timer);
		errno = ENOMEM;
		return NULL;
	}
	return timer;
}

/* How many timers were set for this time just before. */
static int64_t
loop_order(struct loop *loop, int64_t when_ms)
{
	if (when_ms != loop->when_ms)
		loop->order = 0;
	else if (loop->order < LOOP_ORDER_STEPS)
		loop->order++;
	loop->when_ms = when_ms;
	return loop->order;
}

/* Arms or disarms a timer. */
void
loop_timer_set(struct loop_timer *timer, int64_t when_ms)
{
	struct timeval tv = {0, 0};
	int64_t now_us = loop_now_us(), wait_us = 0;

	if (when_ms == LOOP_NEVER) {
		(void)evtimer_del(timer->event);
		return;
	}
	if (when_ms > 0)
		wait_us = when_ms * 1000 - now_us +
		    loop_order(timer->loop, when_ms) * LOOP_ORDER_STEP_US;
	timer->due_us = now_us;
	if (wait_us > 0) {
		timer->due_us += wait_us;
		tv.tv_sec = (time_t)(wait_us / 1000000);
		tv.tv_usec = (suseconds_t)(wait_us % 1000000);
	}
	(void)evtimer_add(timer->event, &tv);
}

/* Frees a timer. */
void
loop_timer_free(struct loop_timer *timer)
{
	if (timer == NULL)
		return;
	event_free(timer->event);
	free(timer);
}

/* Calls back for a descriptor. */
static void
loop_on_io(evutil_socket_t fd, short what, void *arg)
{
	struct loop_io *io = arg;

	(void)fd;
	(void)what;
	io->callback(io->arg);
}

/* Calls back for a timer. */
static void
loop_on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct loop_timer *timer = arg;
	struct loop_lag *lag = &timer->loop->lag;

	(void)fd;
	(void)what;
	lag->last_us = loop_now_us() - timer->due_us;
	if (lag->last_us > lag->most_us)
		lag->most_us = lag->last_us;
	timer->callback(timer->arg);
}
