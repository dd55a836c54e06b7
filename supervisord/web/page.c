/* SPDX-License-Identifier: BSD-2-Clause */
/* Fills the templates of assets/: "@WORD@" stands for what a row below says. */
#include "supervisord/web/page.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/faults.h"
#include "supervisord/control/logread.h"
#include "supervisord/control/methods.h"
#include "supervisord/io/child.h"
#include "supervisord/io/loop.h"
#include "supervisord/web/asset.h"

#define PAGE_NAME_MAX	1024
#define PAGE_TEXT_MAX	(PROC_SPAWNERR_MAX + 64)
#define PAGE_TAIL_LEAST 1024

/* What the words of a template stand for; what is NULL is empty. */
struct page {
	const struct control_host *host;
	const char *message, *token, *name, *action;
	bool operates;
	const struct text *tail;
	size_t limit;
};

typedef void page_filler(struct text *, const struct page *);

/* The class a state's name is shown in (X-149). */
static const char *
page_class(enum proc_state state)
{
	if (state == PROC_RUNNING)
		return "statusrunning";
	return state == PROC_FATAL || state == PROC_BACKOFF ? "statuserror"
							    : "statusnominal";
}

/* Adds an action's link (X-148). */
static void
page_action(
    struct text *t, const char *url, const char *action, const char *title)
{
	text_printf(t,
	    "<li><a href=\"index.html?processname=%s&amp;action=%s\" "
	    "name=\"%s\">%s</a></li>",
	    url, action, title, title);
}

/* Adds the link that follows a log. */
static void
page_follow(
    struct text *t, const char *url, const char *channel, const char *title)
{
	text_printf(t,
	    "<li><a href=\"logtail/%s%s\" name=\"%s\" "
	    "target=\"_blank\">%s</a></li>",
	    url, channel, title, title);
}

/* Adds what can be done to a process (X-147). */
static void
page_deeds(struct text *t, const char *url, enum proc_state state)
{
	if (state == PROC_RUNNING) {
		page_action(t, url, "restart", "Restart");
		page_action(t, url, "stop", "Stop");
	} else if (state == PROC_STOPPED || state == PROC_EXITED ||
	    state == PROC_FATAL)
		page_action(t, url, "start", "Start");
	page_action(t, url, "clearlog", "Clear Log");
}

/* Adds the cell of actions. */
static void
page_actions(
    struct text *t, const char *url, enum proc_state state, bool operates)
{
	text_puts(t, "<td class=\"action\"><ul>");
	if (operates)
		page_deeds(t, url, state);
	page_follow(t, url, "", "Tail -f Stdout");
	page_follow(t, url, "/stderr", "Tail -f Stderr");
	text_puts(t, "</ul></td>");
}

/* Adds a name in lower case. */
static void
page_lower(struct text *t, const char *s)
{
	char c;

	for (; *s != '\0'; s++) {
		c = *s >= 'A' && *s <= 'Z' ? (char)(*s - 'A' + 'a') : *s;
		text_add(t, &c, 1);
	}
}

/* Adds a row (X-146). */
static void
page_row(struct text *t, const struct process *p, bool shaded, bool operates)
{
	char name[PAGE_NAME_MAX], words[PAGE_TEXT_MAX];
	enum proc_state state = process_state(p);
	struct text url = {0};

	group_namespec(p, name, sizeof(name));
	text_url(&url, name);
	text_add(&url, "", 1);
	text_printf(t, "<tr%s><td class=\"status\"><span class=\"%s\">",
	    shaded ? " class=\"shade\"" : "", page_class(state));
	page_lower(t, state_name(state));
	text_puts(t, "</span></td><td><span>");
	text_html(
	    t, process_description(p, loop_now_ms(), words, sizeof(words)));
	text_puts(t, "</span></td><td><a href=\"tail.html?processname=");
	if (!url.failed)
		text_puts(t, url.bytes);
	text_puts(t, "\" target=\"_blank\">");
	text_html(t, name);
	text_puts(t, "</a></td>");
	if (!url.failed)
		page_actions(t, url.bytes, state, operates);
	text_puts(t, "</tr>\n");
	t->failed = t->failed || url.failed;
	text_free(&url);
}

/* Orders by group, then process. */
static int
page_compare(const void *a, const void *b)
{
	const struct process *p = *(struct process *const *)a;
	const struct process *q = *(struct process *const *)b;
	int order = strcmp(process_group(p)->name, process_group(q)->name);

	return order != 0 ? order : strcmp(process_name(p), process_name(q));
}

/* Adds the table. */
static void
page_table(struct text *t, const struct page *page)
{
	struct process **procs;
	size_t n, i;

	procs = registry_by_priority(page->host->registry, &n);
	if (procs == NULL) {
		text_puts(t, "<p>No programs to manage</p>");
		return;
	}
	qsort(procs, n, sizeof(*procs), page_compare);
	text_puts(t,
	    "<table id=\"statustable\">\n<thead><tr><th class=\"state\">State"
	    "</th><th class=\"desc\">Description</th><th class=\"name\">Name"
	    "</th><th class=\"action\">Action</th></tr></thead>\n<tbody>\n");
	for (i = 0; i < n; i++)
		page_row(t, procs[i], i % 2 == 1, page->operates);
	text_puts(t, "</tbody></table>");
	free(procs);
}

/* Adds the message above the table (X-153). */
static void
page_message(struct text *t, const struct page *page)
{
	if (page->message == NULL)
		return;
	text_puts(t, "<div class=\"status_msg\" id=\"statusmessage\">");
	text_html(t, page->message);
	text_puts(t, "</div>");
}

static void
page_identifier(struct text *t, const struct page *page)
{
	const struct control_host *host = page->host;

	text_html(t, host->config(host->arg)->supervisord.identifier);
}

static void
page_version(struct text *t, const struct page *page)
{
	(void)page;
	text_puts(t, METHODS_SUPERVISOR_VERSION);
}

/* The year (X-150). */
static void
page_year(struct text *t, const struct page *page)
{
	time_t now = time(NULL);
	struct tm tm;

	(void)page;
	if (localtime_r(&now, &tm) != NULL)
		text_printf(t, "%d", tm.tm_year + 1900);
}

static void
page_token(struct text *t, const struct page *page)
{
	text_html(t, page->token);
}

static void
page_name(struct text *t, const struct page *page)
{
	text_html(t, page->name == NULL ? "" : page->name);
}

static void
page_what(struct text *t, const struct page *page)
{
	text_html(t, page->action);
}

/* What is asked about, in words. */
static void
page_whom(struct text *t, const struct page *page)
{
	if (page->name == NULL)
		text_puts(t, "all processes");
	else
		text_html(t, page->name);
}

static void
page_tail_text(struct text *t, const struct page *page)
{
	text_html_n(t, page->tail->bytes, page->tail->len);
}

/* The link that shows it anew (X-158). */
static void
page_refresh(struct text *t, const struct page *page)
{
	if (page->name == NULL)
		return;
	text_puts(t, "<p><a href=\"tail.html?processname=");
	text_url(t, page->name);
	text_printf(t, "&amp;limit=%zu\">Refresh</a></p>", page->limit);
}

static const struct {
	const char *word;
	page_filler *fill;
} page_words[] = {
    {"TABLE", page_table},
    {"MESSAGE", page_message},
    {"IDENTIFIER", page_identifier},
    {"VERSION", page_version},
    {"YEAR", page_year},
    {"TOKEN", page_token},
    {"NAME", page_name},
    {"ACTION", page_what},
    {"WHOM", page_whom},
    {"TAIL", page_tail_text},
    {"REFRESH", page_refresh},
};

/* The function of a word of a template. */
static page_filler *
page_find(const char *word, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(page_words) / sizeof(page_words[0]); i++)
		if (strlen(page_words[i].word) == len &&
		    memcmp(page_words[i].word, word, len) == 0)
			return page_words[i].fill;
	return NULL;
}

/* Adds a template, filled. */
static void
page_fill(struct text *t, const char *name, const struct page *page)
{
	const char *s = asset_template(name)->bytes, *at, *end;
	page_filler *fill;

	while ((at = strchr(s, '@')) != NULL) {
		end = strchr(at + 1, '@');
		fill = end == NULL ? NULL
				   : page_find(at + 1, (size_t)(end - at - 1));
		if (fill == NULL) {
			text_add(t, s, (size_t)(at + 1 - s));
			s = at + 1;
			continue;
		}
		text_add(t, s, (size_t)(at - s));
		fill(t, page);
		s = end + 1;
	}
	text_puts(t, s);
}

void
page_status(struct text *t, const struct control_host *host,
    const char *message, const char *token, bool operates)
{
	const struct page page = {.host = host,
	    .message = message,
	    .token = token,
	    .operates = operates};

	page_fill(t, "page.html", &page);
}

void
page_ask(
    struct text *t, const char *action, const char *name, const char *token)
{
	const struct page page = {
	    .action = action, .name = name, .token = token};

	page_fill(t, "ask.html", &page);
}

/* Reads the end of a log, or says why not (X-159). */
static void
page_read(struct text *t, const struct control_host *host, const char *name,
    size_t limit)
{
	struct logread piece = {0};
	struct process *p = NULL;
	struct group *group;
	const char *path;
	int code = 0;

	if (!registry_lookup(host->registry, name, &group, &p) || p == NULL)
		code = FAULT_BAD_NAME;
	else if ((path = child_log_path(child_of(p), CONFIG_STDOUT)) == NULL)
		code = FAULT_NO_FILE;
	else if (logread_range(path, -(int64_t)limit, 0, &piece) == -1)
		code = errno == ENOENT ? FAULT_NO_FILE : FAULT_FAILED;
	if (code == FAULT_NO_FILE)
		text_printf(t, "No file for %s", name);
	else if (code != 0)
		text_printf(t, "ERROR: unexpected rpc fault [%d] %s: %s", code,
		    fault_name(code), name);
	else
		text_add(t, piece.bytes, piece.len);
	free(piece.bytes);
}

/* The number of bytes that was asked for (X-158). */
static size_t
page_limit(const char *limit)
{
	unsigned long long n;

	if (limit == NULL || strspn(limit, "0123456789") != strlen(limit))
		return PAGE_TAIL_LEAST;
	n = strtoull(limit, NULL, 10);
	if (n > LOGREAD_MAX)
		n = LOGREAD_MAX;
	return n < PAGE_TAIL_LEAST ? PAGE_TAIL_LEAST : (size_t)n;
}

void
page_tail(struct text *t, const struct control_host *host, const char *name,
    const char *limit)
{
	struct text tail = {0};
	const struct page page = {.host = host,
	    .name = name,
	    .tail = &tail,
	    .limit = page_limit(limit)};

	if (name == NULL || *name == '\0')
		text_puts(&tail, "No process name found");
	else
		page_read(&tail, host, name, page.limit);
	t->failed = t->failed || tail.failed;
	page_fill(t, "tail.html", &page);
	text_free(&tail);
}
