/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client side of HTTP, by libcurl.  One handle is kept, and with it the
 * connection, for all calls to a server.
 */
#include "supervisorctl/client.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>

#include "common/xmlrpc.h"

/* What one answer may be at most. */
static const struct xmlrpc_limits client_limits = {
    .bytes = 512u << 20,
    .values = 16u << 20,
};

struct client {
	char *url;
	char *username;
	char *password;
	char *tls_ca; /* or NULL */
	CURL *curl;
	struct curl_slist *headers;
	void (*wait)(void *arg, int seconds); /* or NULL */
	void *wait_arg;
	struct timespec began; /* the call */
	long timeout;	       /* seconds of a call; 0 = none */
};

/* The body of an answer while it arrives. */
struct client_body {
	FILE *out;
	size_t len;
};

struct client *
client_new(const char *url)
{
	struct client *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->url = strdup(url);
	c->curl = curl_easy_init();
	/* No "Expect: 100-continue": the body comes at once. */
	c->headers = curl_slist_append(NULL, "Content-Type: text/xml");
	if (c->headers != NULL &&
	    curl_slist_append(c->headers, "Expect:") != NULL &&
	    c->url != NULL && c->curl != NULL)
		return c;
	client_free(c);
	return NULL;
}

void
client_free(struct client *c)
{
	if (c == NULL)
		return;
	curl_easy_cleanup(c->curl);
	curl_slist_free_all(c->headers);
	free(c->url);
	free(c->username);
	free(c->password);
	free(c->tls_ca);
	free(c);
}

const char *
client_url(const struct client *c)
{
	return c->url;
}

int
client_trust(struct client *c, const char *tls_ca)
{
	free(c->tls_ca);
	c->tls_ca = tls_ca == NULL ? NULL : strdup(tls_ca);
	return tls_ca != NULL && c->tls_ca == NULL ? -1 : 0;
}

int
client_login(struct client *c, const char *username, const char *password)
{
	free(c->username);
	free(c->password);
	c->username = username == NULL ? NULL : strdup(username);
	c->password = password == NULL ? NULL : strdup(password);
	if ((username != NULL && c->username == NULL) ||
	    (password != NULL && c->password == NULL))
		return -1;
	return 0;
}

void
client_clear(struct client_reply *reply)
{
	xval_free(reply->value);
	free(reply->text);
	memset(reply, 0, sizeof(*reply));
}

struct client *
client_reopen(const struct client *c, const char *url)
{
	struct client *other = client_new(url);

	if (other != NULL &&
	    client_login(other, c->username, c->password) == 0 &&
	    client_trust(other, c->tls_ca) == 0) {
		client_on_wait(other, c->wait, c->wait_arg);
		other->timeout = c->timeout;
		return other;
	}
	client_free(other);
	return NULL;
}

/* Sets a status and a copy of its text. */
static enum client_status
client_fail(
    struct client_reply *reply, enum client_status status, const char *text)
{
	reply->status = status;
	free(reply->text);
	reply->text = strdup(text);
	return status;
}

/* Puts the parameters of a call into an array. */
static struct xval *
client_params(const char *types, va_list ap)
{
	struct xval *params = xval_array();

	for (; *types != '\0'; types++)
		if (*types == 's')
			xval_append(
			    params, xval_string(va_arg(ap, const char *)));
		else if (*types == 'v')
			xval_append(params, va_arg(ap, struct xval *));
		else if (*types == 'i')
			xval_append(params, xval_int(va_arg(ap, int64_t)));
		else
			xval_append(params, xval_bool(va_arg(ap, int)));
	return params;
}

/* Sets what every request has: the address, the proxy rule, who we are.  A
 * false return means the URL is of no kind that is known. */
static bool
client_prepare(const struct client *c, CURL *curl, const char *path)
{
	bool is_unix = strncmp(c->url, "unix://", 7) == 0;
	char *url;
	int len;

	if (!is_unix && strncmp(c->url, "http://", 7) != 0 &&
	    strncmp(c->url, "https://", 8) != 0)
		return false;
	curl_easy_reset(curl);
	len =
	    asprintf(&url, "%s%s", is_unix ? "http://127.0.0.1" : c->url, path);
	if (len < 0)
		return false;
	curl_easy_setopt(curl, CURLOPT_URL, url);
	free(url);
	if (is_unix)
		curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, c->url + 7);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	if (c->tls_ca != NULL)
		curl_easy_setopt(curl, CURLOPT_CAINFO, c->tls_ca);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "supervisorctl");
	curl_easy_setopt(
	    curl, CURLOPT_CONNECTTIMEOUT, (long)CLIENT_CONNECT_SECONDS);
	curl_easy_setopt(
	    curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	if (c->username != NULL && c->password != NULL) {
		curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl_easy_setopt(curl, CURLOPT_USERNAME, c->username);
		curl_easy_setopt(curl, CURLOPT_PASSWORD, c->password);
	}
	return true;
}

static size_t
client_on_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct client_body *body = arg;

	body->len += size * n;
	if (body->len > client_limits.bytes)
		return 0;
	return fwrite(bytes, size, n, body->out);
}

/* Tells from curl's result and the system's error why a transfer failed. */
static enum client_status
client_why(CURL *curl, struct client_reply *reply, CURLcode code)
{
	long error = 0;

	curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &error);
	if (code != CURLE_COULDNT_CONNECT || error == 0)
		return client_fail(
		    reply, CLIENT_ERROR, curl_easy_strerror(code));
	if (error == ECONNREFUSED)
		return client_fail(
		    reply, CLIENT_REFUSED, strerror(ECONNREFUSED));
	if (error == ENOENT)
		return client_fail(reply, CLIENT_NO_FILE, strerror(ENOENT));
	return client_fail(reply, CLIENT_ERROR, strerror((int)error));
}

/* Judges the HTTP status of an answer. */
static enum client_status
client_http(CURL *curl, struct client_reply *reply)
{
	char text[64];

	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply->http);
	if (reply->http == 200)
		return CLIENT_OK;
	if (reply->http == 401)
		return client_fail(
		    reply, CLIENT_UNAUTHORIZED, "authentication required");
	snprintf(text, sizeof(text), "HTTP status %ld", reply->http);
	return client_fail(reply, CLIENT_HTTP, text);
}

/* Takes the answer's document apart. */
static enum client_status
client_decode(struct client_reply *reply, const char *text, size_t len)
{
	struct xmlrpc_message msg;
	enum xmlrpc_error error =
	    xmlrpc_decode(text, len, &client_limits, &msg);

	if (error != XMLRPC_OK)
		return client_fail(reply, CLIENT_ERROR, xmlrpc_strerror(error));
	if (msg.kind == XMLRPC_RESULT) {
		reply->status = CLIENT_OK;
		reply->value = msg.value;
		msg.value = NULL;
	} else if (msg.kind == XMLRPC_FAULT) {
		reply->fault_code = msg.fault_code;
		client_fail(reply, CLIENT_FAULT, msg.fault_text);
	} else
		client_fail(reply, CLIENT_ERROR, "the answer is a call");
	xmlrpc_clear(&msg);
	return reply->status;
}

void
client_timeout(struct client *c, long seconds)
{
	c->timeout = seconds;
}

void
client_on_wait(
    struct client *c, void (*wait)(void *arg, int seconds), void *arg)
{
	c->wait = wait;
	c->wait_arg = arg;
}

/* Tells how long the call has taken; curl asks about once a second. */
static int
client_on_progress(void *arg, curl_off_t total, curl_off_t now,
    curl_off_t up_total, curl_off_t up_now)
{
	struct client *c = arg;
	struct timespec t;

	(void)total;
	(void)now;
	(void)up_total;
	(void)up_now;
	clock_gettime(CLOCK_MONOTONIC, &t);
	if (t.tv_sec > c->began.tv_sec)
		c->wait(c->wait_arg, (int)(t.tv_sec - c->began.tv_sec));
	return 0;
}

/* Performs the request that was prepared, and tells of its progress. */
static CURLcode
client_perform(struct client *c)
{
	CURLcode code;

	if (c->wait == NULL)
		return curl_easy_perform(c->curl);
	clock_gettime(CLOCK_MONOTONIC, &c->began);
	curl_easy_setopt(c->curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c->curl, CURLOPT_XFERINFOFUNCTION, client_on_progress);
	curl_easy_setopt(c->curl, CURLOPT_XFERINFODATA, c);
	code = curl_easy_perform(c->curl);
	c->wait(c->wait_arg, -1);
	return code;
}

/* Posts a document and reads the one that comes back. */
static enum client_status
client_post(
    struct client *c, struct client_reply *reply, const char *text, size_t len)
{
	struct client_body body = {0};
	char *answer = NULL;
	size_t answer_len = 0;
	CURLcode code;

	body.out = open_memstream(&answer, &answer_len);
	if (body.out == NULL)
		return client_fail(reply, CLIENT_ERROR, strerror(errno));
	curl_easy_setopt(c->curl, CURLOPT_TIMEOUT, c->timeout);
	curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, c->headers);
	curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
	curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, text);
	curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, client_on_body);
	curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, &body);
	code = client_perform(c);
	if (fclose(body.out) != 0)
		client_fail(reply, CLIENT_ERROR, strerror(errno));
	else if (code != CURLE_OK)
		client_why(c->curl, reply, code);
	else if (client_http(c->curl, reply) == CLIENT_OK)
		client_decode(reply, answer, answer_len);
	free(answer);
	return reply->status;
}

enum client_status
client_call(struct client *c, struct client_reply *reply, const char *method,
    const char *types, ...)
{
	struct xval *params;
	va_list ap;
	size_t len;
	char *text;

	memset(reply, 0, sizeof(*reply));
	va_start(ap, types);
	params = client_params(types, ap);
	va_end(ap);
	text = params == NULL ? NULL : xmlrpc_encode_call(method, params, &len);
	xval_free(params);
	if (text == NULL)
		return client_fail(reply, CLIENT_ERROR, strerror(ENOMEM));
	if (!client_prepare(c, c->curl, "/RPC2"))
		client_fail(reply, CLIENT_BAD_URL, "Unknown protocol");
	else
		client_post(c, reply, text, len);
	free(text);
	return reply->status;
}

static size_t
client_on_stream(char *bytes, size_t size, size_t n, void *arg)
{
	struct client_stream *stream = arg;
	long http = 0;

	/* The body of an error page is not what was asked for. */
	curl_easy_getinfo(stream->handle, CURLINFO_RESPONSE_CODE, &http);
	if (http != 200)
		return size * n;
	return stream->data(stream->arg, bytes, size * n) ? size * n : 0;
}

/* Makes the transfer of a stream and gives it to the set. */
static void
client_begin(struct client *c, struct client_stream *stream, CURLM *multi)
{
	memset(&stream->reply, 0, sizeof(stream->reply));
	stream->handle = curl_easy_init();
	if (stream->handle == NULL)
		client_fail(&stream->reply, CLIENT_ERROR, strerror(ENOMEM));
	else if (!client_prepare(c, stream->handle, stream->path))
		client_fail(&stream->reply, CLIENT_BAD_URL, "Unknown protocol");
	else {
		curl_easy_setopt(stream->handle, CURLOPT_PRIVATE, stream);
		curl_easy_setopt(
		    stream->handle, CURLOPT_WRITEFUNCTION, client_on_stream);
		curl_easy_setopt(stream->handle, CURLOPT_WRITEDATA, stream);
		curl_multi_add_handle(multi, stream->handle);
	}
}

/* Notes how transfers ended; false if one was ended by its receiver. */
static bool
client_reap(CURLM *multi)
{
	struct client_stream *stream = NULL;
	bool go_on = true;
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(multi, &left)) != NULL) {
		if (msg->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(
		    msg->easy_handle, CURLINFO_PRIVATE, (char **)&stream);
		if (msg->data.result == CURLE_WRITE_ERROR)
			go_on = false;
		else if (msg->data.result != CURLE_OK)
			client_why(
			    stream->handle, &stream->reply, msg->data.result);
		else
			client_http(stream->handle, &stream->reply);
	}
	return go_on;
}

/* Waits for the network and the watches; false when a watch ends it all. */
static bool
client_wait(CURLM *multi, const struct client_watch *watches, size_t n)
{
	struct curl_waitfd fds[4];
	unsigned nfds = 0;
	size_t i;

	memset(fds, 0, sizeof(fds));
	for (i = 0; i < n && nfds < sizeof(fds) / sizeof(fds[0]); i++)
		if (watches[i].fd != -1) {
			fds[nfds].fd = watches[i].fd;
			fds[nfds++].events = CURL_WAIT_POLLIN;
		}
	if (curl_multi_poll(multi, fds, nfds, 1000, NULL) != CURLM_OK)
		return false;
	for (i = 0, nfds = 0; i < n; i++)
		if (watches[i].fd != -1 && fds[nfds++].revents != 0 &&
		    !watches[i].ready(watches[i].arg))
			return false;
	return true;
}

void
client_streams(struct client *c, struct client_stream *streams, size_t n,
    const struct client_watch *watches, size_t nwatches)
{
	CURLM *multi = curl_multi_init();
	int running = 0;
	size_t i;

	for (i = 0; i < n; i++)
		client_begin(c, &streams[i], multi);
	while (curl_multi_perform(multi, &running) == CURLM_OK &&
	    client_reap(multi) && running > 0 &&
	    client_wait(multi, watches, nwatches))
		continue;
	for (i = 0; i < n; i++)
		if (streams[i].handle != NULL) {
			curl_multi_remove_handle(multi, streams[i].handle);
			curl_easy_cleanup(streams[i].handle);
		}
	curl_multi_cleanup(multi);
}
