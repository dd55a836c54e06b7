/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The documents: the status table with all its old links, which is the page
 * where there is no JavaScript, and what stands around it; the end of a log; a
 * question.  Every name is quoted.
 */
#ifndef SUPERVISORD_WEB_PAGE_H
#define SUPERVISORD_WEB_PAGE_H

#include "supervisord/control/host.h"
#include "supervisord/web/text.h"

/* The status page.  message NULL = none.  With
 * operates, it is for somebody who may do more than look. */
void page_status(struct text *, const struct control_host *,
    const char *message, const char *token, bool operates);
/* The end of a process's log; fields as they were sent, NULL if
 * they were not. */
void page_tail(struct text *, const struct control_host *, const char *name,
    const char *limit);
/* Asks whether that is really to be done; name NULL = to everything. */
void page_ask(
    struct text *, const char *action, const char *name, const char *token);

#endif
