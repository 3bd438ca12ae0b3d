/*
 * From text to value, one reader a type. A reader writes only what is right; on a fault the value
 * stays what the default made it, so that the configuration is always whole.
 */
#include <arpa/inet.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "config/file.h"
#include "config/loading.h"

#define CERTIFICATES_MAX_BYTES (1024 * 1024)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What a reader gets: where from, where to. */
struct reading {
	struct loading *l;
	const struct config_setting *s;
	const char *name; /* the one it was found under */
	const char *value;
	void *at;
};

static void refuse(const struct reading *r, const char *problem, const char *fix)
{
	loading_fault(r->l, (struct config_fault){
				    .fatal = true,
				    .setting = r->name,
				    .value = loading_shown(r->l, r->s, r->value),
				    .problem = problem,
				    .fix = fix,
			    });
}

static void put_text(const struct reading *r, const char *value)
{
	*(const char **)r->at = value;
}

static void read_text(const struct reading *r)
{
	put_text(r, r->value);
}

bool loading_check_secret(struct loading *l, const char *name, const char *value)
{
	for (const char *p = value; *p; p++) {
		if (*p > ' ' && *p < 0x7F)
			continue;
		loading_fault(l,
			      (struct config_fault){
				      .fatal = true,
				      .setting = name,
				      .value = config_mask(l->ctx, value),
				      .problem = "It has a blank or a character that no token has.",
				      .fix = "Copy it again, without quotes and blanks.",
			      });
		return false;
	}
	return true;
}

static void read_secret(const struct reading *r)
{
	if (loading_check_secret(r->l, r->name, r->value))
		put_text(r, r->value);
}

void loading_read_secrets(struct loading *l, const char *name, const char *value,
			  const char *ret[CONFIG_ROTATION])
{
	static const char blanks[] = " \t\n";
	size_t n = 0;
	for (const char *p = value; *p; p += strspn(p, blanks)) {
		size_t len = strcspn(p, blanks);
		if (n == CONFIG_ROTATION) {
			loading_fault(l,
				      (struct config_fault){
					      .fatal = true,
					      .setting = name,
					      .value = config_mask(l->ctx, value),
					      .problem = "These are more than two values.",
					      .fix = "Give one, or two separated by a blank while "
						     "you change it.",
				      });
			return;
		}
		char *secret = mem_strndup(l->ctx, p, len);
		if (!loading_check_secret(l, name, secret))
			return;
		ret[n++] = secret;
		p += len;
	}
}

static void read_secrets(const struct reading *r)
{
	loading_read_secrets(r->l, r->name, r->value, r->at);
}

static void read_bool(const struct reading *r)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {
		{ "true", true },   { "1", true },  { "yes", true }, { "on", true },
		{ "false", false }, { "0", false }, { "no", false }, { "off", false },
	};
	for (size_t i = 0; i < COUNT(words); i++) {
		if (strcasecmp(words[i].word, r->value) == 0) {
			*(bool *)r->at = words[i].value;
			return;
		}
	}
	refuse(r, "This is neither true nor false.", "Write true or false.");
}

static void read_number(const struct reading *r)
{
	if (text_to_int(r->value, r->s->min, r->s->max, r->at))
		return;
	refuse(r, "This is no whole number in the range.",
	       mem_printf(r->l->ctx, "Write a number from %lld to %lld.", (long long)r->s->min,
			  (long long)r->s->max));
}

/* The factor of "", "K", "MiB", "gb", ...; 0 for anything else. All are powers of 1024. */
static int64_t unit_factor(const char *unit)
{
	static const char letters[] = "KMGT";
	if (!*unit || strcasecmp(unit, "B") == 0)
		return 1;
	const char *letter = strchr(letters, *unit & ~0x20);
	bool known = unit[1] == '\0' || strcasecmp(unit + 1, "B") == 0 ||
		     strcasecmp(unit + 1, "iB") == 0;
	return letter && *letter && known ? INT64_C(1) << 10 * (letter - letters + 1) : 0;
}

static void read_bytes(const struct reading *r)
{
	size_t digits = strspn(r->value, "0123456789");
	const char *unit = r->value + digits;
	int64_t factor = unit_factor(unit + strspn(unit, " "));
	int64_t count;
	char *number = mem_strndup(r->l->ctx, r->value, digits);
	if (factor > 0 && text_to_int(number, 0, r->s->max / factor, &count) &&
	    count * factor >= r->s->min) {
		*(int64_t *)r->at = count * factor;
		return;
	}
	refuse(r, "This is no size in the range.",
	       mem_printf(r->l->ctx, "Write a size such as 2GiB or 500M, at least %lldM.",
			  (long long)(r->s->min >> 20)));
}

static void read_choice(const struct reading *r)
{
	const char *choices = r->s->choices;
	size_t len = strlen(r->value);
	for (const char *p = choices; *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");
		if (n == len && strncasecmp(p, r->value, n) == 0) {
			put_text(r, mem_strndup(r->l->ctx, p, n));
			return;
		}
		p += n;
	}
	refuse(r, "This is none of the choices.",
	       mem_printf(r->l->ctx, "Write one of: %s.", choices));
}

bool loading_read_address(struct loading *l, const char *name, const char *value,
			  struct address *ret)
{
	static const struct config_setting as_url = { .type = "url" };
	const char *shown = loading_shown(l, &as_url, value);
	struct err e;
	if (!address_parse(l->ctx, value, ret, &e)) {
		loading_fault(l, (struct config_fault){
					 .fatal = true,
					 .setting = name,
					 .value = shown,
					 .problem = mem_printf(l->ctx, "The address %s.", e.text),
					 .fix = "Write it like https://looker.example.com.",
				 });
		return false;
	}
	if (strcmp(ret->scheme, "http") == 0 && !address_is_loopback(ret))
		loading_fault(l, (struct config_fault){
					 .setting = name,
					 .value = shown,
					 .problem = "Plain http: passwords and data can be read on "
						    "the way.",
					 .fix = "Use https.",
				 });
	return true;
}

static void read_url(const struct reading *r)
{
	struct address a;
	if (loading_read_address(r->l, r->name, r->value, &a))
		put_text(r, address_text(r->l->ctx, &a));
}

static void read_ip(const struct reading *r)
{
	unsigned char parsed[sizeof(struct in6_addr)];
	if (inet_pton(AF_INET, r->value, parsed) == 1 || inet_pton(AF_INET6, r->value, parsed) == 1)
		put_text(r, r->value);
	else
		refuse(r, "This is no IP address.",
		       "Write 0.0.0.0 for all interfaces, 127.0.0.1 for this machine only.");
}

static void read_path(const struct reading *r)
{
	put_text(r, loading_absolute(r->l->ctx, r->value));
}

/* A file of certificates: that it can be used is seen before anything depends on it. */
static void read_file(const struct reading *r)
{
	char *path = loading_absolute(r->l->ctx, r->value);
	char *text;
	size_t len;
	struct err e;

	if (!file_read(r->l->ctx, path, CERTIFICATES_MAX_BYTES, &text, &len, &e)) {
		refuse(r, "The file cannot be read.", "Name a file that the bot can read.");
		return;
	}
	if (strstr(text, "CERTIFICATE-----"))
		put_text(r, path);
	else
		refuse(r, "There is no certificate in it.",
		       "Name a PEM file: it has the line -----BEGIN CERTIFICATE-----.");
	talloc_free(text);
}

/* Google's key: the only setting besides LOOKERS that is JSON. */
static void read_json(const struct reading *r)
{
	struct json_object *o;
	struct err e;
	if (!json_parse(r->l->ctx, r->value, strlen(r->value), &o, &e))
		refuse(r, mem_strdup(r->l->ctx, e.text),
		       "Paste the whole content of the key file.");
	else if (!json_str(o, "client_email") || !json_str(o, "private_key"))
		refuse(r, "It has no client_email or no private_key.",
		       "Paste the key file of a service account.");
	else
		put_text(r, r->value);
}

static const struct {
	const char *type;
	void (*read)(const struct reading *r);
} readers[] = {
	{ "text", read_text }, { "secret", read_secret }, { "secrets", read_secrets },
	{ "bool", read_bool }, { "number", read_number }, { "bytes", read_bytes },
	{ "url", read_url },   { "choice", read_choice }, { "json", read_json },
	{ "ip", read_ip },     { "path", read_path },	  { "file", read_file },
};

static void read_typed(const struct reading *r)
{
	for (size_t i = 0; i < COUNT(readers); i++) {
		if (strcmp(readers[i].type, r->s->type) == 0) {
			readers[i].read(r);
			return;
		}
	}
	die("setting %s has the unknown type %s", r->s->name, r->s->type);
}

static void note_group(struct loading *l, const char *group)
{
	l->values->c.slack_set |= strcmp(group, "slack") == 0;
	l->values->c.looker_set |= strcmp(group, "looker") == 0;
}

static void read_setting(struct loading *l, const struct config_setting *s)
{
	struct config_found found = loading_find(l, s);
	struct reading r = { l, s, found.name, s->otherwise, (char *)l->values + s->offset };
	if (found.value)
		note_group(l, s->group);
	if (s->raw) {
		*(struct config_found *)r.at = found;
		return;
	}
	if (r.value)
		read_typed(&r);
	r.value = found.value;
	if (r.value)
		read_typed(&r);
}

void loading_read_all(struct loading *l)
{
	for (const struct config_setting *s = config_settings(); s->name; s++)
		read_setting(l, s);
}
