/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * echo_supervisord_conf: prints the sample configuration (L-083).  Arguments
 * are ignored.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "supervisord/config/sample.h"

/* Prints the sample. */
int
main(void)
{
	config_sample(stdout);
	if (fflush(stdout) != 0 || ferror(stdout))
		err(EXIT_FAILURE, "standard output");
	return EXIT_SUCCESS;
}
