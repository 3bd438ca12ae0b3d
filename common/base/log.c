/*
 * Composes one logfmt line on the stack and writes it with one write(2). Hidden secrets stand in a
 * list that only ever grows at its head, so that readers need no lock. Allocates nothing while
 * logging; knows no files, no rotation, no levels apart from "debug or not".
 */
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"

#define LINE_MAX_BYTES 8192
#define VALUE_MAX_BYTES 2000
#define SECRET_MIN_BYTES 6
#define CUT_MARK "..."
#define LINE_TAIL_BYTES 8 /* room kept for a cut mark, a closing quote and the newline */

struct secret {
	struct secret *next;
	size_t len;
	char text[];
};

struct line {
	size_t len;
	char text[LINE_MAX_BYTES];
};

static struct {
	const char *program;
	atomic_bool debug;
	_Atomic(struct secret *) secrets;
	pthread_mutex_t adding;
} state = { .program = "?", .adding = PTHREAD_MUTEX_INITIALIZER };

static const char *const level_names[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

void log_init(const char *program, bool debug)
{
	state.program = program;
	log_set_debug(debug);
}

void log_set_debug(bool debug)
{
	atomic_store(&state.debug, debug);
}

static bool is_hidden(const char *text)
{
	for (struct secret *s = atomic_load(&state.secrets); s; s = s->next)
		if (strcmp(s->text, text) == 0)
			return true;
	return false;
}

void log_hide(const char *text)
{
	size_t len = text ? strlen(text) : 0;
	if (len < SECRET_MIN_BYTES)
		return;
	pthread_mutex_lock(&state.adding);
	if (!is_hidden(text)) {
		struct secret *s = malloc(sizeof(*s) + len + 1);
		if (!s)
			abort(); /* not die(): it would log, perhaps this very secret */
		s->len = len;
		memcpy(s->text, text, len + 1);
		s->next = atomic_load(&state.secrets);
		atomic_store(&state.secrets, s);
	}
	pthread_mutex_unlock(&state.adding);
}

/* Length of the longest secret that begins at `p`, or 0. */
static size_t secret_at(const char *p)
{
	size_t longest = 0;
	for (struct secret *s = atomic_load(&state.secrets); s; s = s->next)
		if (s->len > longest && strncmp(p, s->text, s->len) == 0)
			longest = s->len;
	return longest;
}

static bool has_room(const struct line *l, size_t n)
{
	return l->len + n + LINE_TAIL_BYTES <= sizeof(l->text);
}

static void put(struct line *l, const char *bytes, size_t n)
{
	if (l->len + n > sizeof(l->text))
		return;
	memcpy(l->text + l->len, bytes, n);
	l->len += n;
}

static void put_text(struct line *l, const char *s)
{
	put(l, s, strlen(s));
}

/* Bytes of the valid UTF-8 sequence at `s`, 0 when there is none; no surrogates, no overlongs. */
static size_t utf8_sequence(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	if (p[0] < 0x80)
		return 1;
	size_t n = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
	if (p[0] < 0xC2 || p[0] > 0xF4)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	bool overlong = (p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xF0 && p[1] < 0x90);
	bool beyond = (p[0] == 0xED && p[1] >= 0xA0) || (p[0] == 0xF4 && p[1] >= 0x90);
	return overlong || beyond ? 0 : n;
}

/* Writes what stands for the character at `s` into `ret`; returns the bytes of `s` it took. */
static size_t escape(const char *s, char ret[8], size_t *ret_len)
{
	static const char hex[] = "0123456789abcdef";
	static const char named[] = "\"\"\\\\\nn\rr\tt";
	unsigned char c = (unsigned char)*s;
	for (const char *n = named; *n; n += 2) {
		if (*n == *s) {
			ret[0] = '\\';
			ret[1] = n[1];
			*ret_len = 2;
			return 1;
		}
	}
	size_t taken = utf8_sequence(s);
	bool c1_control = taken == 2 && c == 0xC2 && (unsigned char)s[1] < 0xA0;
	if (taken == 0 || c < 0x20 || c == 0x7F || c1_control) {
		memcpy(ret, "\\x", 2);
		ret[2] = hex[c >> 4];
		ret[3] = hex[c & 15];
		*ret_len = 4;
		return 1;
	}
	memcpy(ret, s, taken);
	*ret_len = taken;
	return taken;
}

static bool needs_quotes(const char *s)
{
	if (!*s)
		return true;
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		if (c <= ' ' || c >= 0x7F || c == '"' || c == '=' || c == '\\')
			return true;
	}
	return false;
}

static void put_value(struct line *l, const char *s)
{
	bool quotes = needs_quotes(s);
	if (quotes)
		put(l, "\"", 1);
	size_t start = l->len;
	while (*s) {
		char out[8] = "***";
		size_t out_len = 3;
		size_t taken = secret_at(s);
		if (taken == 0)
			taken = escape(s, out, &out_len);
		if (l->len - start + out_len > VALUE_MAX_BYTES || !has_room(l, out_len)) {
			put_text(l, CUT_MARK);
			break;
		}
		put(l, out, out_len);
		s += taken;
	}
	if (quotes)
		put(l, "\"", 1);
}

static void put_field(struct line *l, const struct log_field *f)
{
	if (!has_room(l, strlen(f->key) + 32))
		return; /* better a field less than a line that ends in the middle of one */
	put(l, " ", 1);
	put_text(l, f->key);
	put(l, "=", 1);
	if (f->text) {
		put_value(l, f->text);
		return;
	}
	char number[32];
	snprintf(number, sizeof(number), "%lld", f->number);
	put_text(l, number);
}

static void put_time(struct line *l)
{
	struct timespec now;
	struct tm tm;
	char text[64];
	clock_gettime(CLOCK_REALTIME, &now);
	if (!gmtime_r(&now.tv_sec, &tm))
		return;
	put_text(l, "ts=");
	put(l, text, strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm));
	snprintf(text, sizeof(text), ".%03dZ", (int)(now.tv_nsec / 1000000));
	put_text(l, text);
}

static void write_all(const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t done = write(STDERR_FILENO, bytes, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return; /* nobody left to tell */
		bytes += done;
		n -= (size_t)done;
	}
}

void log_write(enum log_level level, const char *event, const struct log_field *fields, size_t n)
{
	if (level == LOG_LEVEL_DEBUG && !atomic_load(&state.debug))
		return;
	int saved_errno = errno;
	struct line l;
	l.len = 0;
	put_time(&l);
	const struct log_field first[] = {
		LOG_S("level", level_names[level]),
		LOG_S("program", state.program),
		LOG_S("event", event),
	};
	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++)
		put_field(&l, &first[i]);
	for (size_t i = 0; i < n; i++)
		put_field(&l, &fields[i]);
	put(&l, "\n", 1);
	write_all(l.text, l.len);
	errno = saved_errno;
}
