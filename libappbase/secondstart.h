/* SPDX-License-Identifier: BSD-2-Clause */
/* A start of a daemon that runs already: a request to reload it (8.2-6, R-30).
 */
#ifndef LIBAPPBASE_SECONDSTART_H
#define LIBAPPBASE_SECONDSTART_H

#include "libappbase/app.h"

/*
 * The pid file is locked by somebody.  Verifies who it is, sends the reload
 * signal if the class can be reloaded, waits for the result if asked to.
 * Returns the exit status; what went wrong has been written to stderr.
 */
int secondstart_run(struct appbase *);

#endif
