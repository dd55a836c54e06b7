/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The messages between worker and supervisor, and the encoding of their bodies.
 *
 * Every body is a sequence of fields written by keepmsg_put_* and read in the
 * same order by keepmsg_get_*: integers of 8 bytes in host order (both ends are
 * the same machine), byte strings with a length.  Reading past the end or a
 * string that is not NUL-terminated where one is due marks the reader bad, once
 * checked at the end: no partial belief.  Pure.
 */
#ifndef LIBAPPBASE_KEEPMSG_H
#define LIBAPPBASE_KEEPMSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appbase/keep.h"

enum keepmsg_type {
	/* worker to supervisor */
	KEEPMSG_ATTACH = 1, /* no body */
	KEEPMSG_SPAWN,	    /* keepmsg_encode_spawn; fds in its list's order */
	KEEPMSG_SIGNAL,	    /* id, signo, group */
	KEEPMSG_RELEASE,    /* id */
	KEEPMSG_KEEP_FD,    /* name; 1 fd */
	KEEPMSG_DROP_FD,    /* name */
	KEEPMSG_LISTENER,   /* name, address; 1 fd: bound; 0 fds: claimed */
	KEEPMSG_REQUEST,    /* enum keepmsg_request, argument */
	KEEPMSG_STATUS,	    /* text */
	KEEPMSG_HEARD,	    /* signo: a forwarded signal was acted on */
	KEEPMSG_TAKEN,	    /* a second supervisor has written the pid file */
	KEEPMSG_IN_CHARGE,  /* ... and has read "ok": the old one may leave */
	/* supervisor to worker */
	KEEPMSG_HELLO = 64,   /* version, generation, supervisor pid, candidate,
				 knows_ready;
				 1 fd: the shared page */
	KEEPMSG_INHERIT,      /* name, address, is its path to be removed; 1 fd:
				 a listener */
	KEEPMSG_READY,	      /* end of what precedes supervised_process() */
	KEEPMSG_CHILD,	      /* an event: keepmsg_encode_event */
	KEEPMSG_FD,	      /* name; 1 fd */
	KEEPMSG_EVENT,	      /* keepmsg_encode_event */
	KEEPMSG_SYNCED,	      /* end of the inventory */
	KEEPMSG_REFUSED,      /* errno: answer to ATTACH */
	KEEPMSG_COMMIT,	      /* to a second supervisor: take the pid file;
				  reloads so far, milliseconds of this one */
	KEEPMSG_RELOAD_AGAIN, /* to a second supervisor: one was remembered */
};

enum keepmsg_request {
	KEEPMSG_RESTART = 1,
	KEEPMSG_STOP,
	KEEPMSG_RELOAD,
	KEEPMSG_EXTEND,	 /* argument: milliseconds */
	KEEPMSG_UPGRADE, /* and a path; "" = as KEEPMSG_RELOAD */
};

/* The message's name for logs; never NULL. */
const char *keepmsg_name(uint16_t type);

struct keepmsg_buf { /* zero-initialise; free with keepmsg_buf_free */
	unsigned char *data;
	size_t len, cap;
	bool failed; /* out of memory */
};
void keepmsg_put_int(struct keepmsg_buf *, int64_t);
void keepmsg_put_bytes(struct keepmsg_buf *, const void *, size_t);
void keepmsg_put_str(struct keepmsg_buf *, const char *); /* NULL is kept */
void keepmsg_put_strv(struct keepmsg_buf *, char *const *);
void keepmsg_buf_free(struct keepmsg_buf *);

struct keepmsg_reader {
	const unsigned char *data;
	size_t len, off;
	bool bad;
};
int64_t keepmsg_get_int(struct keepmsg_reader *);
const void *keepmsg_get_bytes(struct keepmsg_reader *, size_t *len);
const char *keepmsg_get_str(struct keepmsg_reader *); /* borrowed */
/* All read, nothing left over, nothing bad. */
bool keepmsg_done(const struct keepmsg_reader *);

/* A spawn request.  Decoding allocates vectors in *arena (free() it); strings
 * point into the reader's buffer; fds[i].fd is set from `fds`. */
int keepmsg_encode_spawn(struct keepmsg_buf *, const struct appbase_spawn *);
int keepmsg_decode_spawn(struct keepmsg_reader *, const int *fds, size_t nfds,
    struct appbase_spawn *, void **arena);

int keepmsg_encode_event(
    struct keepmsg_buf *, const struct appbase_keep_event *);
int keepmsg_decode_event(struct keepmsg_reader *, struct appbase_keep_event *);

#endif
