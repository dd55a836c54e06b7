/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Figures in the text format of Prometheus.
 *
 * node_supervisord_* have the names, labels and meaning of node_exporter's
 * supervisord collector, so that its dashboards and alerts go on working; the
 * rest is called supervisord_*.  Counters begin anew with every engine.
 */
#ifndef SUPERVISORD_CONTROL_METRICS_H
#define SUPERVISORD_CONTROL_METRICS_H

#include <stdio.h>

#include "supervisord/control/connlimit.h"
#include "supervisord/control/host.h"

struct httpd_request;

/* Answers GET /metrics. */
void metrics_answer(struct httpd_request *, const struct control_host *,
    const struct connlimit *);

/* Writes a label's value: as UTF-8, with what the format reserves escaped. */
void metrics_label(FILE *, const char *value);

#endif
