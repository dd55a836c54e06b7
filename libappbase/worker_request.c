/* SPDX-License-Identifier: BSD-2-Clause */
/* What a worker asks of its supervisor by message. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "appbase/supervise.h"
#include "libappbase/app.h"
#include "libappbase/keepmsg.h"
#include "libappbase/pollset.h"
#include "libappbase/worker.h"

int
worker_send(struct appbase *app, uint16_t type, const void *body, size_t len,
    const int *fds, size_t nfds)
{
	struct worker *wk = app->wk;

	if (wk == NULL || wk->chan == NULL || wk->chan_gone) {
		errno = EPIPE;
		return -1;
	}
	if (chan_send(wk->chan, type, body, len, fds, nfds) == -1)
		return -1;
	if (chan_wants_write(wk->chan) && !wk->chan_output &&
	    pollset_change(wk->set, chan_fd(wk->chan), true) == 0)
		wk->chan_output = true;
	return 0;
}

int
worker_claim(struct appbase *app, const char *name, const char *address, int fd)
{
	struct keepmsg_buf b = {0};
	int r = -1;

	keepmsg_put_str(&b, name);
	keepmsg_put_str(&b, address);
	if (b.failed)
		errno = ENOMEM;
	else
		r = worker_send(app, KEEPMSG_LISTENER, b.data, b.len, &fd,
		    fd == -1 ? 0 : 1);
	keepmsg_buf_free(&b);
	return r;
}

/* Sends a request of one number. */
static int
worker_request(struct appbase *app, enum keepmsg_request what, int64_t arg)
{
	struct keepmsg_buf b = {0};
	int r = -1;

	keepmsg_put_int(&b, what);
	keepmsg_put_int(&b, arg);
	if (b.failed)
		errno = ENOMEM;
	else
		r = worker_send(app, KEEPMSG_REQUEST, b.data, b.len, NULL, 0);
	keepmsg_buf_free(&b);
	return r;
}

int
appbase_request_restart(struct appbase *app)
{
	return worker_request(app, KEEPMSG_RESTART, 0);
}

int
appbase_request_stop(struct appbase *app)
{
	return worker_request(app, KEEPMSG_STOP, 0);
}

int
appbase_request_reload(struct appbase *app)
{
	return worker_request(app, KEEPMSG_RELOAD, 0);
}

int
appbase_request_upgrade(struct appbase *app, const char *path)
{
	struct keepmsg_buf b = {0};
	int r = -1;

	if (path != NULL && (path[0] != '/' || strlen(path) >= PATH_MAX)) {
		errno = EINVAL;
		return -1;
	}
	keepmsg_put_int(&b, KEEPMSG_UPGRADE);
	keepmsg_put_int(&b, 0);
	keepmsg_put_str(&b, path != NULL ? path : "");
	if (b.failed)
		errno = ENOMEM;
	else
		r = worker_send(app, KEEPMSG_REQUEST, b.data, b.len, NULL, 0);
	keepmsg_buf_free(&b);
	return r;
}

int
appbase_request_extend(struct appbase *app, int64_t ms)
{
	return worker_request(app, KEEPMSG_EXTEND, ms);
}

int
appbase_set_status(struct appbase *app, const char *text)
{
	struct keepmsg_buf b = {0};
	char cut[501];
	int r = -1;

	strlcpy(cut, text, sizeof(cut));
	keepmsg_put_str(&b, cut);
	if (b.failed)
		errno = ENOMEM;
	else
		r = worker_send(app, KEEPMSG_STATUS, b.data, b.len, NULL, 0);
	keepmsg_buf_free(&b);
	return r;
}
