/*
 * json-c behind our own limits: one strict parse, typed access where "absent" is the only answer to
 * anything unexpected, and objects whose reference is dropped with a talloc context. Says nothing
 * about what a document means.
 */
#include "base/json.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

struct owned {
	struct json_object *o;
};

static int release_owned(struct owned *owned)
{
	json_object_put(owned->o);
	return 0;
}

struct json_object *json_own(TALLOC_CTX *ctx, struct json_object *o)
{
	if (!o)
		return NULL;
	struct owned *owned = mem_zero(ctx, struct owned);
	owned->o = o;
	talloc_set_destructor(owned, release_owned);
	return o;
}

struct json_object *json_new_object(TALLOC_CTX *ctx)
{
	return json_own(ctx, mem_must(json_object_new_object()));
}

struct json_object *json_new_array(TALLOC_CTX *ctx)
{
	return json_own(ctx, mem_must(json_object_new_array()));
}

static bool only_blanks(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] != ' ' && text[i] != '\t' && text[i] != '\n' && text[i] != '\r')
			return false;
	return true;
}

static bool is_ascii(const char *text, size_t len)
{
	uint64_t word = 0, all = 0;
	for (; len >= sizeof(word); text += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, text, sizeof(word));
		all |= word;
	}
	word = 0;
	memcpy(&word, text, len);
	return ((all | word) & UINT64_C(0x8080808080808080)) == 0;
}

static bool parse_with(struct json_tokener *tok, const char *text, size_t len,
		       struct json_object **ret, struct err *e)
{
	struct json_object *o = json_tokener_parse_ex(tok, text, (int)len);
	enum json_tokener_error status = json_tokener_get_error(tok);
	size_t end = json_tokener_get_parse_end(tok);
	if (status == json_tokener_continue) {
		/* A number ends only with what follows it. */
		o = json_tokener_parse_ex(tok, "", 1);
		status = json_tokener_get_error(tok);
		end = len;
	}
	if (status == json_tokener_continue)
		return err_set(e, ERR_BAD_INPUT, "JSON ends too early");
	if (status != json_tokener_success)
		return err_set(e, ERR_BAD_INPUT, "not JSON: %s near byte %zu",
			       json_tokener_error_desc(status), end);
	if (!only_blanks(text + end, len - end)) {
		json_object_put(o);
		return err_set(e, ERR_BAD_INPUT, "not JSON: more text after byte %zu", end);
	}
	*ret = o;
	return true;
}

bool json_parse(TALLOC_CTX *ctx, const char *text, size_t len, struct json_object **ret,
		struct err *e)
{
	if (len >= INT32_MAX)
		return err_set(e, ERR_BAD_INPUT, "JSON of %zu bytes is too large", len);
	struct json_tokener *tok = mem_must(json_tokener_new_ex(JSON_DEPTH_MAX));
	/* json-c looks at each byte for that; most documents have nothing to look for. */
	int utf8 = is_ascii(text, len) ? 0 : JSON_TOKENER_VALIDATE_UTF8;
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | utf8);
	struct json_object *o = NULL;
	bool ok = parse_with(tok, text, len, &o, e);
	json_tokener_free(tok);
	if (ok)
		*ret = json_own(ctx, o);
	return ok;
}

struct json_object *json_get(const struct json_object *o, const char *key)
{
	struct json_object *value = NULL;
	if (!json_object_is_type(o, json_type_object))
		return NULL;
	json_object_object_get_ex(o, key, &value);
	return value;
}

static struct json_object *typed(const struct json_object *o, const char *key, enum json_type type)
{
	struct json_object *value = json_get(o, key);
	return value && json_object_is_type(value, type) ? value : NULL;
}

struct json_object *json_object_at(const struct json_object *o, const char *key)
{
	return typed(o, key, json_type_object);
}

struct json_object *json_array_at(const struct json_object *o, const char *key)
{
	return typed(o, key, json_type_array);
}

const char *json_str(const struct json_object *o, const char *key)
{
	struct json_object *value = typed(o, key, json_type_string);
	return value ? json_object_get_string(value) : NULL;
}

const char *json_str_or(const struct json_object *o, const char *key, const char *otherwise)
{
	const char *s = json_str(o, key);
	return s ? s : otherwise;
}

int64_t json_int_or(const struct json_object *o, const char *key, int64_t otherwise)
{
	struct json_object *value = typed(o, key, json_type_int);
	return value ? json_object_get_int64(value) : otherwise;
}

bool json_bool_or(const struct json_object *o, const char *key, bool otherwise)
{
	struct json_object *value = typed(o, key, json_type_boolean);
	return value ? json_object_get_boolean(value) : otherwise;
}

const char *json_id(TALLOC_CTX *ctx, const struct json_object *o, const char *key)
{
	const char *text = json_str(o, key);
	if (text)
		return *text ? mem_strdup(ctx, text) : NULL;
	struct json_object *number = typed(o, key, json_type_int);
	return number ? mem_printf(ctx, "%" PRId64, json_object_get_int64(number)) : NULL;
}

size_t json_len(const struct json_object *array)
{
	return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

struct json_object *json_item(const struct json_object *array, size_t i)
{
	return i < json_len(array) ? json_object_array_get_idx(array, i) : NULL;
}

void json_set(struct json_object *o, const char *key, struct json_object *value)
{
	if (json_object_object_add(o, key, value) != 0)
		die("out of memory");
}

void json_set_str(struct json_object *o, const char *key, const char *value)
{
	if (value)
		json_set(o, key, mem_must(json_object_new_string(value)));
}

void json_set_int(struct json_object *o, const char *key, int64_t value)
{
	json_set(o, key, mem_must(json_object_new_int64(value)));
}

void json_set_bool(struct json_object *o, const char *key, bool value)
{
	json_set(o, key, mem_must(json_object_new_boolean(value)));
}

const char *json_text(struct json_object *o)
{
	int flags = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;
	const char *text = json_object_to_json_string_ext(o, flags);
	return mem_must((char *)text);
}
