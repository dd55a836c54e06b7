/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the figures: a table of families, each with a function for a row. */
#include "supervisord/control/metrics.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "supervisord/control/httpd.h"
#include "supervisord/control/methods.h"
#include "supervisord/io/child.h"
#include "supervisord/io/loop.h"

struct metrics {
	FILE *out;
	const struct control_host *host;
	const struct connlimit *limit;
	const char *name; /* of the family */
};

void
metrics_label(FILE *out, const char *value)
{
	size_t len = strlen(value), good, i;

	while (len > 0) {
		good = utf8_xml_span(value, len);
		for (i = 0; i < good; i++)
			if (value[i] == '\n')
				fputs("\\n", out);
			else if (value[i] == '"' || value[i] == '\\')
				fprintf(out, "\\%c", value[i]);
			else
				fputc(value[i], out);
		value += good;
		len -= good;
		if (len == 0)
			return;
		good = utf8_bad_span(value, len);
		fputs(UTF8_REPLACEMENT, out);
		value += good;
		len -= good;
	}
}

/* Begins a line about a process; the labels can go on. */
static void
metrics_begin(const struct metrics *m, const struct process *p)
{
	fprintf(m->out, "%s{name=\"", m->name);
	metrics_label(m->out, process_name(p));
	fputs("\",group=\"", m->out);
	metrics_label(m->out, process_group(p)->name);
	fputs("\"", m->out);
}

static void
metrics_value(const struct metrics *m, const struct process *p, int64_t value)
{
	metrics_begin(m, p);
	fprintf(m->out, "} %" PRId64 "\n", value);
}

/* node_exporter's idea of "up". */
static bool
metrics_is_up(const struct process *p)
{
	const enum proc_state state = process_state(p);

	return state == PROC_STARTING || state == PROC_RUNNING ||
	    state == PROC_STOPPING;
}

static void
metrics_up(const struct metrics *m, const struct process *p)
{
	metrics_value(m, p, metrics_is_up(p));
}

static void
metrics_state(const struct metrics *m, const struct process *p)
{
	metrics_value(m, p, state_code(process_state(p)));
}

static void
metrics_exit_status(const struct metrics *m, const struct process *p)
{
	int status;

	metrics_value(m, p, process_exitstatus(p, &status) ? status : 0);
}

static void
metrics_start_time(const struct metrics *m, const struct process *p)
{
	if (metrics_is_up(p))
		metrics_value(m, p, (int64_t)process_start_wall(p));
}

static void
metrics_restarts(const struct metrics *m, const struct process *p)
{
	metrics_value(m, p, (int64_t)process_restarts(p));
}

static void
metrics_tries(const struct metrics *m, const struct process *p)
{
	metrics_value(m, p, process_tries(p));
}

static void
metrics_output(const struct metrics *m, const struct process *p)
{
	static const char *const channels[] = {
	    [CONFIG_STDOUT] = "stdout", [CONFIG_STDERR] = "stderr"};
	size_t i;

	for (i = 0; i < CONFIG_NCHANNELS; i++) {
		metrics_begin(m, p);
		fprintf(m->out, ",channel=\"%s\"} %" PRIu64 "\n", channels[i],
		    child_output_bytes(child_of(p), (enum config_channel_id)i));
	}
}

/* Calls a function for each process. */
static void
metrics_processes(const struct metrics *m,
    void (*row)(const struct metrics *, const struct process *))
{
	const struct group *g;
	size_t i;

	TAILQ_FOREACH (g, registry_groups(m->host->registry), entry)
		for (i = 0; i < g->nprocs; i++)
			row(m, g->procs[i]);
}

/* Writes one figure of each pool of listeners. */
static void
metrics_pools(const struct metrics *m, bool dropped)
{
	struct control_pool_figures figures;
	const struct group *g;

	TAILQ_FOREACH (g, registry_groups(m->host->registry), entry) {
		if (!m->host->pool_figures(m->host->arg, g, &figures))
			continue;
		fprintf(m->out, "%s{pool=\"", m->name);
		metrics_label(m->out, g->name);
		fprintf(m->out, "\"} %" PRIu64 "\n",
		    dropped ? figures.dropped : (uint64_t)figures.buffered);
	}
}

static void
metrics_buffered(const struct metrics *m)
{
	metrics_pools(m, false);
}

static void
metrics_dropped(const struct metrics *m)
{
	metrics_pools(m, true);
}

static void
metrics_lag(const struct metrics *m)
{
	fprintf(m->out, "%s %.6f\n", m->name,
	    (double)loop_lag(m->host->loop).last_us / 1e6);
}

static void
metrics_lag_most(const struct metrics *m)
{
	fprintf(m->out, "%s %.6f\n", m->name,
	    (double)loop_lag(m->host->loop).most_us / 1e6);
}

static void
metrics_connections(const struct metrics *m)
{
	size_t i;

	for (i = 0; i < ROLE_COUNT; i++)
		fprintf(m->out, "%s{role=\"%s\"} %u\n", m->name,
		    role_name((enum role)i), m->limit->counts[i]);
}

static void
metrics_evicted(const struct metrics *m)
{
	fprintf(m->out, "%s %" PRIu64 "\n", m->name, m->limit->evicted);
}

static void
metrics_info(const struct metrics *m)
{
	fprintf(m->out, "%s{identifier=\"", m->name);
	metrics_label(
	    m->out, m->host->config(m->host->arg)->supervisord.identifier);
	fputs("\",version=\"" METHODS_SUPERVISOR_VERSION "\"} 1\n", m->out);
}

static const struct {
	const char *name, *type, *help;
	void (*process)(const struct metrics *, const struct process *);
	void (*all)(const struct metrics *);
} metrics_families[] = {
    {"node_supervisord_up", "gauge", "Process Up", metrics_up, NULL},
    {"node_supervisord_state", "gauge", "Process State", metrics_state, NULL},
    {"node_supervisord_exit_status", "gauge", "Process Exit Status",
	metrics_exit_status, NULL},
    {"node_supervisord_start_time_seconds", "counter", "Process start time",
	metrics_start_time, NULL},
    {"supervisord_process_restarts_total", "counter",
	"How often the process was started again", metrics_restarts, NULL},
    {"supervisord_process_backoff_tries", "gauge", "Failed starts in a row",
	metrics_tries, NULL},
    {"supervisord_process_output_bytes_total", "counter",
	"Bytes that the process has written", metrics_output, NULL},
    {"supervisord_events_buffered", "gauge",
	"Events that wait for the listeners of a pool", NULL, metrics_buffered},
    {"supervisord_events_dropped_total", "counter",
	"Events discarded because the buffer of a pool was full", NULL,
	metrics_dropped},
    {"supervisord_loop_lag_seconds", "gauge",
	"How late the last timer was called", NULL, metrics_lag},
    {"supervisord_loop_lag_max_seconds", "gauge",
	"How late a timer was called at most", NULL, metrics_lag_most},
    {"supervisord_connections", "gauge", "Open connections of clients", NULL,
	metrics_connections},
    {"supervisord_connections_evicted_total", "counter",
	"Connections ended to make room for others", NULL, metrics_evicted},
    {"supervisord_info", "gauge", "What this supervisord is", NULL,
	metrics_info},
};

/* Writes all families. */
static void
metrics_write(struct metrics *m)
{
	size_t i;

	for (i = 0; i < sizeof(metrics_families) / sizeof(metrics_families[0]);
	     i++) {
		m->name = metrics_families[i].name;
		fprintf(m->out, "# HELP %s %s\n# TYPE %s %s\n", m->name,
		    metrics_families[i].help, m->name,
		    metrics_families[i].type);
		if (metrics_families[i].process != NULL)
			metrics_processes(m, metrics_families[i].process);
		else
			metrics_families[i].all(m);
	}
}

void
metrics_answer(struct httpd_request *r, const struct control_host *host,
    const struct connlimit *limit)
{
	struct metrics m = {.host = host, .limit = limit};
	char *text = NULL;
	size_t len = 0;

	if (httpd_method(r) != HTTPD_GET && httpd_method(r) != HTTPD_HEAD) {
		httpd_error(r, 400);
		return;
	}
	m.out = open_memstream(&text, &len);
	if (m.out == NULL) {
		httpd_error(r, 503);
		return;
	}
	metrics_write(&m);
	if (fclose(m.out) != 0)
		httpd_error(r, 503);
	else
		httpd_reply(r, 200, "text/plain; version=0.0.4; charset=utf-8",
		    text, len);
	free(text);
}
