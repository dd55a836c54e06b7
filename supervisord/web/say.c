/* SPDX-License-Identifier: BSD-2-Clause */
/* Words for results. */
#include "supervisord/web/say.h"

#include <string.h>
#include <time.h>

#include "common/faults.h"

/* The past of each verb. */
static const struct {
	const char *verb, *past;
} say_verbs[] = {
    {"start", "started"},
    {"stop", "stopped"},
    {"restart", "restarted"},
    {"clearlog", "cleared"},
    {"graceful", "reloaded"},
};

static const char *
say_past(const char *verb)
{
	size_t i;

	for (i = 0; i < sizeof(say_verbs) / sizeof(say_verbs[0]); i++)
		if (strcmp(say_verbs[i].verb, verb) == 0)
			return say_verbs[i].past;
	return verb;
}

/* What a fault of a start is called, as Supervisor does; NULL for others. */
static const char *
say_start_fault(int code)
{
	switch (code) {
	case FAULT_NO_FILE:
		return "no such file";
	case FAULT_NOT_EXECUTABLE:
		return "file not executable";
	case FAULT_ALREADY_STARTED:
		return "already started";
	case FAULT_SPAWN_ERROR:
		return "spawn error";
	case FAULT_ABNORMAL_TERMINATION:
		return "abnormal termination";
	default:
		return NULL;
	}
}

/* "unexpected rpc fault [70] NOT_RUNNING: web" */
static void
say_fault(struct text *t, const char *name, const struct act_result *result)
{
	text_printf(t, "unexpected rpc fault [%d] %s", result->code,
	    fault_name(result->code));
	if (result->code != FAULT_SHUTDOWN_STATE)
		text_printf(t, ": %s",
		    result->detail[0] != '\0' ? result->detail : name);
}

void
say_now(struct text *t)
{
	char text[32];
	time_t now = time(NULL);
	struct tm tm;

	if (localtime_r(&now, &tm) != NULL &&
	    strftime(text, sizeof(text), "%a %b %e %H:%M:%S %Y", &tm) > 0)
		text_puts(t, text);
}

void
say_classic(struct text *t, const char *verb, const char *name,
    const struct act_result *result)
{
	const char *why;

	if (strcmp(name, "*") == 0) {
		text_printf(t, "All %s at ", say_past(verb));
		say_now(t);
		return;
	}
	if (result->code == FAULT_SUCCESS || strcmp(verb, "restart") == 0) {
		text_printf(t, "%s %s %s",
		    strcmp(verb, "clearlog") == 0 ? "Log for" : "Process", name,
		    say_past(verb));
		return;
	}
	if (strcmp(verb, "start") != 0) {
		say_fault(t, name, result);
		return;
	}
	text_printf(t, "ERROR: Process %s: ", name);
	why = say_start_fault(result->code);
	if (why != NULL)
		text_puts(t, why);
	else
		say_fault(t, name, result);
}

bool
say_is_good(const struct act_result *result)
{
	return result->code == FAULT_SUCCESS;
}

/* Why something failed, in words. */
static void
say_why(struct text *t, const struct act_result *result)
{
	const char *why = say_start_fault(result->code);

	if (result->code == FAULT_NOT_RUNNING)
		why = "it is not running";
	else if (result->code == FAULT_BAD_NAME)
		why = "there is no such process";
	else if (result->code == FAULT_SHUTDOWN_STATE)
		why = "supervisord is shutting down";
	else if (result->code == FAULT_UNKNOWN_METHOD)
		why = "that cannot be done";
	if (why == NULL && result->code == FAULT_FAILED &&
	    result->detail[0] != '\0') {
		text_puts(t, result->detail);
		return;
	}
	text_puts(t, why != NULL ? why : fault_name(result->code));
	if (result->detail[0] != '\0')
		text_printf(t, " (%s)", result->detail);
}

void
say_short(struct text *t, const char *verb, const char *name,
    const struct act_result *result)
{
	if (result->many && result->total > 0 && result->nfailed > 0) {
		text_printf(t,
		    "%zu of %zu %s. %s: ", result->total - result->nfailed,
		    result->total, say_past(verb), result->failed);
		say_why(t, result);
	} else if (result->many && strcmp(verb, "graceful") == 0 &&
	    result->code == FAULT_SUCCESS)
		text_printf(t, "%s: %zu will be reloaded, one after another",
		    name, result->total);
	else if (result->many && result->code == FAULT_SUCCESS)
		text_printf(t, "%s: %zu %s",
		    strcmp(name, "*") == 0 ? "All" : name, result->total,
		    say_past(verb));
	else if (result->code == FAULT_SUCCESS)
		text_printf(t, "%s%s %s",
		    strcmp(verb, "clearlog") == 0 ? "Logs of " : "", name,
		    say_past(verb));
	else {
		text_printf(t, "%s was not %s: ", name, say_past(verb));
		say_why(t, result);
	}
}
