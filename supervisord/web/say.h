/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said of things that were done.  Pure. */
#ifndef SUPERVISORD_WEB_SAY_H
#define SUPERVISORD_WEB_SAY_H

#include "supervisord/web/act.h"
#include "supervisord/web/text.h"

/* Adds Supervisor's text, as it stands above the table. */
void say_classic(struct text *, const char *verb, const char *name,
    const struct act_result *);
/* Adds a short one for the live page, which tells more. */
void say_short(struct text *, const char *verb, const char *name,
    const struct act_result *);
/* Was it what the user wanted? */
bool say_is_good(const struct act_result *);
/* "Fri Nov 20 17:46:11 2026". */
void say_now(struct text *);

#endif
