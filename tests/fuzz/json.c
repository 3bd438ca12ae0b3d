/* JSON: what was accepted is within the limits, and is the same when it is written and read. */
#include "base/json.h"

#include "base/mem.h"
#include "base/text.h"
#include "fuzz.h"

static void check_value(struct json_object *o, int depth);

static void check_members(const struct json_object *o, int depth)
{
	struct json_object_iterator at = json_object_iter_begin((struct json_object *)o);
	struct json_object_iterator end = json_object_iter_end(o);
	for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
		const char *key = json_object_iter_peek_name(&at);
		fuzz_check_utf8(key);
		FUZZ_CHECK(json_get(o, key) == json_object_iter_peek_value(&at));
		check_value(json_object_iter_peek_value(&at), depth + 1);
	}
}

static void check_value(struct json_object *o, int depth)
{
	FUZZ_CHECK(depth <= JSON_DEPTH_MAX);
	if (json_object_is_type(o, json_type_string))
		FUZZ_CHECK(text_is_utf8(json_object_get_string(o),
					(size_t)json_object_get_string_len(o)));
	for (size_t i = 0; i < json_len(o); i++)
		check_value(json_item(o, i), depth + 1);
	if (json_object_is_type(o, json_type_object))
		check_members(o, depth);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct json_object *o = NULL, *again = NULL;
	struct err e;
	if (json_parse(ctx, (const char *)data, size, &o, &e)) {
		check_value(o, 0);
		const char *text = o ? json_text(o) : "null";
		fuzz_check_utf8(text);
		FUZZ_CHECK(text_is_utf8((const char *)data, size));
		FUZZ_CHECK(json_parse(ctx, text, strlen(text), &again, &e));
		FUZZ_CHECK(strcmp(again ? json_text(again) : "null", text) == 0);
	} else {
		fuzz_check_error(&e, ERR_BAD_INPUT);
	}
	talloc_free(ctx);
	return 0;
}
