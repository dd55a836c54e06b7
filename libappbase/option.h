/* SPDX-License-Identifier: BSD-2-Clause */
/* What the usage text needs to know of a set of options. */
#ifndef LIBAPPBASE_OPTION_H
#define LIBAPPBASE_OPTION_H

#include <stddef.h>

#include "appbase/option.h"

/* The number of options in the set, and one of them; both borrowed. */
size_t option_count(const struct appbase_options *);
const struct appbase_option *option_at(
    const struct appbase_options *, size_t index);

#endif
