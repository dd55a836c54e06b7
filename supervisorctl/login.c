/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks for credentials on the terminal. */
#include "supervisorctl/login.h"

#include <readpassphrase.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisorctl/ctl.h"

#define LOGIN_MAX 256

int
login_ask(struct ctl *ctl)
{
	char password[LOGIN_MAX], *username = NULL;
	size_t room = 0;
	int rc = -1;

	fputs("Username:", ctl->out);
	fflush(ctl->out);
	if (getline(&username, &room, ctl->in) > 0) {
		username[strcspn(username, "\r\n")] = '\0';
		if (readpassphrase(
			"Password:", password, sizeof(password), 0) != NULL)
			rc = client_login(ctl->client, username, password);
		explicit_bzero(password, sizeof(password));
	}
	free(username);
	return rc;
}
