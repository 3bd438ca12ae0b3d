/*
 * What came in from Slack as one struct: the table of its fields, a slash command's form or object,
 * and the JSON of a job's body. It trusts no field beyond its presence, length and alphabet; who
 * may ask, and what the text means, is decided elsewhere.
 */
#include <ctype.h>

#include "base/mem.h"
#include "base/text.h"
#include "net/url.h"
#include "slack/inbound_private.h"

#define FIELD_MAX_CHARS 255
#define URL_MAX_CHARS 2000
#define VALUE_MAX_CHARS 2000 /* of a button: Slack's limit */
#define TYPE_MAX_CHARS 40    /* of a type's name, where it is quoted */
#define PATH_MAX_BYTES 64

/* What a value may hold: keys and lanes are made of ids and times. */
enum alphabet {
	ANYTHING,
	ID,   /* letters, digits, - and _ */
	TIME, /* "1700000000.000100" */
	WORD, /* visible ASCII */
};

#define BIT(kind) (1u << SLACK_INBOUND_##kind)
#define TYPED (BIT(SLASH) | BIT(MENTION) | BIT(DM))
#define IN_CHANNEL (TYPED | BIT(LINKS) | BIT(PRESS) | BIT(JOINED) | BIT(CHANNEL) | BIT(MOVED))
#define IN_VIEW (BIT(SUBMIT) | BIT(OPTIONS))
#define BY_PERSON                                                                                  \
	(TYPED | IN_VIEW | BIT(LINKS) | BIT(PRESS) | BIT(HOME) | BIT(JOINED) | BIT(PERSON))
#define IN_TEAM (TYPED | IN_VIEW | BIT(LINKS) | BIT(PRESS) | BIT(HOME) | BIT(JOINED))

/* The texts of struct slack_inbound, by their names in our JSON and in Slack's form (the same). */
static const struct field {
	const char *name;
	size_t offset;
	size_t max_chars;
	enum alphabet alphabet;
	unsigned required; /* by these kinds */
} fields[] = {
#define AT(member) #member, offsetof(struct slack_inbound, member)
	{ AT(command), FIELD_MAX_CHARS, ANYTHING, BIT(SLASH) },
	{ AT(channel_id), FIELD_MAX_CHARS, ID, IN_CHANNEL },
	{ AT(user_id), FIELD_MAX_CHARS, ID, BY_PERSON },
	{ AT(team_id), FIELD_MAX_CHARS, ID, IN_TEAM },
	{ AT(text), SIZE_MAX, ANYTHING, 0 }, /* intake refuses in words */
	{ AT(response_url), URL_MAX_CHARS, ANYTHING, 0 },
	{ AT(trigger_id), FIELD_MAX_CHARS, WORD, 0 },
	{ AT(thread_ts), FIELD_MAX_CHARS, TIME, 0 },
	{ AT(event_id), FIELD_MAX_CHARS, ID, 0 },
	{ AT(ts), FIELD_MAX_CHARS, WORD, BIT(MENTION) | BIT(DM) | BIT(LINKS) }, /* or unfurl_id */
	{ AT(unfurl_id), FIELD_MAX_CHARS, WORD, 0 },
	{ AT(source), FIELD_MAX_CHARS, ID, 0 },
	{ AT(action_id), FIELD_MAX_CHARS, ANYTHING, BIT(PRESS) | BIT(OPTIONS) },
	{ AT(value), VALUE_MAX_CHARS, ANYTHING, 0 },
	{ AT(action_ts), FIELD_MAX_CHARS, TIME, 0 },
	{ AT(view_id), FIELD_MAX_CHARS, ID, IN_VIEW },
	{ AT(view_hash), FIELD_MAX_CHARS, WORD, 0 },
	{ AT(old_channel_id), FIELD_MAX_CHARS, ID, BIT(MOVED) },
	{ AT(why), FIELD_MAX_CHARS, ANYTHING, 0 },
#undef AT
};
#define N_FIELDS INBOUND_N_OF(fields)

static const struct flag {
	const char *name;
	size_t offset;
} flags[] = {
	{ "own", offsetof(struct slack_inbound, own) },
	{ "ephemeral", offsetof(struct slack_inbound, ephemeral) },
	{ "shared", offsetof(struct slack_inbound, shared) },
};

static const char *const kinds[] = {
	[SLACK_INBOUND_SLASH] = "slash",     [SLACK_INBOUND_MENTION] = "mention",
	[SLACK_INBOUND_DM] = "dm",	     [SLACK_INBOUND_LINKS] = "links",
	[SLACK_INBOUND_PRESS] = "press",     [SLACK_INBOUND_HOME] = "home",
	[SLACK_INBOUND_JOINED] = "joined",   [SLACK_INBOUND_CHANNEL] = "channel",
	[SLACK_INBOUND_MOVED] = "moved",     [SLACK_INBOUND_PERSON] = "person",
	[SLACK_INBOUND_REVOKED] = "revoked", [SLACK_INBOUND_LIMITED] = "limited",
	[SLACK_INBOUND_SUBMIT] = "submit",   [SLACK_INBOUND_OPTIONS] = "options",
	[SLACK_INBOUND_NOTHING] = "nothing",
};
_Static_assert(INBOUND_N_OF(kinds) == SLACK_INBOUND_KINDS, "name every kind");

/* --- fields --- */

static const char **member(struct slack_inbound *in, const struct field *f)
{
	return (const char **)((char *)in + f->offset);
}

static const char *value_of(const struct slack_inbound *in, const struct field *f)
{
	return *(const char *const *)((const char *)in + f->offset);
}

static bool fits(enum alphabet alphabet, const char *value)
{
	for (; *value; value++) {
		unsigned char c = (unsigned char)*value;

		if ((alphabet == ID && !isalnum(c) && c != '-' && c != '_') ||
		    (alphabet == TIME && !isdigit(c) && c != '.') ||
		    (alphabet == WORD && (c <= ' ' || c > '~')))
			return false;
	}
	return true;
}

/* An absent or empty value changes nothing. */
static bool set_field(struct slack_inbound *in, const struct field *f, const char *value,
		      struct err *e)
{
	if (!value || !*value)
		return true;
	if (text_chars(value) > f->max_chars)
		return err_set(e, ERR_BAD_INPUT, "%s is longer than %zu characters", f->name,
			       f->max_chars);
	if (!fits(f->alphabet, value))
		return err_set(e, ERR_BAD_INPUT, "%s is none of Slack's", f->name);
	*member(in, f) = text_clean(in, value, strlen(value));
	return true;
}

/* A modal is in no channel. */
static bool is_required(const struct slack_inbound *in, const struct field *f)
{
	return (f->required & (1u << in->kind)) &&
	       !(in->view_id && f->offset == offsetof(struct slack_inbound, channel_id));
}

bool inbound_complete(const struct slack_inbound *in, struct err *e)
{
	for (size_t i = 0; i < N_FIELDS; i++) {
		const char *value = value_of(in, &fields[i]);

		if (is_required(in, &fields[i]) && (!value || !*value))
			return err_set(e, ERR_BAD_INPUT, "%s is missing", fields[i].name);
	}
	if (in->kind == SLACK_INBOUND_LINKS && in->n_links == 0)
		return err_set(e, ERR_BAD_INPUT, "links are missing");
	return true;
}

struct slack_inbound *inbound_new(TALLOC_CTX *ctx, enum slack_inbound_kind kind)
{
	struct slack_inbound *in = mem_zero(ctx, struct slack_inbound);

	in->kind = kind;
	in->command = in->text = "";
	return in;
}

void inbound_nothing(struct slack_inbound *in, const char *fmt, ...)
{
	char *why;
	va_list ap;

	va_start(ap, fmt);
	why = mem_vprintf(in, fmt, ap);
	va_end(ap);
	in->kind = SLACK_INBOUND_NOTHING;
	/* It may quote the sender. */
	in->why = text_cut(in, text_clean(in, why, strlen(why)), FIELD_MAX_CHARS);
}

void inbound_add_link(struct slack_inbound *in, const char *link, size_t len)
{
	const char **links = (const char **)in->links;
	char *copy = mem_strndup(in, link, len);

	if (len == 0 || in->n_links == SLACK_LINKS_MAX || copy[strcspn(copy, " \t\n\r")] ||
	    text_chars(copy) > INBOUND_LINK_MAX_CHARS)
		return;
	for (size_t i = 0; i < in->n_links; i++)
		if (strcmp(in->links[i], copy) == 0)
			return;
	links = mem_grow(in, links, const char *, in->n_links + 1);
	links[in->n_links++] = copy;
	in->links = links;
}

void inbound_add_field(struct slack_inbound *in, const char *block_id, const char *text)
{
	TALLOC_CTX *tmp = mem_ctx(NULL);
	const char *clean = text ? text_clean(tmp, text, strlen(text)) : "";

	if (!in->fields)
		in->fields = json_new_object(in);
	if (*clean && *block_id && text_chars(block_id) <= FIELD_MAX_CHARS &&
	    (size_t)json_object_object_length(in->fields) < SLACK_FIELDS_MAX)
		json_set_str(in->fields, block_id, text_cut(tmp, clean, SLACK_FIELD_MAX_CHARS + 1));
	talloc_free(tmp);
}

void inbound_add_fields(struct slack_inbound *in, const struct json_object *o)
{
	if (!o)
		return;
	inbound_add_field(in, "", NULL);
	json_object_object_foreach((struct json_object *)o, name,
				   value) if (json_object_is_type(value, json_type_string))
		inbound_add_field(in, name, json_object_get_string(value));
}

/* --- JSON --- */

static const char *text_at(const struct json_object *o, const char *path)
{
	char name[PATH_MAX_BYTES];
	size_t len = strcspn(path, ".");

	for (; path[len]; path += len + 1, len = strcspn(path, ".")) {
		snprintf(name, sizeof(name), "%.*s", (int)len, path);
		o = json_object_at(o, name);
	}
	return json_str(o, path);
}

static const struct field *find_field(const char *name)
{
	for (size_t i = 0; i < N_FIELDS; i++)
		if (strcmp(fields[i].name, name) == 0)
			return &fields[i];
	die("slack_inbound has no field %s", name);
}

bool inbound_read(struct slack_inbound *in, const struct json_object *o,
		  const struct inbound_source *rows, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		const struct field *f = find_field(rows[i].field);
		const char *before = value_of(in, f);

		if ((!before || !*before) && !set_field(in, f, text_at(o, rows[i].path), e))
			return false;
	}
	return true;
}

char *inbound_type(TALLOC_CTX *ctx, const struct json_object *o)
{
	return text_cut(ctx, json_str_or(o, "type", ""), TYPE_MAX_CHARS);
}

/* --- slash commands --- */

struct origin {
	const struct form *form; /* or */
	const struct json_object *o;
};

static bool read_slash(TALLOC_CTX *ctx, const struct origin *origin, struct slack_inbound **ret,
		       struct err *e)
{
	static const char *const names[] = { "command", "channel_id",	"user_id",    "team_id",
					     "text",	"response_url", "trigger_id", "thread_ts" };
	struct slack_inbound *in = inbound_new(ctx, SLACK_INBOUND_SLASH);

	for (size_t i = 0; i < INBOUND_N_OF(names); i++) {
		const char *value = origin->form ? form_get(origin->form, names[i])
						 : json_str(origin->o, names[i]);

		if (!set_field(in, find_field(names[i]), value, e)) {
			talloc_free(in);
			return false;
		}
	}
	if (!inbound_complete(in, e)) {
		talloc_free(in);
		return false;
	}
	*ret = in;
	return true;
}

bool slack_inbound_from_form(TALLOC_CTX *ctx, const struct form *form, struct slack_inbound **ret,
			     struct err *e)
{
	return read_slash(ctx, &(struct origin){ .form = form }, ret, e);
}

bool slack_inbound_from_slash(TALLOC_CTX *ctx, const struct json_object *payload,
			      struct slack_inbound **ret, struct err *e)
{
	return read_slash(ctx, &(struct origin){ .o = payload }, ret, e);
}

/* --- job bodies --- */

struct json_object *slack_inbound_save(TALLOC_CTX *ctx, const struct slack_inbound *in)
{
	struct json_object *o = json_new_object(ctx);

	json_set_str(o, "kind", kinds[in->kind]);
	for (size_t i = 0; i < N_FIELDS; i++)
		json_set_str(o, fields[i].name, value_of(in, &fields[i]));
	for (size_t i = 0; i < INBOUND_N_OF(flags); i++)
		if (*(const bool *)((const char *)in + flags[i].offset))
			json_set_bool(o, flags[i].name, true);
	if (in->n_links > 0) {
		struct json_object *links = mem_must(json_object_new_array());

		for (size_t i = 0; i < in->n_links; i++)
			json_object_array_add(links, json_object_new_string(in->links[i]));
		json_set(o, "links", links);
	}
	if (in->fields)
		json_set(o, "fields", json_object_get(in->fields));
	return o;
}

static bool load(struct slack_inbound *in, const struct json_object *o, struct err *e)
{
	const struct json_object *links = json_array_at(o, "links");

	for (size_t i = 0; i < N_FIELDS; i++)
		if (!set_field(in, &fields[i], json_str(o, fields[i].name), e))
			return false;
	for (size_t i = 0; i < INBOUND_N_OF(flags); i++)
		*(bool *)((char *)in + flags[i].offset) = json_bool_or(o, flags[i].name, false);
	for (size_t i = 0; i < json_len(links); i++) {
		struct json_object *link = json_item(links, i);

		if (json_object_is_type(link, json_type_string))
			inbound_add_link(in, json_object_get_string(link),
					 strlen(json_object_get_string(link)));
	}
	inbound_add_fields(in, json_object_at(o, "fields"));
	return inbound_complete(in, e);
}

bool slack_inbound_load(TALLOC_CTX *ctx, const struct json_object *o, struct slack_inbound **ret,
			struct err *e)
{
	const char *name = json_str_or(o, "kind", "");
	size_t kind = 0;

	while (kind < SLACK_INBOUND_KINDS && strcmp(kinds[kind], name) != 0)
		kind++;
	if (kind == SLACK_INBOUND_KINDS)
		return err_set(e, ERR_BAD_INPUT, "kind is none that this version knows");
	struct slack_inbound *in = inbound_new(ctx, (enum slack_inbound_kind)kind);
	if (!load(in, o, e)) {
		talloc_free(in);
		return false;
	}
	*ret = in;
	return true;
}

char *slack_inbound_typed(TALLOC_CTX *ctx, const struct slack_inbound *in, const char *words)
{
	const char *command = in->command ? in->command : "";

	return mem_printf(ctx, "%s%s%s", command, *command && *words ? " " : "", words);
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
