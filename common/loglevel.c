/* SPDX-License-Identifier: BSD-2-Clause */
/* The main log's levels and the words that stand for them in its lines. */
#include "common/loglevel.h"

/* Returns the four-letter word of a level. */
const char *
loglevel_word(int level)
{
	switch (level) {
	case LEVEL_BLATHER:
		return "BLAT";
	case LEVEL_TRACE:
		return "TRAC";
	case LEVEL_DEBUG:
		return "DEBG";
	case LEVEL_INFO:
		return "INFO";
	case LEVEL_WARN:
		return "WARN";
	case LEVEL_ERROR:
		return "ERRO";
	case LEVEL_CRITICAL:
		return "CRIT";
	default:
		return "????";
	}
}
