/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes the sockets of FastCGI programs: bound, owned, listening (P-086). */
#ifndef SUPERVISORD_IO_FCGIBIND_H
#define SUPERVISORD_IO_FCGIBIND_H

#include "supervisord/config/config.h"

/*
 * A new listening socket, blocking, close-on-exec.  What is in the way of a
 * unix socket is removed, whatever it is; TCP has SO_REUSEADDR.  -1 with *err a
 * new text as Python words it: "[Errno 98] Address already in use", "Could not
 * change ownership of socket file: [Errno 1] Operation not permitted: 'PATH'".
 */
int fcgibind(const struct config_fcgi_socket *, char **err);

#endif
