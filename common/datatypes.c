/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The data types that are pure text; datatypes_system.c has those that look at
 * files and users.
 */
#include "common/datatypes.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/errtext.h"
#include "common/pool.h"
#include "common/pyrepr.h"
#include "common/pystr.h"
#include "common/shlex.h"

struct datatype_word {
	const char *word;
	int value;
};

static const struct datatype_word datatype_booleans[] = {
    {"yes", 1},
    {"true", 1},
    {"on", 1},
    {"1", 1},
    {"no", 0},
    {"false", 0},
    {"off", 0},
    {"0", 0},
    {NULL, 0},
};

static const struct datatype_word datatype_levels[] = {
    {"critical", 50},
    {"error", 40},
    {"warn", 30},
    {"info", 20},
    {"debug", 10},
    {"trace", 5},
    {"blather", 3},
    {NULL, 0},
};

static const struct datatype_word datatype_signals[] = {
    {"HUP", SIGHUP},
    {"INT", SIGINT},
    {"QUIT", SIGQUIT},
    {"ILL", SIGILL},
    {"TRAP", SIGTRAP},
    {"ABRT", SIGABRT},
    {"IOT", SIGABRT},
    {"BUS", SIGBUS},
    {"FPE", SIGFPE},
    {"KILL", SIGKILL},
    {"USR1", SIGUSR1},
    {"SEGV", SIGSEGV},
    {"USR2", SIGUSR2},
    {"PIPE", SIGPIPE},
    {"ALRM", SIGALRM},
    {"TERM", SIGTERM},
#ifdef SIGSTKFLT
    {"STKFLT", SIGSTKFLT},
#endif
    {"CHLD", SIGCHLD},
    {"CLD", SIGCHLD},
    {"CONT", SIGCONT},
    {"STOP", SIGSTOP},
    {"TSTP", SIGTSTP},
    {"TTIN", SIGTTIN},
    {"TTOU", SIGTTOU},
    {"URG", SIGURG},
    {"XCPU", SIGXCPU},
    {"XFSZ", SIGXFSZ},
    {"VTALRM", SIGVTALRM},
    {"PROF", SIGPROF},
    {"WINCH", SIGWINCH},
    {"IO", SIGIO},
    {"POLL", SIGIO},
#ifdef SIGPWR
    {"PWR", SIGPWR},
#endif
    {"SYS", SIGSYS},
    {NULL, 0},
};

/* Reports a bad value, quoted by repr(): fmt has one %s. */
#define datatype_bad(err, fmt, s, n)                                           \
	do {                                                                   \
		char *quoted_ = pyrepr_n(s, n);                                \
		errtext_set(err, fmt, quoted_);                                \
		free(quoted_);                                                 \
	} while (0)

/* Looks a word up without regard to case; NULL when it is not there. */
static const struct datatype_word *
datatype_find(const struct datatype_word *words, const char *s)
{
	for (; words->word != NULL; words++)
		if (strcasecmp(words->word, s) == 0)
			return words;
	return NULL;
}

/* Adds a digit, stopping at the limit. */
static uint64_t
datatype_push(uint64_t v, unsigned base, unsigned digit)
{
	if (v > ((uint64_t)INT64_MAX - digit) / base)
		return (uint64_t)INT64_MAX;
	return v * base + digit;
}

/* Reads an integer of n bytes in base 8 or 10; false when it is none. */
static bool
datatype_number(const char *s, size_t n, unsigned base, int64_t *out)
{
	bool negative, digit_before = false;
	uint64_t v = 0;
	size_t i;

	pystr_strip(&s, &n);
	negative = n > 0 && *s == '-';
	if (n > 0 && (*s == '-' || *s == '+')) {
		s++;
		n--;
	}
	if (base == 8 && n > 2 && s[0] == '0' && (s[1] | 0x20) == 'o') {
		s += 2;
		n -= 2;
		digit_before = true;
	}
	for (i = 0; i < n; i++) {
		if (s[i] == '_' && digit_before && i + 1 < n) {
			digit_before = false;
			continue;
		}
		if (s[i] < '0' || s[i] >= (char)('0' + base))
			return false;
		v = datatype_push(v, base, (unsigned)(s[i] - '0'));
		digit_before = true;
	}
	if (n == 0 || !digit_before)
		return false;
	*out = negative ? -(int64_t)v : (int64_t)v;
	return true;
}

/* Reads an integer of n bytes or words the error. */
static int
datatype_integer_n(const char *s, size_t n, int64_t *out, char **err)
{
	if (datatype_number(s, n, 10, out))
		return 0;
	datatype_bad(err, "invalid literal for int() with base 10: %s", s, n);
	return -1;
}

/* Reads an integer. */
int
datatype_integer(const char *s, int64_t *out, char **err)
{
	return datatype_integer_n(s, strlen(s), out, err);
}

/* Reads a boolean. */
int
datatype_boolean(const char *s, bool *out, char **err)
{
	const struct datatype_word *w;

	if ((w = datatype_find(datatype_booleans, s)) != NULL) {
		*out = w->value != 0;
		return 0;
	}
	datatype_bad(err, "not a valid boolean value: %s", s, strlen(s));
	return -1;
}

/* Tells the factor of a size's suffix, 1 if it has none. */
static int64_t
datatype_suffix(const char *s, size_t n)
{
	if (n < 2)
		return 1;
	if (strcmp(s + n - 2, "kb") == 0)
		return 1024;
	if (strcmp(s + n - 2, "mb") == 0)
		return 1024 * 1024;
	return strcmp(s + n - 2, "gb") == 0 ? 1024 * 1024 * 1024 : 1;
}

/* Reads a size. */
int
datatype_byte_size(const char *s, int64_t *out, char **err)
{
	size_t i, n = strlen(s);
	int64_t factor;
	char *lower;
	int rc;

	if ((lower = strdup(s)) == NULL)
		abort();
	for (i = 0; i < n; i++)
		lower[i] = (char)tolower((unsigned char)lower[i]);
	factor = datatype_suffix(lower, n);
	if (factor != 1)
		n -= 2;
	rc = datatype_integer_n(lower, n, out, err);
	free(lower);
	if (rc == 0 && *out > INT64_MAX / factor)
		*out = INT64_MAX;
	else if (rc == 0 && *out < -(INT64_MAX / factor))
		*out = -INT64_MAX;
	else if (rc == 0)
		*out *= factor;
	return rc;
}

/* Reads an octal number. */
int
datatype_octal(const char *s, int *out, char **err)
{
	int64_t v;

	if (!datatype_number(s, strlen(s), 8, &v) || v < -07777777 ||
	    v > 07777777)
		return errtext_set(
		    err, "%s can not be converted to an octal type", s);
	*out = (int)v;
	return 0;
}

/* Reads a logging level. */
int
datatype_level(const char *s, int *out, char **err)
{
	const struct datatype_word *w;

	if ((w = datatype_find(datatype_levels, s)) != NULL) {
		*out = w->value;
		return 0;
	}
	datatype_bad(err, "bad logging level name %s", s, strlen(s));
	return -1;
}

/* Reads RTMIN, RTMIN+n, RTMAX, RTMAX-n; 0 when it is none of them. */
static int
datatype_realtime(const char *s)
{
	int64_t n = 0;
	int base, sig;

	if (strncasecmp(s, "RTMIN", 5) == 0)
		base = SIGRTMIN;
	else if (strncasecmp(s, "RTMAX", 5) == 0)
		base = SIGRTMAX;
	else
		return 0;
	if (s[5] != '\0' &&
	    (s[5] != (base == SIGRTMIN ? '+' : '-') ||
		!datatype_number(s + 5, strlen(s + 5), 10, &n)))
		return 0;
	if (n < -SIGRTMAX || n > SIGRTMAX)
		return 0;
	sig = base + (int)n;
	return sig >= SIGRTMIN && sig <= SIGRTMAX ? sig : 0;
}

/* Reads the name of a signal; 0 when it is none. */
static int
datatype_signal_name(const char *s)
{
	const struct datatype_word *w;
	size_t n = strlen(s);
	char name[16];

	pystr_strip(&s, &n);
	if (n >= sizeof(name))
		return 0;
	memcpy(name, s, n);
	name[n] = '\0';
	s = strncasecmp(name, "SIG", 3) == 0 ? name + 3 : name;
	if ((w = datatype_find(datatype_signals, s)) != NULL)
		return w->value;
	return datatype_realtime(s);
}

/* Reads a signal. */
int
datatype_signal(const char *s, int *out, char **err)
{
	int64_t v;

	if (datatype_number(s, strlen(s), 10, &v)) {
		if ((v < 0 || v > 31) && v != SIGRTMIN && v != SIGRTMAX) {
			datatype_bad(err,
			    "value %s is not a valid signal number", s,
			    strlen(s));
			return -1;
		}
		*out = (int)v;
		return 0;
	}
	if ((*out = datatype_signal_name(s)) != 0)
		return 0;
	datatype_bad(err, "value %s is not a valid signal name", s, strlen(s));
	return -1;
}

/* Splits a list at commas. */
void
datatype_list(const char *s, struct pool *pool, struct confopt_list *out)
{
	const char **v = NULL, *item;
	size_t n = 0, len;

	while (*s != '\0' || n > 0) {
		item = s;
		len = strcspn(s, ",");
		s += len;
		pystr_strip(&item, &len);
		v = pool_grow(pool, v, n, sizeof(*v));
		v[n++] = pool_strndup(pool, item, len);
		if (*s++ == '\0')
			break;
	}
	v = pool_grow(pool, v, n, sizeof(*v));
	v[n] = NULL;
	out->v = v;
	out->n = n;
}

/* Reads a list of exit codes. */
int
datatype_exitcodes(
    const char *s, struct pool *pool, struct confopt_ints *out, char **err)
{
	struct confopt_list items;
	int *v;
	int64_t code;
	size_t i;

	datatype_list(s, pool, &items);
	v = pool_array(pool, items.n, sizeof(*v));
	for (i = 0; i < items.n; i++) {
		if (!datatype_number(
			items.v[i], strlen(items.v[i]), 10, &code) ||
		    code < 0 || code > 255) {
			datatype_bad(err, "not a valid list of exit codes: %s",
			    s, strlen(s));
			return -1;
		}
		v[i] = (int)code;
	}
	out->v = v;
	out->n = items.n;
	return 0;
}

/* Reads an autorestart value. */
int
datatype_autorestart(const char *s, enum confopt_autorestart *out, char **err)
{
	const struct datatype_word *w;

	if (strcasecmp(s, "unexpected") == 0) {
		*out = CONFOPT_AUTORESTART_UNEXPECTED;
		return 0;
	}
	if ((w = datatype_find(datatype_booleans, s)) != NULL) {
		*out = w->value ? CONFOPT_AUTORESTART_TRUE
				: CONFOPT_AUTORESTART_FALSE;
		return 0;
	}
	datatype_bad(err, "invalid 'autorestart' value %s", s, strlen(s));
	return -1;
}

/* Reads one of some words. */
int
datatype_choice(const char *s, const char *const *words, int *out, char **err)
{
	char list[256] = "";
	int i;

	for (i = 0; words[i] != NULL; i++)
		if (strcasecmp(s, words[i]) == 0) {
			*out = i;
			return 0;
		}
	for (i = 0; words[i] != NULL; i++) {
		(void)strlcat(list, i > 0 ? ", " : "", sizeof(list));
		(void)strlcat(list, words[i], sizeof(list));
	}
	return errtext_set(err, "invalid value '%s' (it may be %s)", s, list);
}

/* Reads a port of n bytes. */
static int
datatype_port(const char *s, int *port, char **err)
{
	int64_t v;

	if (datatype_integer(s, &v, err) == -1)
		return -1;
	if (v < 1)
		return errtext_set(
		    err, "%lld is below lower bound (1)", (long long)v);
	if (v > 65535)
		return errtext_set(
		    err, "%lld is above upper bound (65535)", (long long)v);
	*port = (int)v;
	return 0;
}

/* Copies a host: lower case, no brackets, "" for all interfaces. */
static const char *
datatype_host(const char *s, size_t n, struct pool *pool)
{
	char *host, *p;

	if (n > 2 && s[0] == '[' && s[n - 1] == ']') {
		s++;
		n -= 2;
	}
	if (n == 1 && *s == '*')
		n = 0;
	host = pool_strndup(pool, s, n);
	for (p = host; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	return host;
}

/* Reads an address. */
int
datatype_inet_address(
    const char *s, struct pool *pool, const char **host, int *port, char **err)
{
	const char *colon = strrchr(s, ':');

	if (colon == NULL) {
		*host = "";
		if (datatype_port(s, port, NULL) == 0)
			return 0;
		datatype_bad(err, "not a valid port number: %s ", s, strlen(s));
		return -1;
	}
	if (colon[1] == '\0')
		return errtext_set(err, "no port number specified in ''");
	if (datatype_port(colon + 1, port, err) == -1)
		return -1;
	*host = datatype_host(s, (size_t)(colon - s), pool);
	return 0;
}

/* Tells whether a text has a scheme and something after it. */
static bool
datatype_is_url(const char *s)
{
	const char *rest;

	if (!isalpha((unsigned char)*s))
		return false;
	for (rest = s; isalnum((unsigned char)*rest) || *rest == '+' ||
	     *rest == '-' || *rest == '.';
	     rest++)
		;
	if (*rest++ != ':')
		return false;
	if (strncmp(rest, "//", 2) == 0)
		rest += 2;
	return *rest != '\0' && strchr("?#", *rest) == NULL;
}

/* Checks a URL. */
int
datatype_url(const char *s, char **err)
{
	size_t n = strlen(s), len;
	const char *t = s;

	while ((len = pystr_space(t, n)) != 0) {
		t += len;
		n -= len;
	}
	if (datatype_is_url(t))
		return 0;
	datatype_bad(err, "value %s is not a URL", s, strlen(s));
	return -1;
}

/* Checks and trims a name; the message shows it as it was written. */
int
datatype_name(const char *s, struct pool *pool, const char **out, char **err)
{
	static const char bad[] = " :/";
	const char *name = s;
	size_t i, n = strlen(s);
	char *quoted;

	pystr_strip(&name, &n);
	for (i = 0; bad[i] != '\0'; i++)
		if (memchr(name, bad[i], n) != NULL) {
			quoted = pyrepr(s);
			errtext_set(err,
			    "Invalid name: %s because of character: '%c'",
			    quoted, bad[i]);
			free(quoted);
			return -1;
		}
	*out = pool_strndup(pool, name, n);
	return 0;
}

/* Sets a variable in a growing list, in place if it is there. */
static void
datatype_setenv(struct pool *pool, const char ***v, size_t *n, const char *var)
{
	size_t i, len = strcspn(var, "=") + 1;

	for (i = 0; i < *n; i++)
		if (strncmp((*v)[i], var, len) == 0) {
			(*v)[i] = var;
			return;
		}
	*v = pool_grow(pool, *v, *n, sizeof(**v));
	(*v)[(*n)++] = var;
}

/* Ends a growing list. */
static void
datatype_list_end(
    struct pool *pool, const char **v, size_t n, struct confopt_list *out)
{
	v = pool_grow(pool, v, n, sizeof(*v));
	v[n] = NULL;
	out->v = v;
	out->n = n;
}

/* Reads a key=value list. */
int
datatype_environment(
    const char *s, struct pool *pool, struct confopt_list *out, char **err)
{
	struct confopt_list t;
	const char **v = NULL;
	size_t i, n = 0;

	if (shlex_tokens(s, pool, &t, err) == -1)
		return -1;
	/* Each pair is three tokens and one more that separates. */
	for (i = 0; i < t.n; i += 4) {
		if (t.n - i < 3 || strcmp(t.v[i + 1], "=") != 0)
			return errtext_set(err,
			    "Unexpected end of key/value pairs in value '%s'",
			    s);
		datatype_setenv(pool, &v, &n,
		    pool_printf(pool, "%s=%s", t.v[i], t.v[i + 2]));
	}
	datatype_list_end(pool, v, n, out);
	return 0;
}

/* Lays one list of variables on another. */
void
datatype_environment_merge(const struct confopt_list *base,
    const struct confopt_list *over, struct pool *pool,
    struct confopt_list *out)
{
	const char **v = NULL;
	size_t i, n = 0;

	for (i = 0; i < base->n; i++)
		datatype_setenv(pool, &v, &n, base->v[i]);
	for (i = 0; i < over->n; i++)
		datatype_setenv(pool, &v, &n, over->v[i]);
	datatype_list_end(pool, v, n, out);
}
