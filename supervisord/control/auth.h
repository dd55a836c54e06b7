/* SPDX-License-Identifier: BSD-2-Clause */
/* Basic authentication.  Pure. */
#ifndef SUPERVISORD_CONTROL_AUTH_H
#define SUPERVISORD_CONTROL_AUTH_H

#include <stdbool.h>

/*
 * Does the value of an Authorization header (NULL: there was none) carry this
 * name and password?  The stored password is plain, or "{SHA}" and the SHA-1 of
 * the password in lower-case hexadecimal.  What is malformed is wrong.  The
 * time taken does not tell how much of a guess is right.
 */
bool auth_check(const char *header, const char *username, const char *password);

#endif
