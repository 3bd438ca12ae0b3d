/*
 * json-c at the edges: parsing with limits, typed access with defaults, objects owned by talloc.
 * A missing key, a null and a value of another type are the same: absent (facts: Looker and Slack
 * both say to treat every field as possibly missing).
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <json-c/json.h>
#include <stdint.h>
#include <talloc.h>

#include "base/err.h"

#define JSON_DEPTH_MAX 64

/* Parses exactly one JSON value of `len` bytes, strict, valid UTF-8, at most JSON_DEPTH_MAX deep.
 * The object is released with `ctx`. ERR_BAD_INPUT. */
bool json_parse(TALLOC_CTX *ctx, const char *text, size_t len, struct json_object **ret,
		struct err *e) ERR_MUST_CHECK;

/* Gives the caller's reference of `o` to `ctx`; returns o. */
struct json_object *json_own(TALLOC_CTX *ctx, struct json_object *o);

/* New object or array owned by ctx. */
struct json_object *json_new_object(TALLOC_CTX *ctx);
struct json_object *json_new_array(TALLOC_CTX *ctx);

/* Members of `o` (NULL is fine). The pointers live as long as the object. */
struct json_object *json_get(const struct json_object *o, const char *key); /* any type, or NULL */
struct json_object *json_object_at(const struct json_object *o, const char *key);
struct json_object *json_array_at(const struct json_object *o, const char *key);
const char *json_str(const struct json_object *o, const char *key); /* NULL when absent */
const char *json_str_or(const struct json_object *o, const char *key, const char *otherwise);
int64_t json_int_or(const struct json_object *o, const char *key, int64_t otherwise);
bool json_bool_or(const struct json_object *o, const char *key, bool otherwise);

/* An id that may come as string or integer (Looker 3.x and webhooks mix both); NULL when absent. */
const char *json_id(TALLOC_CTX *ctx, const struct json_object *o, const char *key);

/* Array helpers: 0 / NULL for anything that is no array or out of range. */
size_t json_len(const struct json_object *array);
struct json_object *json_item(const struct json_object *array, size_t i);

/* Setters; a NULL text sets nothing. `json_set` takes over the caller's reference of `value`. */
void json_set(struct json_object *o, const char *key, struct json_object *value);
void json_set_str(struct json_object *o, const char *key, const char *value);
void json_set_int(struct json_object *o, const char *key, int64_t value);
void json_set_bool(struct json_object *o, const char *key, bool value);

/* Compact text, slashes unescaped. Lives as long as `o` and until the next call on it. */
const char *json_text(struct json_object *o);

#endif
