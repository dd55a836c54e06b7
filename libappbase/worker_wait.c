/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting in a worker: poll(2) that also serves supervision. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "appbase/supervise.h"
#include "libappbase/app.h"
#include "libappbase/clock.h"
#include "libappbase/page.h"
#include "libappbase/worker.h"
#include "libappbase/worksig.h"

/* The time until poll(2) must return for the heartbeat's sake. */
static int
worker_slice(const struct appbase *app, int64_t deadline)
{
	int64_t left = INT64_MAX, beat = 0;

	if (app->wk->page != NULL)
		beat = atomic_load(&app->wk->page->beat_ms);

	if (deadline != CLOCK_NEVER) {
		left = deadline - clock_now_ms();
		if (left <= 0)
			return 0;
	}
	if (beat > 0 && left > beat)
		left = beat;
	if (left == INT64_MAX)
		return -1;
	return left > 1000000 ? 1000000 : (int)left;
}

int
worker_poll(struct appbase *app, struct pollfd *fds, nfds_t nfds,
    int64_t timeout_ms, bool (*early)(struct appbase *))
{
	int64_t deadline = clock_deadline(clock_now_ms(), timeout_ms);
	sig_atomic_t noise;
	int n, slice, error;

	for (;;) {
		noise = worksig.noise;
		worker_beat(app->wk);
		worker_serve(app);
		slice = early(app) ? 0 : worker_slice(app, deadline);
		fds[nfds] = (struct pollfd){app->wk->set, POLLIN, 0};
		n = poll(fds, nfds + 1, slice);
		error = errno;
		if (n == -1 && error == EINTR &&
		    (worksig.stop || worksig.lost || worksig.noise != noise))
			continue;
		if (n > 0 && fds[nfds].revents != 0) {
			worker_serve(app);
			n--;
		}
		if (n != 0 || early(app)) {
			errno = error;
			return n;
		}
		if (deadline != CLOCK_NEVER && clock_now_ms() >= deadline)
			return 0;
	}
}

int
appbase_wait(
    struct appbase *app, struct pollfd *fds, nfds_t nfds, int64_t timeout_ms)
{
	struct pollfd few[16], *all = few;
	int n, error;

	if (app->wk == NULL)
		return poll(fds, nfds,
		    timeout_ms > INT32_MAX ? INT32_MAX : (int)timeout_ms);
	if (nfds >= sizeof(few) / sizeof(few[0]) &&
	    (all = reallocarray(NULL, nfds + 1, sizeof(*all))) == NULL)
		return -1;
	if (nfds > 0)
		memcpy(all, fds, nfds * sizeof(*fds));
	n = worker_poll(app, all, nfds, timeout_ms, keep_events_wait);
	error = errno;
	if (nfds > 0)
		memcpy(fds, all, nfds * sizeof(*fds));
	if (all != few)
		free(all);
	errno = error;
	return n;
}
