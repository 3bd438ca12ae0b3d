/*
 * What came in from Slack as one struct: read from a slash command's form, and carried in a job's
 * body as JSON. It trusts no field beyond its presence and length; who may ask, and what the text
 * means, is decided elsewhere.
 */
#include "slack/inbound.h"

#include "base/mem.h"
#include "base/text.h"
#include "net/url.h"

#define FIELD_MAX_CHARS 255
#define URL_MAX_CHARS 2000

/* The fields of struct slack_inbound, their names in Slack's form and in our JSON (the same). */
static const struct field {
	const char *name;
	size_t offset;
	size_t max_chars;
	bool required;
} fields[] = {
	{ "command", offsetof(struct slack_inbound, command), FIELD_MAX_CHARS, true },
	{ "channel_id", offsetof(struct slack_inbound, channel_id), FIELD_MAX_CHARS, true },
	{ "user_id", offsetof(struct slack_inbound, user_id), FIELD_MAX_CHARS, true },
	{ "team_id", offsetof(struct slack_inbound, team_id), FIELD_MAX_CHARS, true },
	{ "text", offsetof(struct slack_inbound, text), SIZE_MAX,
	  false }, /* intake refuses in words */
	{ "response_url", offsetof(struct slack_inbound, response_url), URL_MAX_CHARS, false },
	{ "trigger_id", offsetof(struct slack_inbound, trigger_id), FIELD_MAX_CHARS, false },
	{ "thread_ts", offsetof(struct slack_inbound, thread_ts), FIELD_MAX_CHARS, false },
};
#define N_FIELDS (sizeof(fields) / sizeof(fields[0]))

static const char *const kinds[] = { [SLACK_INBOUND_SLASH] = "slash" };

static const char **member(struct slack_inbound *in, const struct field *f)
{
	return (const char **)((char *)in + f->offset);
}

static const char *value_of(const struct slack_inbound *in, const struct field *f)
{
	return *(const char *const *)((const char *)in + f->offset);
}

static bool set_field(struct slack_inbound *in, const struct field *f, const char *value,
		      struct err *e)
{
	if (value && !*value)
		value = NULL;
	if (!value && f->required)
		return err_set(e, ERR_BAD_INPUT, "%s is missing", f->name);
	if (value && text_chars(value) > f->max_chars)
		return err_set(e, ERR_BAD_INPUT, "%s is longer than %zu characters", f->name,
			       f->max_chars);
	*member(in, f) = mem_strdup(in, value);
	return true;
}

bool slack_inbound_from_form(TALLOC_CTX *ctx, const struct form *form, struct slack_inbound **ret,
			     struct err *e)
{
	struct slack_inbound *in = mem_zero(ctx, struct slack_inbound);
	in->kind = SLACK_INBOUND_SLASH;
	for (size_t i = 0; i < N_FIELDS; i++) {
		if (!set_field(in, &fields[i], form_get(form, fields[i].name), e)) {
			talloc_free(in);
			return false;
		}
	}
	if (!in->text)
		in->text = mem_strdup(in, "");
	*ret = in;
	return true;
}

struct json_object *slack_inbound_save(TALLOC_CTX *ctx, const struct slack_inbound *in)
{
	struct json_object *o = json_new_object(ctx);
	json_set_str(o, "kind", kinds[in->kind]);
	for (size_t i = 0; i < N_FIELDS; i++)
		json_set_str(o, fields[i].name, value_of(in, &fields[i]));
	return o;
}

bool slack_inbound_load(TALLOC_CTX *ctx, const struct json_object *o, struct slack_inbound **ret,
			struct err *e)
{
	if (strcmp(json_str_or(o, "kind", ""), kinds[SLACK_INBOUND_SLASH]) != 0)
		return err_set(e, ERR_BAD_INPUT, "kind is none that this version knows");
	struct slack_inbound *in = mem_zero(ctx, struct slack_inbound);
	in->kind = SLACK_INBOUND_SLASH;
	for (size_t i = 0; i < N_FIELDS; i++) {
		if (!set_field(in, &fields[i], json_str(o, fields[i].name), e)) {
			talloc_free(in);
			return false;
		}
	}
	if (!in->text)
		in->text = mem_strdup(in, "");
	*ret = in;
	return true;
}

static bool is_slack_hook(const struct url *u)
{
	static const char *const hosts[] = { "hooks.slack.com", "hooks.slack-gov.com" };
	if (strcmp(u->scheme, "https") != 0 || u->port != 443)
		return false;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		if (strcmp(u->host, hosts[i]) == 0)
			return true;
	}
	return false;
}

bool slack_inbound_hook_ok(const char *response_url, const char *api_url)
{
	if (!response_url)
		return false;
	struct err ignored;
	struct url *hook = NULL, *api = NULL;
	TALLOC_CTX *tmp = mem_ctx(NULL);
	bool ok = url_parse(tmp, response_url, &hook, &ignored) &&
		  (is_slack_hook(hook) ||
		   (api_url && url_parse(tmp, api_url, &api, &ignored) &&
		    url_same_origin(hook, api) &&
		    (strcmp(hook->scheme, "https") == 0 || url_is_loopback(hook))));
	talloc_free(tmp);
	return ok;
}
