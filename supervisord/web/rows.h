/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the live page shows of each process, and since when: a table that is
 * compared with the model when somebody looks, so that nothing is done when
 * nobody does.
 *
 * A change has a number; numbers grow for ever.  Who remembers the number up to
 * which it has been told is told what has come since.
 */
#ifndef SUPERVISORD_WEB_ROWS_H
#define SUPERVISORD_WEB_ROWS_H

#include <stdint.h>

#include "supervisord/control/host.h"
#include "supervisord/web/text.h"

struct rows;

/* host is borrowed.  NULL when out of memory.  _free accepts NULL. */
struct rows *rows_new(const struct control_host *host);
void rows_free(struct rows *);

/* Compares with the model, and measures some of the processes; cheap when it
 * was done less than ROWS_SCAN_MS ago. */
#define ROWS_SCAN_MS 200
void rows_scan(struct rows *, int64_t now_ms);

/* The number of the last change of any row, of any figure, and of which
 * processes there are at all. */
uint64_t rows_changed(const struct rows *);
uint64_t rows_measured(const struct rows *);
uint64_t rows_shape(const struct rows *);

/*
 * Adds JSON: all rows with their names; the rows that have changed since; the
 * figures that have, as [row, cpu in thousandths, resident kB].  Rows are known
 * by their number, valid for one shape.
 */
void rows_all(const struct rows *, struct text *);
void rows_since(const struct rows *, uint64_t since, struct text *);
void rows_figures(const struct rows *, uint64_t since, struct text *);

#endif
