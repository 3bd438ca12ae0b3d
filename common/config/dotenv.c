/*
 * .env files, read by one pass over the text. Knows nothing of settings: what a name means, and
 * whether it is known, is decided in settings.c. No expansion of $NAME, so that a secret with a
 * dollar sign stays what it is.
 */
#include "config/dotenv.h"

#include <string.h>

#include "base/mem.h"
#include "config/file.h"

struct reader {
	const char *p;
	int line;
	struct err *e;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_name(char c, bool first)
{
	bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
	return letter || (!first && c >= '0' && c <= '9');
}

static void skip_blanks(struct reader *r)
{
	while (is_blank(*r->p))
		r->p++;
}

static void skip_line(struct reader *r)
{
	r->p += strcspn(r->p, "\n");
}

static bool refuse(struct reader *r, int line, const char *what)
{
	return err_set(r->e, ERR_BAD_INPUT, "line %d: %s", line, what);
}

/* CRLF becomes LF, so that values over several lines are the same on every system. */
static char *unix_lines(TALLOC_CTX *ctx, const char *text, size_t len)
{
	char *out = mem_array(ctx, char, len + 1);
	size_t n = 0;
	for (size_t i = 0; i < len; i++)
		if (text[i] != '\r' || (i + 1 < len && text[i + 1] != '\n'))
			out[n++] = text[i];
	return out;
}

static void skip_export(struct reader *r)
{
	static const char word[] = "export";
	size_t len = sizeof(word) - 1;
	if (strncmp(r->p, word, len) == 0 && is_blank(r->p[len])) {
		r->p += len;
		skip_blanks(r);
	}
}

static bool read_name(struct reader *r, TALLOC_CTX *ctx, const char **ret)
{
	const char *start = r->p;
	if (!is_name(*r->p, true))
		return refuse(r, r->line, "not of the form NAME=value");
	while (is_name(*r->p, false))
		r->p++;
	*ret = mem_strndup(ctx, start, (size_t)(r->p - start));
	skip_blanks(r);
	if (*r->p != '=')
		return refuse(r, r->line, "no '=' after the name");
	r->p++;
	skip_blanks(r);
	return true;
}

/* Up to the end of the line or a comment (a '#' after a blank). */
static const char *read_bare(struct reader *r, TALLOC_CTX *ctx)
{
	const char *start = r->p, *end = r->p;
	for (; *r->p && *r->p != '\n'; r->p++) {
		if (*r->p == '#' && (r->p == start || is_blank(r->p[-1])))
			break;
		if (!is_blank(*r->p))
			end = r->p + 1;
	}
	skip_line(r);
	return mem_strndup(ctx, start, (size_t)(end - start));
}

/* The character that \c stands for in double quotes; others keep their backslash. */
static char unescape(char c)
{
	static const char pairs[] = "n\nt\tr\r\"\"\\\\$$";
	for (const char *p = pairs; *p; p += 2)
		if (*p == c)
			return p[1];
	return '\0';
}

/* From the opening quote on; escapes count in double quotes only. */
static bool read_quoted(struct reader *r, TALLOC_CTX *ctx, const char **ret)
{
	char quote = *r->p++;
	int opened = r->line;
	char *value = mem_strdup(ctx, "");
	for (; *r->p != quote; r->p++) {
		if (!*r->p)
			return refuse(r, opened, "the quote is never closed");
		r->line += *r->p == '\n';
		char escaped = quote == '"' && *r->p == '\\' ? unescape(r->p[1]) : '\0';
		mem_append_n(&value, escaped ? &escaped : r->p, 1);
		r->p += escaped != '\0';
	}
	r->p++;
	skip_blanks(r);
	if (*r->p == '#')
		skip_line(r);
	if (*r->p && *r->p != '\n')
		return refuse(r, r->line, "text after the closing quote");
	*ret = value;
	return true;
}

/* One line, or several when a quoted value spans them. */
static bool read_entry(struct reader *r, struct dotenv *d)
{
	struct dotenv_entry entry = { .line = r->line };
	skip_blanks(r);
	if (!*r->p || *r->p == '\n' || *r->p == '#') {
		skip_line(r);
		return true;
	}
	skip_export(r);
	if (!read_name(r, d, &entry.name))
		return false;
	if (*r->p == '\'' || *r->p == '"') {
		if (!read_quoted(r, d, &entry.value))
			return false;
	} else {
		entry.value = read_bare(r, d);
	}
	d->entries = mem_grow(d, d->entries, struct dotenv_entry, d->n + 1);
	d->entries[d->n++] = entry;
	return true;
}

bool dotenv_parse(TALLOC_CTX *ctx, const char *text, size_t len, struct dotenv **ret, struct err *e)
{
	if (len > DOTENV_BYTES_MAX)
		return err_set(e, ERR_BAD_INPUT, "larger than %d KiB", DOTENV_BYTES_MAX / 1024);
	if (memchr(text, '\0', len))
		return err_set(e, ERR_BAD_INPUT, "not a text file");
	static const char mark[] = "\xEF\xBB\xBF";
	size_t skip = len >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;

	struct dotenv *d = mem_zero(ctx, struct dotenv);
	struct reader r = { .p = unix_lines(d, text + skip, len - skip), .line = 1, .e = e };
	while (*r.p) {
		if (!read_entry(&r, d)) {
			talloc_free(d);
			return false;
		}
		if (*r.p == '\n') {
			r.p++;
			r.line++;
		}
	}
	*ret = d;
	return true;
}

bool dotenv_read(TALLOC_CTX *ctx, const char *path, struct dotenv **ret, struct err *e)
{
	char *text;
	size_t len;
	if (!file_read(ctx, path, DOTENV_BYTES_MAX, &text, &len, e))
		return false;
	bool ok = dotenv_parse(ctx, text, len, ret, e) || err_wrap(e, "%s", path);
	talloc_free(text);
	return ok;
}

const struct dotenv_entry *dotenv_find(const struct dotenv *d, const char *name)
{
	for (size_t i = d->n; i > 0; i--)
		if (strcmp(d->entries[i - 1].name, name) == 0)
			return &d->entries[i - 1];
	return NULL;
}

const char *dotenv_get(const struct dotenv *d, const char *name)
{
	const struct dotenv_entry *entry = dotenv_find(d, name);

	return entry ? entry->value : NULL;
}
