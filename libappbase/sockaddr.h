/* SPDX-License-Identifier: BSD-2-Clause */
/* Listening addresses as text, and binding them (see appbase/listen.h). */
#ifndef LIBAPPBASE_SOCKADDR_H
#define LIBAPPBASE_SOCKADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "appbase/listen.h"

/* Parses an address of appbase_listen(); 0 or -1 with errno. */
int sockaddr_parse(const char *text, struct sockaddr_storage *, socklen_t *len);
/* "127.0.0.1:80", "[::1]:80", "unix:/path".  Returns buf. */
const char *sockaddr_text(
    const struct sockaddr *, socklen_t, char *buf, size_t buflen);
/* socket, options, bind, listen; a close-on-exec descriptor or -1/errno. */
int sockaddr_listen(const char *address, const struct appbase_listen_options *);
/* Is fd a listening stream socket? */
bool sockaddr_is_listener(int fd);
/* Port of a bound inet socket in host order, else 0. */
uint16_t sockaddr_port(int fd);
/* The name rule of listeners: 1-63 of [A-Za-z0-9._-]. */
bool sockaddr_name_ok(const char *name);

#endif
