/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libappbase: daemons that are supervised, restarted and replaced while they
 * serve.
 *
 * An application fills in a struct appbase_class and calls appbase_run().  The
 * first process becomes the SUPERVISOR; it forks a WORKER, joined to it by a
 * socketpair, which runs the application's supervised_process().  A worker that
 * dies is respawned.  On the reload signal (SIGUSR2 by default) the supervisor
 * starts the program's newest image as a CANDIDATE; once the candidate calls
 * appbase_ready_to_take_over() the old worker is asked to end and the candidate
 * takes its place.  A candidate that dies, hangs or cannot be executed is
 * rolled back and the old worker never notices.
 *
 * The library never calls the application from a signal handler, imposes no
 * event loop, and depends on libc and libbsd only.
 */
#ifndef APPBASE_H
#define APPBASE_H

#include <appbase/option.h>
#include <appbase/log.h>
#include <appbase/daemon.h>
#include <appbase/supervise.h>
#include <appbase/listen.h>
#include <appbase/keep.h>
#include <appbase/notify.h>

#endif /* APPBASE_H */
