/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --check-state STATE,CONFIGURATION[,REGION=SIZE...]: could this program take
 * up what the files of a running supervisord hold?  It only reads.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/slurp.h"
#include "config.h"
#include "supervisord/daemon.h"
#include "supervisord/events/ledger.h"
#include "supervisord/io/journal.h"
#include "supervisord/io/roster.h"
#include "supervisord/reload.h"
#include "supervisord/roll.h"

const struct daemon_region daemon_regions[] = {{"journal", journal_size},
    {"events", ledger_size}, {"reloads", reload_size}, {"rolls", roll_size},
    {NULL, NULL}};

/* Says why not. */
static int
checkstate_fail(const char *what, const char *why)
{
	(void)printf("%s: %s\n", what, why);
	return 1;
}

/* Checks the table of processes. */
static int
checkstate_state(const char *path)
{
	size_t len;
	char *data = slurp_file(path, &len);
	int rc;

	if (data == NULL)
		return checkstate_fail(path, strerror(errno));
	rc = roster_check(data, len);
	free(data);
	return rc == 0
	    ? 0
	    : checkstate_fail("state", "its format is not known to me");
}

/* Checks every configuration that is in force. */
static int
checkstate_config(const struct daemon_context *context, const char *path)
{
	struct daemon_context own = *context;
	struct inforce *in = NULL;
	struct config *config;
	size_t len, i;
	char *data = slurp_file(path, &len), *err;
	int status = 0;

	if (data == NULL)
		return checkstate_fail(path, strerror(errno));
	if ((in = inforce_read(data, len)) == NULL)
		status = checkstate_fail(
		    "configuration", "its format is not known to me");
	for (i = 0; in != NULL && status == 0 && i < in->nconfigs; i++) {
		own.configuration =
		    (char *)(uintptr_t)in->configs[i].texts[0].file;
		if (daemon_load_texts(&own, &in->configs[i], &config, &err) ==
		    0) {
			config_unref(config);
			continue;
		}
		status = checkstate_fail("configuration", err);
		free(err);
	}
	inforce_free(in);
	free(data);
	return status;
}

/* Checks the size of a region. */
static int
checkstate_region(const char *word)
{
	const struct daemon_region *r;
	size_t len = strcspn(word, "=");

	for (r = daemon_regions; r->name != NULL; r++)
		if (strlen(r->name) == len && strncmp(r->name, word, len) == 0)
			return strtoumax(word + len + (word[len] == '='), NULL,
				   10) == r->size()
			    ? 0
			    : checkstate_fail(
				  r->name, "its format is not known to me");
	return checkstate_fail(word, "is not known to me");
}

int
daemon_check_state(const struct daemon_context *context, const char *files)
{
	char *copy = strdup(files), *rest = copy, *word;
	int n, status = copy == NULL;

	for (n = 0; status == 0 && (word = strsep(&rest, ",")) != NULL; n++)
		status = n == 0 ? checkstate_state(word)
		    : n == 1	? checkstate_config(context, word)
				: checkstate_region(word);
	free(copy);
	if (status == 0)
		(void)printf(DAEMON_STATE_OK "%s\n", PACKAGE_VERSION);
	return status;
}
