/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * %-format with names: each % is parsed into a struct expand_spec, its name is
 * looked up, and the value is written by one of the conversions.
 */
#include "common/expand.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/errtext.h"
#include "common/pool.h"
#include "common/pyrepr.h"
#include "common/pystr.h"

struct expand_spec {
	const char *name; /* not NUL-terminated */
	size_t namelen;
	bool has_name;
	bool left, plus, blank, zero, alternate;
	size_t width;
	bool has_precision;
	size_t precision;
	uint32_t conversion;
};

struct expand_run {
	const struct expand_scope *scope;
	struct pool *pool;
	const char *text, *at, *end;
	const char *percent; /* that begins what is being expanded */
	FILE *out;
	char *reason;  /* why it is malformed */
	char *unknown; /* the name nobody knows */
};

/* Finds an environment's variable for a name ENV_x. */
static bool
expand_find_env(const struct expand_scope *scope, const char *name, size_t len,
    struct expand_name *found)
{
	const char *const *e;

	if (scope->environment == NULL || len < 4 ||
	    strncmp(name, "ENV_", 4) != 0)
		return false;
	for (e = scope->environment; *e != NULL; e++)
		if (strncmp(*e, name + 4, len - 4) == 0 &&
		    (*e)[len - 4] == '=') {
			found->string = *e + len - 3;
			return true;
		}
	return false;
}

/* Finds a name in the chain of scopes. */
static bool
expand_find(const struct expand_scope *scope, const char *name, size_t len,
    struct expand_name *found)
{
	size_t i;

	for (; scope != NULL; scope = scope->parent) {
		for (i = 0; i < scope->nnames; i++)
			if (strncmp(scope->names[i].name, name, len) == 0 &&
			    scope->names[i].name[len] == '\0') {
				*found = scope->names[i];
				return true;
			}
		if (expand_find_env(scope, name, len, found))
			return true;
	}
	return false;
}

/* Parses "(name)"; parentheses inside it have to match. */
static int
expand_parse_name(struct expand_run *r, struct expand_spec *spec)
{
	unsigned depth = 1;

	if (r->at == r->end || *r->at != '(')
		return 0;
	spec->has_name = true;
	spec->name = ++r->at;
	for (; r->at < r->end; r->at++) {
		if (*r->at == '(')
			depth++;
		else if (*r->at == ')' && --depth == 0) {
			spec->namelen = (size_t)(r->at++ - spec->name);
			return 0;
		}
	}
	return errtext_set(&r->reason, "incomplete format key");
}

/* Parses the flags. */
static void
expand_parse_flags(struct expand_run *r, struct expand_spec *spec)
{
	for (; r->at < r->end; r->at++)
		if (*r->at == '-')
			spec->left = true;
		else if (*r->at == '+')
			spec->plus = true;
		else if (*r->at == ' ')
			spec->blank = true;
		else if (*r->at == '0')
			spec->zero = true;
		else if (*r->at == '#')
			spec->alternate = true;
		else
			return;
}

/* Parses a width or precision. */
static int
expand_parse_number(struct expand_run *r, size_t *n, const char *what)
{
	*n = 0;
	if (r->at < r->end && *r->at == '*')
		return errtext_set(&r->reason, "* wants int");
	for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++) {
		*n = *n * 10 + (size_t)(*r->at - '0');
		if (*n > EXPAND_MAX_WIDTH)
			return errtext_set(&r->reason, "%s too big", what);
	}
	return 0;
}

/* Parses what follows a % and finds the value; an unknown name is reported
 * before what is wrong behind it. */
static int
expand_parse(
    struct expand_run *r, struct expand_spec *spec, struct expand_name *value)
{
	memset(spec, 0, sizeof(*spec));
	if (expand_parse_name(r, spec) == -1)
		return -1;
	if (spec->has_name &&
	    !expand_find(r->scope, spec->name, spec->namelen, value)) {
		r->unknown = pyrepr_n(spec->name, spec->namelen);
		return -1;
	}
	expand_parse_flags(r, spec);
	if (expand_parse_number(r, &spec->width, "width") == -1)
		return -1;
	if (r->at < r->end && *r->at == '.') {
		r->at++;
		spec->has_precision = true;
		if (expand_parse_number(r, &spec->precision, "precision") == -1)
			return -1;
	}
	if (r->at < r->end && strchr("hlL", *r->at) != NULL)
		r->at++;
	if (r->at == r->end)
		return errtext_set(&r->reason, "incomplete format");
	r->at +=
	    pystr_decode(r->at, (size_t)(r->end - r->at), &spec->conversion);
	return 0;
}

/* Writes n characters of padding. */
static void
expand_pad(struct expand_run *r, char c, size_t n)
{
	while (n-- > 0)
		fputc(c, r->out);
}

/* Writes a text, cut and padded as asked. */
static void
expand_put(struct expand_run *r, const struct expand_spec *spec, const char *s,
    size_t n)
{
	size_t chars, pad = 0;

	/* %c knows no precision. */
	if (spec->has_precision && spec->conversion != 'c')
		n = pystr_prefix(s, n, spec->precision);
	chars = pystr_length(s, n);
	if (chars < spec->width)
		pad = spec->width - chars;
	if (!spec->left)
		expand_pad(r, ' ', pad);
	fwrite(s, 1, n, r->out);
	if (spec->left)
		expand_pad(r, ' ', pad);
}

/* Writes repr() of a text. */
static void
expand_put_repr(
    struct expand_run *r, const struct expand_spec *spec, const char *s)
{
	char *quoted = pyrepr(s);

	expand_put(r, spec, quoted, strlen(quoted));
	free(quoted);
}

/* Says that the conversion is none. */
static int
expand_bad_conversion(struct expand_run *r, const struct expand_spec *spec)
{
	size_t index = pystr_length(r->text, (size_t)(r->at - r->text)) - 1;
	uint32_t c = spec->conversion;

	return errtext_set(&r->reason,
	    "unsupported format character '%c' (0x%x) at index %zu",
	    c >= 0x20 && c < 0x7F ? (char)c : '?', c, index);
}

/* Writes a string value. */
static int
expand_string(
    struct expand_run *r, const struct expand_spec *spec, const char *s)
{
	switch (spec->conversion) {
	case 's':
		expand_put(r, spec, s, strlen(s));
		return 0;
	case 'r':
	case 'a':
		expand_put_repr(r, spec, s);
		return 0;
	case 'c':
		if (pystr_length(s, strlen(s)) != 1)
			return errtext_set(
			    &r->reason, "%%c requires int or char");
		expand_put(r, spec, s, strlen(s));
		return 0;
	case 'd':
	case 'i':
	case 'u':
		return errtext_set(&r->reason,
		    "%%%c format: a real number is required, not str",
		    (char)spec->conversion);
	case 'o':
	case 'x':
	case 'X':
		return errtext_set(&r->reason,
		    "%%%c format: an integer is required, not str",
		    (char)spec->conversion);
	case 'e':
	case 'E':
	case 'f':
	case 'F':
	case 'g':
	case 'G':
		return errtext_set(&r->reason, "must be real number, not str");
	default:
		return expand_bad_conversion(r, spec);
	}
}

/* Writes digits with sign, prefix, zeros and padding. */
static void
expand_digits(struct expand_run *r, const struct expand_spec *spec,
    bool negative, const char *prefix, const char *digits)
{
	const char *sign = negative ? "-"
	    : spec->plus	    ? "+"
	    : spec->blank	    ? " "
				    : "";
	size_t n = strlen(digits), zeros = 0, used;

	if (spec->has_precision && spec->precision > n)
		zeros = spec->precision - n;
	used = strlen(sign) + strlen(prefix) + zeros + n;
	if (spec->zero && !spec->left && spec->width > used) {
		zeros += spec->width - used;
		used = spec->width;
	}
	if (!spec->left && spec->width > used)
		expand_pad(r, ' ', spec->width - used);
	fputs(sign, r->out);
	fputs(prefix, r->out);
	expand_pad(r, '0', zeros);
	fputs(digits, r->out);
	if (spec->left && spec->width > used)
		expand_pad(r, ' ', spec->width - used);
}

/* Writes an integer as a fraction. */
static void
expand_float(struct expand_run *r, const struct expand_spec *spec, int64_t v)
{
	char format[32];

	snprintf(format, sizeof(format), "%%%s%s%s%s%s*.*%c",
	    spec->left ? "-" : "", spec->plus ? "+" : "",
	    spec->blank ? " " : "", spec->zero ? "0" : "",
	    spec->alternate ? "#" : "", (char)spec->conversion);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	fprintf(r->out, format, (int)spec->width,
	    spec->has_precision ? (int)spec->precision : 6, (double)v);
#pragma GCC diagnostic pop
}

/* Writes the character of that number. */
static int
expand_character(
    struct expand_run *r, const struct expand_spec *spec, int64_t v)
{
	char s[4];
	size_t n = 0;

	if (v < 1 || v > 0x10FFFF || (v >= 0xD800 && v <= 0xDFFF))
		return errtext_set(
		    &r->reason, "%%c arg not in range(0x110000)");
	if (v < 0x80)
		s[n++] = (char)v;
	else {
		if (v >= 0x10000) {
			s[n++] = (char)(0xF0 | v >> 18);
			s[n++] = (char)(0x80 | (v >> 12 & 0x3F));
		} else if (v >= 0x800)
			s[n++] = (char)(0xE0 | v >> 12);
		else
			s[n++] = (char)(0xC0 | v >> 6);
		if (v >= 0x800)
			s[n++] = (char)(0x80 | (v >> 6 & 0x3F));
		s[n++] = (char)(0x80 | (v & 0x3F));
	}
	expand_put(r, spec, s, n);
	return 0;
}

/* Writes an integer value. */
static int
expand_integer(struct expand_run *r, const struct expand_spec *spec, int64_t v)
{
	uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;
	const char *prefix = "";
	char digits[32];

	switch (spec->conversion) {
	case 's':
	case 'r':
	case 'a':
		snprintf(digits, sizeof(digits), "%" PRId64, v);
		expand_put(r, spec, digits, strlen(digits));
		return 0;
	case 'c':
		return expand_character(r, spec, v);
	case 'e':
	case 'E':
	case 'f':
	case 'F':
	case 'g':
	case 'G':
		expand_float(r, spec, v);
		return 0;
	case 'd':
	case 'i':
	case 'u':
		snprintf(digits, sizeof(digits), "%" PRIu64, u);
		break;
	case 'o':
		prefix = spec->alternate ? "0o" : "";
		snprintf(digits, sizeof(digits), "%" PRIo64, u);
		break;
	case 'x':
		prefix = spec->alternate ? "0x" : "";
		snprintf(digits, sizeof(digits), "%" PRIx64, u);
		break;
	case 'X':
		prefix = spec->alternate ? "0X" : "";
		snprintf(digits, sizeof(digits), "%" PRIX64, u);
		break;
	default:
		return expand_bad_conversion(r, spec);
	}
	expand_digits(r, spec, v < 0, prefix, digits);
	return 0;
}

/* Expands what follows a %. */
static int
expand_one(struct expand_run *r)
{
	struct expand_spec spec;
	struct expand_name value = {0};

	/* Only a bare %% is a percent sign; %5% is malformed. */
	if (r->at < r->end && *r->at == '%') {
		fputc('%', r->out);
		r->at++;
		return 0;
	}
	if (expand_parse(r, &spec, &value) == -1)
		return -1;
	if (!spec.has_name) {
		if (spec.conversion >= 0x80 ||
		    strchr("sradiuoxXeEfFgGc", (int)spec.conversion) == NULL)
			return expand_bad_conversion(r, &spec);
		return errtext_set(&r->reason,
		    "%%%c without a name in parentheses (write %%%% for a %%)",
		    (char)spec.conversion);
	}
	return value.string != NULL ? expand_string(r, &spec, value.string)
				    : expand_integer(r, &spec, value.integer);
}

/* Expands all of a text. */
static int
expand_text(struct expand_run *r)
{
	while ((r->percent = memchr(r->at, '%', (size_t)(r->end - r->at))) !=
	    NULL) {
		fwrite(r->at, 1, (size_t)(r->percent - r->at), r->out);
		r->at = r->percent + 1;
		if (expand_one(r) == -1)
			return -1;
	}
	fwrite(r->at, 1, (size_t)(r->end - r->at), r->out);
	return 0;
}

/* Orders texts. */
static int
expand_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Lists all names, sorted, each once: "A, B, C". */
static char *
expand_available(const struct expand_scope *scope, struct pool *pool)
{
	const char **v = NULL, *const * e;
	size_t n = 0, i;
	char *list = NULL;
	size_t len;
	FILE *f;

	for (; scope != NULL; scope = scope->parent) {
		for (i = 0; i < scope->nnames; i++) {
			v = pool_grow(pool, v, n, sizeof(*v));
			v[n++] = scope->names[i].name;
		}
		for (e = scope->environment; e != NULL && *e != NULL; e++) {
			v = pool_grow(pool, v, n, sizeof(*v));
			v[n++] = pool_printf(
			    pool, "ENV_%.*s", (int)strcspn(*e, "="), *e);
		}
	}
	if ((f = open_memstream(&list, &len)) == NULL)
		abort();
	if (n != 0)
		qsort(v, n, sizeof(*v), expand_compare);
	for (i = 0; i < n; i++)
		if (i == 0)
			fputs(v[i], f);
		else if (strcmp(v[i], v[i - 1]) != 0)
			fprintf(f, ", %s", v[i]);
	if (fclose(f) != 0)
		abort();
	return list;
}

/* Words the failure. */
static int
expand_failed(struct expand_run *r, const char *where, char **err)
{
	char *text = pyrepr(r->text), *place = pyrepr(where), *names = NULL;

	if (r->unknown != NULL) {
		names = expand_available(r->scope, r->pool);
		errtext_set(err,
		    "Format string %s for %s contains names (%s) which "
		    "cannot be expanded. Available names: %s",
		    text, place, r->unknown, names);
	} else
		errtext_set(err,
		    "Format string %s for %s is badly formatted: %s", text,
		    place, r->reason);
	free(text);
	free(place);
	free(names);
	return -1;
}

/* Expands a text. */
int
expand(const struct expand_scope *scope, const char *text, const char *where,
    struct pool *pool, const char **out, char **err)
{
	struct expand_run r = {.scope = scope, .pool = pool, .text = text};
	char *result;
	size_t len;
	int rc;

	if (strchr(text, '%') == NULL) {
		*out = text;
		return 0;
	}
	r.at = text;
	r.end = text + strlen(text);
	if ((r.out = open_memstream(&result, &len)) == NULL)
		abort();
	rc = expand_text(&r);
	if (fclose(r.out) != 0)
		abort();
	if (rc == 0)
		*out = pool_strndup(pool, result, len);
	else
		expand_failed(&r, where, err);
	free(result);
	free(r.reason);
	free(r.unknown);
	return rc;
}

/* Finds the first % that cannot be expanded; -1 when there is none. */
static ptrdiff_t
expand_fault_at(
    const struct expand_scope *scope, const char *text, struct pool *pool)
{
	struct expand_run r = {.scope = scope, .pool = pool, .text = text};
	ptrdiff_t at = -1;
	char *result;
	size_t len;

	r.at = text;
	r.end = text + strlen(text);
	if ((r.out = open_memstream(&result, &len)) == NULL)
		abort();
	if (expand_text(&r) == -1)
		at = r.percent - text;
	if (fclose(r.out) != 0)
		abort();
	free(result);
	free(r.reason);
	free(r.unknown);
	return at;
}

/* Doubles each % that cannot be expanded. */
const char *
expand_escaped(const struct expand_scope *scope, const char *text,
    struct pool *pool, size_t *offset)
{
	ptrdiff_t at;

	*offset = strlen(text);
	while ((at = expand_fault_at(scope, text, pool)) != -1) {
		if ((size_t)at < *offset)
			*offset = (size_t)at;
		text = pool_printf(pool, "%.*s%%%s", (int)at, text, text + at);
	}
	return text;
}

/* Expands a text, and its result where that works. */
int
expand_twice(const struct expand_scope *scope, const char *text,
    const char *where, struct pool *pool, const char **out, char **err)
{
	const char *again;

	if (expand(scope, text, where, pool, out, err) == -1)
		return -1;
	if (expand(scope, *out, where, pool, &again, NULL) == 0)
		*out = again;
	return 0;
}
