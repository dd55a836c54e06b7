/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of all keys of supervisord's file and of its command line.
 */
#ifndef CONFIG_OPTION_H
#define CONFIG_OPTION_H

#include <stddef.h>

#include "common/confopt.h"

struct config_process;

/* Sections, as bits of struct confopt.sections. */
enum config_sections {
	CONFIG_IN_SUPERVISORD = 1 << 0,   /* struct config_supervisord */
	CONFIG_IN_PROGRAM = 1 << 1,       /* struct config_process */
	CONFIG_IN_EVENTLISTENER = 1 << 2, /* struct config_process */
	CONFIG_IN_FCGI_PROGRAM = 1 << 3,  /* struct config_process */
	CONFIG_IN_GROUP = 1 << 4,         /* struct config_group */
	CONFIG_IN_POOL = 1 << 5,          /* struct config_group: the pool's
	                                     part of [eventlistener:x] */
	CONFIG_IN_SOCKET = 1 << 6,        /* struct config_fcgi_socket: the
	                                     socket part, [fcgi-program:x] */
	CONFIG_IN_INET = 1 << 7,          /* struct config_server */
	CONFIG_IN_UNIX = 1 << 8,          /* struct config_server */
	CONFIG_IN_RPCINTERFACE = 1 << 9,  /* struct config_rpcinterface */
	CONFIG_IN_INCLUDE = 1 << 10,
	CONFIG_IN_HTTP_USER = 1 << 11,    /* struct config_http_user */
	CONFIG_IN_LISTENER = 1 << 12,     /* struct config_listener */

	CONFIG_IN_ANY_PROGRAM = CONFIG_IN_PROGRAM | CONFIG_IN_EVENTLISTENER |
	    CONFIG_IN_FCGI_PROGRAM,
};

/* The rows, ended by one whose name is NULL. */
extern const struct confopt config_options[];

/*
 * Walks the fields of a getAllConfigInfo() answer that come from the table
 * (X-119 to X-129; `inuse`, name, group, group_prio are the caller's): calls
 * emit for each row with an `info` name, in table order.
 */
void config_process_info(const struct config_process *,
    void (*emit)(void *arg, const struct confopt *, const char *info,
	const struct confopt_value *),
    void *arg);

#endif
