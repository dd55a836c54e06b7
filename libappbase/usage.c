/* SPDX-License-Identifier: BSD-2-Clause */
/* The usage text (section 2.5): paragraphs and a table, wrapped at a width. */
#include <stdlib.h>
#include <string.h>

#include "libappbase/option.h"

#define USAGE_WIDTH	76
#define USAGE_WIDTH_MAX 1000
/* However narrow the terminal, the second column has this. */
#define USAGE_DOC_MIN 20

/* Where the output stands. */
struct usage_out {
	FILE *f;
	size_t column;
	size_t indent; /* of continuation lines */
	size_t width;
};

/* Count the characters of a UTF-8 text. */
static size_t
usage_chars(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)s[i] & 0xc0) != 0x80;
	return n;
}

/* May a line be broken here? */
static bool
usage_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Write one word after `gap` blanks, on a new line if it does not fit. */
static void
usage_word(struct usage_out *o, size_t gap, const char *word, size_t len)
{
	size_t chars = usage_chars(word, len);

	if (o->column > o->indent && o->column + gap + chars > o->width) {
		putc('\n', o->f);
		o->column = 0;
		gap = o->indent;
	}
	fprintf(o->f, "%*s%.*s", (int)gap, "", (int)len, word);
	o->column += gap + chars;
}

/* Write a line of text, wrapped; blanks at its end are dropped. */
static void
usage_line(struct usage_out *o, const char *text, size_t len)
{
	size_t i = 0;

	while (i < len) {
		size_t gap = 0, word = 0;

		while (i + gap < len && usage_is_blank(text[i + gap]))
			gap++;
		i += gap;
		while (i + word < len && !usage_is_blank(text[i + word]))
			word++;
		if (word > 0)
			usage_word(o, gap, text + i, word);
		i += word;
	}
}

/* Write paragraphs, one per line of the text. */
static void
usage_paragraphs(struct usage_out *o, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		o->column = 0;
		usage_line(o, text, len);
		putc('\n', o->f);
		text += len + (text[len] == '\n');
	}
}

/* How an option is shown. */
static const char *
usage_display(const struct appbase_option *o)
{
	return o->display != NULL ? o->display : o->name;
}

/* The documentation with its default, in new memory; NULL if there is none. */
static char *
usage_doc(const struct appbase_option *opt)
{
	const char *def = opt->def;
	char *text;
	int rc;

	if (def == NULL)
		rc = asprintf(&text, "%s", opt->doc);
	else
		rc = asprintf(&text, "%s (default: %s)", opt->doc,
		    def[0] != '\0' ? def : "\"\"");
	return rc == -1 ? NULL : text;
}

/* Write one row of the table, its second column at o->indent. */
static void
usage_row(struct usage_out *o, const struct appbase_option *opt)
{
	const char *display = usage_display(opt);
	size_t used = 2 + usage_chars(display, strlen(display));
	char *doc = usage_doc(opt);

	fprintf(o->f, "--%s%*s", display, (int)(o->indent - used), "");
	o->column = o->indent;
	if (doc != NULL)
		usage_line(o, doc, strlen(doc));
	putc('\n', o->f);
	free(doc);
}

/* Order of the table: by name, bytewise, upper case first. */
static int
usage_by_name(const void *a, const void *b)
{
	const struct appbase_option *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

/* Write the table of options. */
static void
usage_table(struct usage_out *o, const struct appbase_options *set)
{
	size_t n = option_count(set), longest = 0;
	const struct appbase_option **list;

	list = reallocarray(NULL, n + 1, sizeof(const struct appbase_option *));
	if (list == NULL)
		return;
	for (size_t i = 0; i < n; i++) {
		const char *display = usage_display(option_at(set, i));
		size_t chars = usage_chars(display, strlen(display));

		list[i] = option_at(set, i);
		if (chars > longest)
			longest = chars;
	}
	qsort(list, n, sizeof(*list), usage_by_name);
	o->indent = longest + 3;
	if (o->width < o->indent + USAGE_DOC_MIN)
		o->width = o->indent + USAGE_DOC_MIN;
	for (size_t i = 0; i < n; i++)
		usage_row(o, list[i]);
	free(list);
}

/* The width to use when none is given. */
static unsigned
usage_default_width(void)
{
	const char *columns = getenv("COLUMNS"), *error;
	unsigned width;

	if (columns == NULL)
		return USAGE_WIDTH;
	width = (unsigned)strtonum(columns, 1, USAGE_WIDTH_MAX, &error);
	return error == NULL ? width : USAGE_WIDTH;
}

/* Write the usage text. */
void
appbase_options_usage(const struct appbase_options *set, FILE *f,
    const char *program, const char *template_text, const char *documentation,
    unsigned width)
{
	struct usage_out o = {.f = f};
	char *first = NULL;

	o.width = width != 0 ? width : usage_default_width();
	if (asprintf(&first, "Usage: %s%s",
		template_text != NULL ? template_text : program,
		template_text != NULL ? "" : " [options]") == -1)
		return;
	putc('\n', f);
	usage_paragraphs(&o, first);
	if (documentation != NULL)
		usage_paragraphs(&o, documentation);
	fputs("\nOptions:\n\n", f);
	usage_table(&o, set);
	fputs("\n\n", f);
	free(first);
}
