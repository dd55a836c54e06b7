/* SPDX-License-Identifier: BSD-2-Clause */
/* Compares credentials with those of a server. */
#include "supervisord/control/auth.h"

#include <sha1.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "common/b64.h"

#define AUTH_SCHEME "basic "
#define AUTH_SHA    "{SHA}"
/* The longest header that is looked at; nobody's password needs more. */
#define AUTH_MAX 4096

/* Compares two strings in a time that depends on the given one only. */
static bool
auth_equal(const char *given, const char *stored)
{
	size_t given_len = strlen(given), stored_len = strlen(stored), i;
	unsigned char differ = given_len != stored_len;

	for (i = 0; i < given_len; i++)
		differ |= (unsigned char)given[i] ^
		    (unsigned char)(stored_len == 0 ? 0
						    : stored[i % stored_len]);
	return differ == 0;
}

/* Writes the SHA-1 of a text as lower-case hexadecimal digits. */
static void
auth_sha1(const char *text, char hex[SHA1_DIGEST_STRING_LENGTH])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t digest[SHA1_DIGEST_LENGTH];
	SHA1_CTX ctx;
	size_t i;

	SHA1Init(&ctx);
	SHA1Update(&ctx, (const uint8_t *)text, strlen(text));
	SHA1Final(digest, &ctx);
	for (i = 0; i < sizeof(digest); i++) {
		hex[2 * i] = digits[digest[i] >> 4];
		hex[2 * i + 1] = digits[digest[i] & 15];
	}
	hex[2 * i] = '\0';
}

static bool
auth_password(const char *given, const char *stored)
{
	char hex[SHA1_DIGEST_STRING_LENGTH];

	if (strncmp(stored, AUTH_SHA, strlen(AUTH_SHA)) != 0)
		return auth_equal(given, stored);
	auth_sha1(given, hex);
	return auth_equal(hex, stored + strlen(AUTH_SHA));
}

bool
auth_check(const char *header, const char *username, const char *password)
{
	char text[B64_ROOM(AUTH_MAX)], *colon;
	bool right_name, right_password;
	size_t len;

	if (header == NULL || strlen(header) > AUTH_MAX ||
	    strncasecmp(header, AUTH_SCHEME, strlen(AUTH_SCHEME)) != 0)
		return false;
	header += strlen(AUTH_SCHEME);
	if (b64_decode(header, strlen(header), text, &len) == -1 ||
	    memchr(text, '\0', len) != NULL)
		return false;
	colon = strchr(text, ':');
	if (colon == NULL)
		return false;
	*colon = '\0';
	right_name = auth_equal(text, username);
	right_password = auth_password(colon + 1, password);
	return right_name && right_password;
}
