/*
 * Looker's answers: JSON taken out, refusals turned into errors. Looker hides what may not be
 * seen as 404, proxies and sleeping instances answer with HTML, and 401 and 5xx happen though no
 * document lists them. Does no I/O and knows no endpoint.
 */
#include "looker/client.h"

#include "base/clock.h"
#include "base/mem.h"

#define RATE_LIMIT_OTHERWISE_MS (30 * 1000) /* Looker documents no Retry-After */

struct status_rule {
	int from, to;
	enum err_kind kind;
	const char *words; /* NULL: Looker's own */
};

static const struct status_rule rules[] = {
	{ 400, 400, ERR_BAD_INPUT, NULL },
	{ 401, 401, ERR_AUTH, "the access token that it had just given was refused" },
	{ 403, 403, ERR_FORBIDDEN, NULL },
	{ 404, 404, ERR_NOT_FOUND, "not found, or the Looker account may not see it" },
	{ 408, 408, ERR_TEMPORARY, NULL },
	{ 409, 409, ERR_BAD_INPUT, NULL },
	{ 422, 422, ERR_BAD_INPUT, NULL },
	{ 429, 429, ERR_RATE_LIMITED, "it takes no more calls for the moment" },
	{ 500, 599, ERR_TEMPORARY, NULL },
};

static const struct status_rule *rule_for(int status)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (status >= rules[i].from && status <= rules[i].to)
			return &rules[i];
	return NULL;
}

static bool is_page(const struct http_response *rs)
{
	return strcmp(rs->content_type, "text/html") == 0;
}

/* "model: model must be specified; limit: is not a number", or "" */
static char *field_errors(TALLOC_CTX *ctx, const struct json_object *o)
{
	const struct json_object *errors = json_array_at(o, "errors");
	char *ret = mem_strdup(ctx, "");

	for (size_t i = 0; i < json_len(errors); i++) {
		const struct json_object *item = json_item(errors, i);
		const char *field = json_str_or(item, "field", "");
		const char *message = json_str(item, "message");

		if (message == NULL)
			message = json_str_or(item, "code", "is not accepted");
		if (ret[0] != '\0')
			mem_append(&ret, "; ");
		if (field[0] != '\0')
			mem_appendf(&ret, "%s: ", field);
		mem_append(&ret, message);
	}
	return ret;
}

/* What Looker itself says. */
static char *words_of(TALLOC_CTX *ctx, const struct http_response *rs)
{
	struct json_object *o;
	struct err ignored;
	const char *message;
	char *fields;

	if (is_page(rs) || !json_parse(ctx, rs->body, rs->body_len, &o, &ignored))
		return http_describe(ctx, rs);
	message = json_str(o, "message");
	if (message == NULL)
		return http_describe(ctx, rs);
	fields = field_errors(ctx, o);
	if (fields[0] == '\0')
		return mem_strdup(ctx, message);
	return mem_printf(ctx, "%s: %s", message, fields);
}

bool looker_reply_error(const struct looker *lk, const struct http_response *rs, struct err *e)
{
	const struct status_rule *rule = rule_for(rs->status);
	TALLOC_CTX *ctx = mem_ctx(NULL);
	int64_t wait_ms = rs->retry_after_ms >= 0 ? rs->retry_after_ms : RATE_LIMIT_OTHERWISE_MS;

	/* The API never answers with a page: this came from something else. */
	if (is_page(rs) && (rule == NULL || rule->kind == ERR_NOT_FOUND))
		err_set(e, ERR_BAD_REPLY,
			"Looker at %s answered with a web page instead of data (%s); is the API "
			"base URL right?",
			lk->config->name, http_describe(ctx, rs));
	else if (rule == NULL)
		err_set(e, ERR_BAD_REPLY, "Looker at %s: %s", lk->config->name,
			http_describe(ctx, rs));
	else
		err_set(e, rule->kind, "Looker at %s: %s", lk->config->name,
			rule->words != NULL ? rule->words : words_of(ctx, rs));
	if (e->kind == ERR_RATE_LIMITED)
		e->not_before_ms = clock_now_ms() + wait_ms;
	talloc_free(ctx);
	return false;
}

#define BIG_DIGITS 19 /* from so many on an integer may need more than 64 bits */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Whether so many digits stand in a row anywhere. One of them is at a multiple of that number, so
 * that only those places are looked at. */
static bool may_have_big_integers(const char *s, size_t len)
{
	for (size_t i = BIG_DIGITS - 1; i < len; i += BIG_DIGITS) {
		size_t from = i, to = i;

		if (!is_digit(s[i]))
			continue;
		while (from > 0 && is_digit(s[from - 1]))
			from--;
		while (to < len && is_digit(s[to]))
			to++;
		if (to - from >= BIG_DIGITS)
			return true;
	}
	return false;
}

/* Whether json-c would cut this number: it knows integers up to 64 bits only, and says nothing. */
static bool is_too_big(const char *number, size_t len)
{
	bool negative = number[0] == '-';
	size_t digits = strspn(number + negative, "0123456789");

	return digits + negative == len && digits >= (negative ? BIG_DIGITS : BIG_DIGITS + 1);
}

static bool begins_number(char c)
{
	return c == '-' || is_digit(c);
}

/* The same JSON with integers beyond 64 bits as strings, so that every digit is kept. */
static const char *quote_big_integers(TALLOC_CTX *ctx, const char *s, size_t *len)
{
	char *ret = NULL;
	size_t done = 0; /* bytes of s that are in ret */
	bool in_string = false;

	if (!may_have_big_integers(s, *len))
		return s;
	for (size_t i = 0; i < *len; i++) {
		size_t n;

		if (s[i] == '"')
			in_string = !in_string;
		if (in_string && s[i] == '\\')
			i++;
		if (in_string || !begins_number(s[i]))
			continue;
		n = strspn(s + i, "-+.0123456789eE");
		if (is_too_big(s + i, n)) {
			if (ret == NULL)
				ret = mem_strdup(ctx, "");
			mem_append_n(&ret, s + done, i - done);
			mem_appendf(&ret, "\"%.*s\"", (int)n, s + i);
			done = i + n;
		}
		i += n - 1;
	}
	if (ret == NULL)
		return s;
	mem_append_n(&ret, s + done, *len - done);
	*len = strlen(ret);
	return ret;
}

bool looker_reply_json(TALLOC_CTX *ctx, const struct looker *lk, const struct http_response *rs,
		       struct json_object **ret, struct err *e)
{
	size_t len = rs->body_len;
	const char *text = quote_big_integers(ctx, rs->body, &len);
	struct err why;

	if (is_page(rs))
		return err_set(e, ERR_BAD_REPLY,
			       "Looker at %s answered with a web page instead of data (%s)",
			       lk->config->name, http_describe(ctx, rs));
	if (!json_parse(ctx, text, len, ret, &why))
		return err_set(e, ERR_BAD_REPLY,
			       "Looker at %s sent an answer that cannot be read: %s",
			       lk->config->name, why.text);
	return true;
}
