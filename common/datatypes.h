/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The data types of configuration values (C-096 to C-118).  Each reads a text
 * and returns 0, or -1 with *err a new text, the message of its row.  Pieces go
 * into the pool.  Pure, but for those that say what they look at.
 */
#ifndef COMMON_DATATYPES_H
#define COMMON_DATATYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "common/confopt.h"

struct pool;

/* C-096.  What does not fit is taken as the nearest that does. */
int datatype_integer(const char *, int64_t *, char **err);
int datatype_boolean(const char *, bool *, char **err);	     /* C-097 */
int datatype_byte_size(const char *, int64_t *, char **err); /* C-098 */
int datatype_octal(const char *, int *, char **err);	     /* C-099 */
int datatype_level(const char *, int *, char **err);	     /* C-100 */
/* C-101, C-102.  Also RTMIN+n and RTMAX-n. */
int datatype_signal(const char *, int *, char **err);
int datatype_exitcodes(
    const char *, struct pool *, struct confopt_ints *, char **err); /* C-103 */
/* C-104; never fails. */
void datatype_list(const char *, struct pool *, struct confopt_list *);
int datatype_autorestart(
    const char *, enum confopt_autorestart *, char **err); /* C-105 */
/* One of the words, in any case; stores its place among them. */
int datatype_choice(
    const char *, const char *const *words, int *out, char **err);
/* C-106: looks at the file system, $HOME and passwd. */
int datatype_dirpath(const char *, struct pool *, const char **, char **err);
int datatype_directory(
    const char *, struct pool *, const char **, char **err); /* C-107, same */
int datatype_logfile(const char *, struct pool *, struct confopt_logfile *,
    char **err); /* C-108, same */
/* C-109: looks at passwd. */
int datatype_user(
    const char *, struct pool *, struct confopt_user *, char **err);
/* C-110: user[:group]; without group the gid is -1.  Looks at passwd, group. */
int datatype_user_group(
    const char *, struct pool *, struct confopt_user *, char **err);
/* C-111.  Also [IPv6]:port (C-139); host is "" for all interfaces. */
int datatype_inet_address(
    const char *, struct pool *, const char **host, int *port, char **err);
int datatype_url(const char *, char **err); /* C-112 */
/* C-113: the trimmed name. */
int datatype_name(const char *, struct pool *, const char **, char **err);
/* C-114 to C-117: KEY=VALUE each, in order of first appearance. */
int datatype_environment(
    const char *, struct pool *, struct confopt_list *, char **err);

/* "~" and "~user" replaced where known; the text itself if there is none. */
const char *datatype_expanduser(const char *, struct pool *);

/* An absolute path without ".", ".." and doubled slashes; a relative one is
 * taken from `directory`.  Symbolic links are not looked at. */
const char *datatype_abspath(
    const char *path, const char *directory, struct pool *);

/* Lays the variables of `over` on those of `base` (C-134, C-179). */
void datatype_environment_merge(const struct confopt_list *base,
    const struct confopt_list *over, struct pool *, struct confopt_list *out);

#endif
