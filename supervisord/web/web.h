/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The web page: the documents and actions of Supervisor's, the
 * live page that grows out of them, and its files.
 *
 *   / index.html tail.html        documents; an action redirects to a message
 *   /web/live                     the stream of live.h
 *   /web/action  (POST)           action=, name=: begins, answers in JSON
 *   /web/... /stylesheets/supervisor.css /images/...     files
 *
 * Nothing is done at the wish of a browser that does not prove that the wish is
 * that of one of our own pages: it is asked first.
 */
#ifndef SUPERVISORD_WEB_WEB_H
#define SUPERVISORD_WEB_WEB_H

#include "supervisord/control/host.h"

struct web;

/* host is borrowed.  NULL when out of memory. */
struct web *web_new(const struct control_host *host);
/* What is not done yet is called off; to be called after control_free() and
 * before the actions are freed.  Accepts NULL. */
void web_free(struct web *);

/* Answers a request; arg is the struct web (control_host.page). */
void web_request(struct httpd_request *, void *arg);

#endif
