/*
 * Sends one request and waits for the answer: libcurl with a handle a thread, whose connections
 * stay open between requests. It decides what an unanswered request means (was anything sent?) and
 * waits out a 429; it follows no redirects, keeps no cookies, and retries nothing else.
 */
#include "net/http.h"

#include <ctype.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/http_private.h"
#include "net/url.h"

#define CONNECT_MAX_MS 10000
#define RESENDS_MAX 3	    /* after a 429 */
#define RESEND_LEFT_MS 1000 /* a wait for a 429 leaves at least this much for the answer */
/* Longer ones are the caller's: a job that waits in the queue keeps no thread and no lane. */
#define RESEND_WAIT_MAX_MS 2000
/* Idle connections older than this are not used again: load balancers close them after 60 s, and a
 * request that meets the close is a doubtful one. */
#define IDLE_MAX_S 45L
#define UPLOAD_BUFFER_BYTES 16384L /* libcurl keeps one a handle; its own choice is 64 KiB */

static pthread_key_t thread_handle;

static void free_handle(void *easy)
{
	curl_easy_cleanup(easy);
}

void http_start(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		die("curl_global_init failed");
	if (pthread_key_create(&thread_handle, free_handle) != 0)
		die("no thread key for HTTP handles");
	/* With CURLOPT_NOSIGNAL libcurl leaves SIGPIPE to us, and OpenSSL writes to sockets whose
	 * other end may be gone. A program's own handler stays. */
	struct sigaction now;
	if (sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL)
		signal(SIGPIPE, SIG_IGN);
}

void http_stop(void)
{
	curl_easy_cleanup(pthread_getspecific(thread_handle));
	pthread_key_delete(thread_handle);
	http_tls_stop();
	curl_global_cleanup();
}

static CURL *handle(void)
{
	CURL *easy = pthread_getspecific(thread_handle);
	if (easy)
		return easy;
	easy = curl_easy_init();
	if (!easy || pthread_setspecific(thread_handle, easy) != 0)
		die("no HTTP handle for this thread");
	return easy;
}

/* One exchange. Nothing of it outlives the call but the open connection. */
struct exchange {
	CURL *easy;
	const struct http_request *rq;
	const struct url *url;
	struct curl_slist *headers;
	X509_STORE *store; /* NULL: not verified, or no TLS */
	size_t body_at;	   /* how much of the body libcurl took */
	bool unreadable;   /* the file that is the body */
	struct http_reply reply;
};

/* RFC 9110's token: what a method and a header's name may consist of. */
static bool is_token(const char *s)
{
	size_t n = strspn(s, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
			     "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	return n > 0 && s[n] == '\0';
}

static void add_header(struct exchange *x, const char *line)
{
	struct curl_slist *more = curl_slist_append(x->headers, line);
	if (!more)
		die("out of memory in curl_slist_append");
	x->headers = more;
}

static bool add_headers(TALLOC_CTX *ctx, struct exchange *x, struct err *e)
{
	const struct http_request *rq = x->rq;
	for (size_t i = 0; i < rq->n_headers; i++) {
		const struct http_header *h = &rq->headers[i];
		if (!is_token(h->name) || strpbrk(h->value, "\r\n"))
			return err_set(e, ERR_BAD_INPUT,
				       "a request header would break the request (line end in it)");
		/* "Name:" would make libcurl leave the header out; "Name;" sends it empty. */
		char *line = *h->value ? mem_printf(ctx, "%s: %s", h->name, h->value)
				       : mem_printf(ctx, "%s;", h->name);
		add_header(x, line);
		talloc_free(line);
	}
	/* Without the round trip for permission, which many servers answer with a wait. */
	add_header(x, "Expect:");
	return true;
}

static size_t body_len(const struct http_request *rq)
{
	return rq->file ? rq->file->len : rq->body_len;
}

/* libcurl takes what the file has not got for an end that came too soon. */
static size_t give_file(struct exchange *x, char *buffer, size_t len)
{
	ssize_t n = pread(x->rq->file->fd, buffer, len, (off_t)x->body_at);
	x->unreadable = n <= 0;
	if (n <= 0)
		return CURL_READFUNC_ABORT;
	x->body_at += (size_t)n;
	return (size_t)n;
}

static size_t give_body(char *buffer, size_t size, size_t n, void *user)
{
	struct exchange *x = user;
	size_t room = size * n, left = body_len(x->rq) - x->body_at;
	size_t len = left < room ? left : room;
	if (x->rq->file && len > 0)
		return give_file(x, buffer, len);
	memcpy(buffer, x->rq->body + x->body_at, len);
	x->body_at += len;
	return len;
}

/*
 * When a kept-alive connection dies before a single byte of the answer, libcurl sends the request
 * again on a new connection by itself: it supposes that the server closed while we sent. But the
 * server may as well have done the work and died, and then a message stands twice. So a body is
 * given once: libcurl must rewind it for the second sending, is refused here, and the caller gets
 * ERR_UNKNOWN and may look before sending again. What was cut off within its headers is still
 * sent again (nobody can act on that), and so is GET.
 */
static int refuse_rewind(void *user, curl_off_t offset, int origin)
{
	(void)user, (void)offset, (void)origin;
	return CURL_SEEKFUNC_FAIL;
}

static CURLcode use_store(CURL *easy, void *ssl_ctx, void *user)
{
	(void)easy;
	SSL_CTX_set1_cert_store(ssl_ctx, user);
	return CURLE_OK;
}

static void set_body(struct exchange *x)
{
	CURL *easy = x->easy;
	const struct http_request *rq = x->rq;
	bool safe = strcmp(rq->method, "GET") == 0 || strcmp(rq->method, "HEAD") == 0;
	size_t len = body_len(rq);
	if (len > 0 || !safe) {
		curl_easy_setopt(easy, CURLOPT_POST, 1L);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
		curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_body);
		curl_easy_setopt(easy, CURLOPT_READDATA, x);
		curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, refuse_rewind);
		curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD_BUFFER_BYTES);
	}
	/* An empty body has nothing to rewind: a new connection is the one that is never retried.
	 */
	if (len == 0 && !safe)
		curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
	if (strcmp(rq->method, "HEAD") == 0)
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, rq->method);
}

static bool set_tls(struct exchange *x, struct err *e)
{
	CURL *easy = x->easy;
	const struct http_tls *tls = &x->rq->tls;
	if (strcmp(x->url->scheme, "https") != 0)
		return true;
	/* Ours, or none: libcurl's own way would load the bundle for each handle. The extra file is
	 * named to libcurl too, because it keeps connections apart by that name. */
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(easy, CURLOPT_CAINFO, tls->no_verify ? NULL : tls->ca_file);
	if (tls->no_verify) {
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
		return true;
	}
	if (!http_tls_store(tls->ca_file, &x->store, e))
		return false;
	/* libcurl would remember the first store for a day, also when the file has changed. */
	curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, use_store);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, x->store);
	return true;
}

static void set_rest(struct exchange *x, int64_t left_ms)
{
	CURL *easy = x->easy;
	const char *agent = x->rq->user_agent;
	curl_easy_setopt(easy, CURLOPT_URL, x->rq->url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)left_ms);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
			 (long)(left_ms < CONNECT_MAX_MS ? left_ms : CONNECT_MAX_MS));
	/* A name server that hangs must not hold us beyond the deadline; its thread ends later. */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, IDLE_MAX_S);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, x->headers);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, agent ? agent : "lookerbot/" LOOKERBOT_VERSION);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, http_reply_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, &x->reply);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, http_reply_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &x->reply);
	if (url_is_loopback(x->url)) /* whatever the environment says */
		curl_easy_setopt(easy, CURLOPT_PROXY, "");
}

/* What to tell about a libcurl code; the others have libcurl's own words, which name no URL. */
static const struct {
	CURLcode code;
	const char *text;
} causes[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, "its name is not known" },
	{ CURLE_COULDNT_RESOLVE_PROXY, "the proxy's name is not known" },
	{ CURLE_COULDNT_CONNECT, "it takes no connection" },
	{ CURLE_OPERATION_TIMEDOUT, "it did not answer in time" },
	{ CURLE_GOT_NOTHING, "it closed the connection without an answer" },
	{ CURLE_RECV_ERROR, "the connection broke before the answer" },
	{ CURLE_SEND_ERROR, "the connection broke while sending" },
	{ CURLE_SEND_FAIL_REWIND, "the connection broke before the answer" },
	{ CURLE_PARTIAL_FILE, "the connection broke within the answer" },
	{ CURLE_SSL_CONNECT_ERROR, "no TLS connection could be made" },
	{ CURLE_WEIRD_SERVER_REPLY, "what it answered is not HTTP" },
	{ CURLE_UNSUPPORTED_PROTOCOL, "what it answered is not HTTP" },
	{ CURLE_BAD_CONTENT_ENCODING, "its answer cannot be unpacked" },
};

static const char *cause(CURLcode rc)
{
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		if (causes[i].code == rc)
			return causes[i].text;
	}
	return curl_easy_strerror(rc);
}

/* Nothing left for the other side while no request byte went out on a finished connection
 * (a proxy's CONNECT counts as a request for libcurl, but comes before "pretransfer"). */
static bool nothing_sent(CURL *easy)
{
	long bytes = 0;
	curl_off_t ready_us = 0;
	curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &bytes);
	curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &ready_us);
	return bytes == 0 || ready_us == 0;
}

/* libcurl looks at the name before it fetches the chain's result: then there is none yet. */
static const char *distrust(CURL *easy)
{
	long why = 0;
	curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &why);
	if (why == X509_V_OK || why == X509_V_ERR_UNSPECIFIED)
		return "it is for another host";
	return X509_verify_cert_error_string(why);
}

static bool fail(const struct exchange *x, CURLcode rc, struct err *e)
{
	const char *host = x->url->host;
	if (x->reply.too_large)
		return err_set(e, ERR_BAD_REPLY, "%s: the answer is larger than %zu bytes", host,
			       x->rq->max_bytes);
	if (x->reply.headers_too_large)
		return err_set(e, ERR_BAD_REPLY,
			       "%s: the answer's headers are larger than %d bytes", host,
			       HTTP_HEADERS_MAX_BYTES);
	if (x->reply.unwanted)
		return err_set(e, ERR_INTERNAL, "%s: no more of the answer was taken", host);
	if (x->unreadable)
		return err_set(e, ERR_INTERNAL, "%s: the file to be sent cannot be read", host);
	if (rc == CURLE_PEER_FAILED_VERIFICATION)
		return err_set(e, ERR_TEMPORARY, "%s: its TLS certificate is not trusted (%s)",
			       host, distrust(x->easy));
	enum err_kind kind = nothing_sent(x->easy) ? ERR_TEMPORARY : ERR_UNKNOWN;
	if (rc == CURLE_WEIRD_SERVER_REPLY || rc == CURLE_UNSUPPORTED_PROTOCOL ||
	    rc == CURLE_BAD_CONTENT_ENCODING)
		kind = ERR_BAD_REPLY;
	return err_set(e, kind, "%s: %s", host, cause(rc));
}

static bool perform(TALLOC_CTX *ctx, struct exchange *x, struct err *e)
{
	int64_t left_ms = clock_left_ms(x->rq->deadline_ms);
	if (left_ms <= 0)
		return err_set(e, ERR_TEMPORARY, "%s: no time left to ask", x->url->host);
	if (!add_headers(ctx, x, e) || !set_tls(x, e))
		return false;
	set_body(x);
	set_rest(x, left_ms);
	CURLcode rc = curl_easy_perform(x->easy);
	if (rc != CURLE_OK)
		return fail(x, rc, e);
	long status = 0;
	curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
	http_reply_end(&x->reply, (int)status);
	return true;
}

static bool send_once(TALLOC_CTX *ctx, const struct http_request *rq, const struct url *url,
		      struct http_response **ret, struct err *e)
{
	struct exchange x = { .easy = handle(), .rq = rq, .url = url };
	http_reply_begin(ctx, &x.reply, rq->max_bytes);
	x.reply.sink = rq->sink;
	x.reply.sink_user = rq->sink_user;
	bool ok = perform(ctx, &x, e);
	/* Keeps connections and TLS sessions, forgets all that points into this exchange. */
	curl_easy_reset(x.easy);
	X509_STORE_free(x.store);
	curl_slist_free_all(x.headers);
	if (ok)
		*ret = x.reply.rs;
	else
		talloc_free(x.reply.rs);
	return ok;
}

/* Until when to wait before sending again; -1: the caller shall see the 429. */
static int64_t resend_at_ms(const struct http_request *rq, const struct http_response *rs)
{
	if (rs->status != 429 || rs->retry_after_ms < 0 || rs->retry_after_ms > RESEND_WAIT_MAX_MS)
		return -1;
	int64_t at_ms = clock_deadline_ms(rs->retry_after_ms);
	return at_ms + RESEND_LEFT_MS <= rq->deadline_ms ? at_ms : -1;
}

bool http_send(TALLOC_CTX *ctx, const struct http_request *rq, struct http_response **ret,
	       struct err *e)
{
	struct url *url = NULL;
	if (!url_parse(ctx, rq->url, &url, e))
		return false;
	if (strncmp(url->scheme, "http", 4) != 0)
		return err_set(e, ERR_BAD_INPUT, "%s: not an http or https address", url->host);
	if (!is_token(rq->method))
		return err_set(e, ERR_BAD_INPUT, "%s: no such HTTP method", url->host);
	struct http_response *rs = NULL;
	bool ok = send_once(ctx, rq, url, &rs, e);
	for (int i = 0; ok && i < RESENDS_MAX; i++) {
		int64_t at_ms = resend_at_ms(rq, rs);
		if (at_ms < 0)
			break;
		TALLOC_FREE(rs);
		clock_sleep_until(at_ms);
		ok = send_once(ctx, rq, url, &rs, e);
	}
	talloc_free(url);
	if (ok)
		*ret = rs;
	return ok;
}
