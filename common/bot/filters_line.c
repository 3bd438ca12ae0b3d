/*
 * Values written as a line of `name=value`. Whether the line is right is not reasoned about: it is
 * read again by the same code that reads what people type, and must give the same values.
 */
#include "bot/filters_line.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "slack/inbound.h"

/* --- expressions --- */

/* Signs of Looker's grammar for texts; ^ makes them mean themselves. */
#define STRING_SIGNS "^,%_"

char *filters_line_literal(TALLOC_CTX *ctx, const char *text)
{
	static const char *const words[] = { "EMPTY", "NULL", "-EMPTY", "-NULL" };
	char *out = mem_strdup(ctx, text[0] == '-' ? "^" : "");
	char *trimmed = text_trim(ctx, text);
	bool usable = trimmed[0] != '\0' && strcmp(trimmed, text) == 0 && !strchr(text, '"') &&
		      !strchr(text, '\n');

	/* In quotes they would be words; quotes around all of it are ours (bot/filters.c). */
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		usable &= strcmp(text, words[i]) != 0;
	if (!usable)
		return NULL;
	for (const char *p = text; *p; p++) {
		if (strchr(STRING_SIGNS, *p))
			mem_append(&out, "^");
		mem_append_n(&out, p, 1);
	}
	return out;
}

/* --- the line --- */

static bool is_plain_name(const char *name)
{
	return name[0] && !strpbrk(name, "=;\"<>!*") && strcmp(name, "…") != 0;
}

static bool means_another(const struct looker_filter *filters, size_t n, size_t k, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (i != k && (text_equal_fold(filters[i].title, name) ||
			       text_equal_fold(filters[i].name, name)))
			return true;
	return false;
}

/* The title, as people know it; the name where that says it better. */
static const char *name_of(const struct looker_filter *filters, size_t n, size_t k)
{
	const char *title = filters[k].title;

	return is_plain_name(title) && !means_another(filters, n, k, title) ? title
									    : filters[k].name;
}

static const char *wanted(const struct looker_filter *f, const struct json_object *values)
{
	return json_str_or(values, f->name, "");
}

/* Quotes around a part are Looker's own, and stay as they are. */
static bool needs_quotes(const char *value)
{
	return !value[0] || (!strchr(value, '"') && strpbrk(value, " \t;=*<>!"));
}

static void add_pair(char **line, const char *name, const char *value)
{
	const char *quote = needs_quotes(value) ? "\"" : "";

	mem_appendf(line, "%s%s=%s%s%s", (*line)[0] ? " " : "", name, quote, value, quote);
}

char *filters_line(TALLOC_CTX *ctx, const struct looker_filter *filters, size_t n,
		   const struct json_object *values)
{
	char *line = mem_strdup(ctx, "");

	for (size_t k = 0; k < n; k++) {
		const char *value = wanted(&filters[k], values);

		if (strcmp(value, filters[k].default_value) != 0)
			add_pair(&line, name_of(filters, n, k), value);
	}
	return line;
}

char *filters_line_sent(TALLOC_CTX *ctx, const char *line)
{
	char *out = mem_strdup(ctx, "");

	for (; *line; line++) {
		if (*line == '&')
			mem_append(&out, "&amp;");
		else if (*line == '<')
			mem_append(&out, "&lt;");
		else if (*line == '>')
			mem_append(&out, "&gt;");
		else
			mem_append_n(&out, line, 1);
	}
	return out;
}

/* Looker cannot read a trailing comma, and nobody means one. */
static bool same_value(TALLOC_CTX *ctx, const char *read, const char *asked)
{
	char *s = text_trim(ctx, asked);
	size_t len = strlen(s);

	while (len > 0 && (s[len - 1] == ',' || s[len - 1] == ' '))
		s[--len] = '\0';
	return strcmp(read, s) == 0;
}

bool filters_line_holds(TALLOC_CTX *ctx, const struct looker_filter *filters, size_t n,
			const struct json_object *values, struct err *e)
{
	TALLOC_CTX *tmp = mem_ctx(ctx);
	const char *line = filters_line(tmp, filters, n, values);
	const char *came = slack_inbound_clean(tmp, filters_line_sent(tmp, line));
	struct filters_assigned *a;
	bool ok = filters_assign(tmp, filters, n, came, &a, e);

	for (size_t k = 0; ok && k < n; k++)
		if (!same_value(tmp, a->values[k].value, wanted(&filters[k], values)))
			ok = err_set(e, ERR_BAD_INPUT,
				     "%s cannot be given this value in a line: please leave out "
				     "quotes and other special signs",
				     filters[k].title);
	talloc_free(tmp);
	return ok;
}
