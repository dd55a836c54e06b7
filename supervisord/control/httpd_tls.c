/* SPDX-License-Identifier: BSD-2-Clause */
/* TLS for inet servers, by libevent_openssl; or a refusal, if it is not there.
 */
#include "config.h"

#include <stdlib.h>

#include "common/errtext.h"
#include "supervisord/control/httpd_private.h"

#ifdef HAVE_TLS

#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

struct httpd_tls {
	SSL_CTX *ctx;
};

/* Says what OpenSSL did not like; NULL. */
static struct httpd_tls *
httpd_tls_fail(struct httpd_tls *tls, const char *what, char **err)
{
	const unsigned long code = ERR_peek_last_error();
	const char *reason = ERR_reason_error_string(code);

	errtext_set(err, "TLS: %s: %s", what,
	    reason != NULL ? reason : "it cannot be used");
	ERR_clear_error();
	httpd_tls_free(tls);
	return NULL;
}

struct httpd_tls *
httpd_tls_new(const char *certificate, const char *key, char **err)
{
	struct httpd_tls *tls = calloc(1, sizeof(*tls));

	if (tls == NULL ||
	    (tls->ctx = SSL_CTX_new(TLS_server_method())) == NULL)
		return httpd_tls_fail(tls, "out of memory", err);
	SSL_CTX_set_min_proto_version(tls->ctx, TLS1_2_VERSION);
	SSL_CTX_set_options(tls->ctx, SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_mode(tls->ctx, SSL_MODE_RELEASE_BUFFERS);
	if (SSL_CTX_use_certificate_chain_file(tls->ctx, certificate) != 1)
		return httpd_tls_fail(tls, certificate, err);
	if (SSL_CTX_use_PrivateKey_file(tls->ctx, key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(tls->ctx) != 1)
		return httpd_tls_fail(tls, key, err);
	return tls;
}

void
httpd_tls_free(struct httpd_tls *tls)
{
	if (tls == NULL)
		return;
	SSL_CTX_free(tls->ctx);
	free(tls);
}

struct bufferevent *
httpd_tls_accept(struct httpd_tls *tls, struct event_base *base)
{
	SSL *ssl = SSL_new(tls->ctx);
	struct bufferevent *bev;

	if (ssl == NULL)
		return NULL;
	bev = bufferevent_openssl_socket_new(
	    base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	if (bev == NULL) {
		SSL_free(ssl);
		return NULL;
	}
	/* Who leaves without a word has left. */
	bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	return bev;
}

#else

struct httpd_tls *
httpd_tls_new(const char *certificate, const char *key, char **err)
{
	(void)key;
	errtext_set(err,
	    "TLS: %s: this supervisord was built without TLS "
	    "(libevent_openssl)",
	    certificate);
	return NULL;
}

void
httpd_tls_free(struct httpd_tls *tls)
{
	(void)tls;
}

struct bufferevent *
httpd_tls_accept(struct httpd_tls *tls, struct event_base *base)
{
	(void)tls;
	(void)base;
	return NULL;
}

#endif
