/* SPDX-License-Identifier: BSD-2-Clause */
/* The main log's levels: their numbers order them (C-241). */
#ifndef COMMON_LOGLEVEL_H
#define COMMON_LOGLEVEL_H

enum loglevel {
	LEVEL_BLATHER = 3,
	LEVEL_TRACE = 5,
	LEVEL_DEBUG = 10,
	LEVEL_INFO = 20,
	LEVEL_WARN = 30,
	LEVEL_ERROR = 40,
	LEVEL_CRITICAL = 50,
};

/* The four letters of a log line ("INFO"); "????" for no level of the above. */
const char *loglevel_word(int level);

#endif
