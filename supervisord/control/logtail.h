/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Logs over HTTP, followed for as long as the client stays.
 */
#ifndef SUPERVISORD_CONTROL_LOGTAIL_H
#define SUPERVISORD_CONTROL_LOGTAIL_H

struct httpd_request;
struct registry;

/*
 * Answers /logtail/NAME[/CHANNEL][?limit=N]: the last 1024 (or N, at most 4
 * million) bytes of the log and then what is written, through truncations and
 * rotations.  404 if there is no such process, channel or log.
 */
void logtail_process(struct httpd_request *, struct registry *);
/* Answers /mainlogtail. */
void logtail_main(struct httpd_request *);

#endif
