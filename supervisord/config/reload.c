/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a process takes up new code: the words of reload_mode and its kin.
 */
#include <string.h>

#include "common/errtext.h"
#include "supervisord/config/config.h"
#include "supervisord/config/loader.h"

/* The words of each key, in order of their enumerations. */
static const char *const reload_modes[] = {
    "restart", "signal", "lockfile", "drain", NULL};
static const char *const reload_expects[] = {"", "stay", "exit", NULL};
static const char *const reload_timeouts[] = {"keep", "stop", NULL};

/* Finds a word; -1 with the fault set. */
static int
reload_word(struct loader *l, const struct ini_section *s, const char *key,
    const char *const *words, const char *word)
{
	int i;

	for (i = 0; words[i] != NULL; i++)
		if (strcasecmp(words[i], word) == 0)
			return i;
	l->at = ini_get(&l->ini, s, key);
	return loader_fail(
	    l, "value '%s' for '%s' is not one of those known", word, key);
}

/* Reads the words and checks what the mode needs. */
int
reload_settle(
    struct loader *l, const struct ini_section *s, struct config_reload *r)
{
	int mode, expect, timeout;

	mode = reload_word(l, s, "reload_mode", reload_modes, r->mode_name);
	expect = reload_word(l, s, "reload_expect", reload_expects,
	    r->expect_name != NULL ? r->expect_name : "");
	timeout = reload_word(
	    l, s, "on_drain_timeout", reload_timeouts, r->on_timeout_name);
	if (mode == -1 || expect == -1 || timeout == -1)
		return -1;
	r->mode = (enum config_reload_mode)mode;
	r->expect = (enum config_reload_expect)expect;
	r->stop_on_timeout = timeout == 1;
	l->at = ini_get(&l->ini, s, "reload_lockfile");
	if (r->lockfile != NULL && *r->lockfile != '/')
		return loader_fail(
		    l, "reload_lockfile %s is no absolute path", r->lockfile);
	l->at = ini_get(&l->ini, s, "reload_mode");
	if (r->lockfile == NULL &&
	    (r->mode == CONFIG_RELOAD_LOCKFILE ||
		r->mode == CONFIG_RELOAD_DRAIN))
		return loader_fail(l, "reload_mode %s needs a reload_lockfile",
		    reload_modes[mode]);
	return 0;
}
