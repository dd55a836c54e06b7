/* SPDX-License-Identifier: BSD-2-Clause */
/* What ps(1) shows: "NAME: supervisor, generation 3". */
#ifndef LIBAPPBASE_TITLE_H
#define LIBAPPBASE_TITLE_H

#include "libappbase/app.h"

/* Takes over argv's memory, unless the class forbids; argv must be copied. */
void title_init(const struct appbase *, int argc, char *argv[]);
/* "worker", "supervisor", ... */
void title_set(const struct appbase *, const char *role);

#endif
