/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of what the live page shows. */
#include "supervisord/web/rows.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/io/child.h"
#include "supervisord/io/loop.h"
#include "supervisord/io/procstat.h"
#include "supervisord/model/procfmt.h"

/* How often a process is measured, and how many in one scan at most. */
#define ROWS_MEASURE_MS	  2000
#define ROWS_MEASURE_MOST 250

#define ROWS_UNKNOWN (-1)
#define ROWS_TEXT    (PROC_SPAWNERR_MAX + 64)

struct row {
	struct process *proc;
	char *group, *name; /* copies: the process may be another one by now */
	enum proc_state state;
	pid_t pid;
	time_t start;
	uint32_t total; /* of its history */
	char *words;	/* the description; of RUNNING what is special in it */
	uint64_t changed, measured;
	pid_t measured_pid;
	int64_t measured_ms, cpu_ms;
	int64_t cpu, resident_kb; /* thousandths of a processor; kB */
};

struct rows {
	const struct control_host *host;
	struct row *row;
	size_t n;
	size_t next; /* to be measured */
	uint64_t number, changed, measured, shape;
	int64_t scanned_ms;
};

struct rows *
rows_new(const struct control_host *host)
{
	struct rows *rows = calloc(1, sizeof(*rows));

	if (rows == NULL)
		return NULL;
	rows->host = host;
	rows->scanned_ms = INT64_MIN / 2;
	return rows;
}

/* Forgets all rows. */
static void
rows_clear(struct rows *rows)
{
	size_t i;

	for (i = 0; i < rows->n; i++) {
		free(rows->row[i].group);
		free(rows->row[i].name);
		free(rows->row[i].words);
	}
	free(rows->row);
	rows->row = NULL;
	rows->n = 0;
}

void
rows_free(struct rows *rows)
{
	if (rows == NULL)
		return;
	rows_clear(rows);
	free(rows);
}

/* Does a row stand for this process still? */
static bool
rows_is_of(const struct row *row, const struct process *p)
{
	return row->proc == p && row->name != NULL && row->group != NULL &&
	    strcmp(row->name, process_name(p)) == 0 &&
	    strcmp(row->group, process_group(p)->name) == 0;
}

/* Are the rows those of the registry, in its order? */
static bool
rows_fit(const struct rows *rows)
{
	struct group *g;
	size_t i, n = 0;

	TAILQ_FOREACH (g, registry_groups(rows->host->registry), entry)
		for (i = 0; i < g->nprocs; i++, n++)
			if (n >= rows->n ||
			    !rows_is_of(&rows->row[n], g->procs[i]))
				return false;
	return n == rows->n;
}

/* Makes the rows anew. */
static void
rows_rebuild(struct rows *rows)
{
	struct group *g;
	size_t i, n = 0;

	rows_clear(rows);
	rows->shape = ++rows->number;
	rows->next = 0;
	TAILQ_FOREACH (g, registry_groups(rows->host->registry), entry)
		n += g->nprocs;
	rows->row = calloc(n == 0 ? 1 : n, sizeof(*rows->row));
	if (rows->row == NULL)
		return;
	TAILQ_FOREACH (g, registry_groups(rows->host->registry), entry)
		for (i = 0; i < g->nprocs; i++) {
			struct row *row = &rows->row[rows->n++];

			row->proc = g->procs[i];
			row->group = strdup(g->name);
			row->name = strdup(process_name(row->proc));
			row->state = PROC_NSTATES;
			row->cpu = row->resident_kb = ROWS_UNKNOWN;
		}
}

/* The words beside a state: all of the description, but for RUNNING only what
 * follows pid and uptime, which the page tells by itself. */
static void
rows_words(const struct process *p, int64_t now_ms, char *buf, size_t len)
{
	char plain[64], uptime[PROCFMT_UPTIME_MAX];
	size_t n;

	process_description(p, now_ms, buf, len);
	if (process_state(p) != PROC_RUNNING)
		return;
	procfmt_uptime(process_uptime_ms(p, now_ms) / 1000, uptime);
	(void)snprintf(plain, sizeof(plain), "pid %d, uptime %s",
	    (int)process_pid(p), uptime);
	n = strlen(plain);
	if (strncmp(buf, plain, n) != 0)
		return;
	n += strspn(buf + n, ", ");
	memmove(buf, buf + n, strlen(buf + n) + 1);
}

/* Takes over what has changed of a process. */
static void
rows_compare(struct rows *rows, struct row *row, int64_t now_ms)
{
	const struct process *p = row->proc;
	const struct history *history = process_history(p);
	char words[ROWS_TEXT];

	rows_words(p, now_ms, words, sizeof(words));
	if (row->state == process_state(p) && row->pid == process_pid(p) &&
	    row->start == process_start_wall(p) &&
	    row->total == history->total && row->words != NULL &&
	    strcmp(row->words, words) == 0)
		return;
	row->state = process_state(p);
	row->pid = process_pid(p);
	row->start = process_start_wall(p);
	row->total = history->total;
	if (row->words == NULL || strcmp(row->words, words) != 0) {
		free(row->words);
		row->words = strdup(words);
	}
	row->changed = rows->changed = ++rows->number;
}

/* Measures a process; two measurements make a figure. */
static void
rows_measure(struct rows *rows, struct row *row, int64_t now_ms)
{
	int64_t cpu = ROWS_UNKNOWN, resident = ROWS_UNKNOWN;
	struct procstat now;

	if (row->pid > 0 && procstat_read(row->pid, &now) == 0) {
		resident = now.resident_kb;
		if (row->measured_pid == row->pid && now_ms > row->measured_ms)
			cpu = (now.cpu_ms - row->cpu_ms) * 1000 /
			    (now_ms - row->measured_ms);
		row->measured_pid = row->pid;
		row->cpu_ms = now.cpu_ms;
	} else
		row->measured_pid = 0;
	row->measured_ms = now_ms;
	if (cpu == row->cpu && resident == row->resident_kb)
		return;
	row->cpu = cpu;
	row->resident_kb = resident;
	row->measured = rows->measured = ++rows->number;
}

/* Measures those whose turn it is. */
static void
rows_measure_some(struct rows *rows, int64_t now_ms)
{
	size_t i, n = rows->n < ROWS_MEASURE_MOST ? rows->n : ROWS_MEASURE_MOST;
	struct row *row;

	for (i = 0; i < n; i++) {
		row = &rows->row[rows->next];
		if (row->measured_ms != 0 && row->measured_pid == row->pid &&
		    now_ms - row->measured_ms < ROWS_MEASURE_MS)
			return;
		rows_measure(rows, row, now_ms);
		rows->next = (rows->next + 1) % rows->n;
	}
}

void
rows_scan(struct rows *rows, int64_t now_ms)
{
	size_t i;

	if (now_ms - rows->scanned_ms < ROWS_SCAN_MS)
		return;
	rows->scanned_ms = now_ms;
	if (!rows_fit(rows))
		rows_rebuild(rows);
	for (i = 0; i < rows->n; i++)
		rows_compare(rows, &rows->row[i], now_ms);
	rows_measure_some(rows, now_ms);
}

uint64_t
rows_changed(const struct rows *rows)
{
	return rows->changed;
}

uint64_t
rows_measured(const struct rows *rows)
{
	return rows->measured;
}

uint64_t
rows_shape(const struct rows *rows)
{
	return rows->shape;
}

/* Adds what was exit status last, if there is one. */
static void
rows_exit(const struct row *row, struct text *t)
{
	int status;

	if (process_exitstatus(row->proc, &status))
		text_printf(t, ",\"exit\":%d", status);
}

/* Adds the last changes: [time, state, status or null] each. */
static void
rows_history(const struct history *history, struct text *t)
{
	size_t i, n = history_count(history);

	text_puts(t, ",\"history\":[");
	for (i = 0; i < n; i++) {
		const struct history_entry *e = history_at(history, i);

		text_printf(t, "%s[%" PRIu32 ",%d,", i > 0 ? "," : "", e->when,
		    state_code((enum proc_state)e->state));
		if (e->status == HISTORY_NO_STATUS)
			text_puts(t, "null]");
		else
			text_printf(t, "%d]", e->status);
	}
	text_puts(t, "]");
}

/* Adds what changes in a row. */
static void
rows_row(const struct rows *rows, size_t i, struct text *t)
{
	const struct row *row = &rows->row[i];
	const struct history *history = process_history(row->proc);

	text_printf(t,
	    "{\"i\":%zu,\"state\":%d,\"pid\":%d,\"start\":%" PRId64
	    ",\"stop\":%" PRId64 ",\"starts\":%" PRIu32 ",\"text\":",
	    i, state_code(row->state), (int)row->pid, (int64_t)row->start,
	    (int64_t)process_stop_wall(row->proc), history->starts);
	text_json(t, row->words == NULL ? "" : row->words);
	rows_exit(row, t);
	rows_history(history, t);
}

/* Adds what stays the same in a row. */
static void
rows_names(const struct row *row, struct text *t)
{
	const struct child *c = child_of(row->proc);

	text_puts(t, ",\"name\":");
	text_json(t, row->name == NULL ? "" : row->name);
	text_puts(t, ",\"group\":");
	text_json(t, row->group == NULL ? "" : row->group);
	text_printf(t, ",\"logs\":%d",
	    (child_log_path(c, CONFIG_STDOUT) != NULL ? 1 : 0) |
		(child_log_path(c, CONFIG_STDERR) != NULL ? 2 : 0));
	if (process_group(row->proc)->kind == GROUP_LISTENER)
		text_puts(t, ",\"listener\":1");
}

void
rows_all(const struct rows *rows, struct text *t)
{
	size_t i;

	text_puts(t, "[");
	for (i = 0; i < rows->n; i++) {
		text_puts(t, i > 0 ? "," : "");
		rows_row(rows, i, t);
		rows_names(&rows->row[i], t);
		text_puts(t, "}");
	}
	text_puts(t, "]");
}

void
rows_since(const struct rows *rows, uint64_t since, struct text *t)
{
	const char *comma = "";
	size_t i;

	text_puts(t, "[");
	for (i = 0; i < rows->n; i++) {
		if (rows->row[i].changed <= since)
			continue;
		text_puts(t, comma);
		comma = ",";
		rows_row(rows, i, t);
		text_puts(t, "}");
	}
	text_puts(t, "]");
}

void
rows_figures(const struct rows *rows, uint64_t since, struct text *t)
{
	const char *comma = "";
	size_t i;

	text_puts(t, "[");
	for (i = 0; i < rows->n; i++) {
		const struct row *row = &rows->row[i];

		if (row->measured <= since)
			continue;
		text_printf(t, "%s[%zu,%" PRId64 ",%" PRId64 "]", comma, i,
		    row->cpu, row->resident_kb);
		comma = ",";
	}
	text_puts(t, "]");
}
