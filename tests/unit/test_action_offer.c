/* The buttons of data actions: how many, what they carry, and what is read back under their key. */
#include "test_queue.h"

#include "base/json.h"
#include "bot/action_offer.h"
#include "config/config.h"

struct box {
	struct bot bot;
	struct config config;
	struct slack_message *m;
};

static const struct action_source source = { "shop.example.com", "https://shop.example.com/d/1",
					     "answer-key" };

static struct box box_of(struct test_queue *t)
{
	struct box box = { .bot = { .queue = t->q }, .m = slack_message_new(t) };

	box.config.data_actions = true;
	slack_message_set_text(box.m, "text");
	return box;
}

static struct looker_offer *offers_of(TALLOC_CTX *ctx, size_t n, const char *more)
{
	struct looker_offer *offers = mem_array(ctx, struct looker_offer, n);

	for (size_t i = 0; i < n; i++) {
		offers[i].label = mem_printf(ctx, "Action %zu", i);
		offers[i].asks = i % 2 == 1;
		offers[i].json =
			mem_printf(ctx, "{\"type\":\"action\",\"label\":\"Action %zu\"%s%s}", i,
				   offers[i].asks ? ",\"form_url\":\"x\"" : "", more);
	}
	return offers;
}

/* The elements of the row that was added, or NULL. */
static struct json_object *add(struct test_queue *t, struct box *box, size_t n, const char *more)
{
	const struct render_outcome rows = { .offers = offers_of(t, n, more), .n_offers = n };

	box->bot.config = &box->config;
	action_offer_add(t, &box->bot, box->m, &rows, &source);
	struct json_object *o = slack_message_encode(t, box->m, SLACK_FORM_DATA_TABLE);
	return json_array_at(json_item(json_array_at(o, "blocks"), 0), "elements");
}

static bool read_back(struct test_queue *t, const struct box *box, const char *value,
		      struct action_order *ret)
{
	struct key_meaning meaning;
	struct bot bot = box->bot;
	struct err e;

	assert_ok(keys_get(t, &bot, value, &meaning, &e), e);
	assert_string_equal(meaning.kind, ACTION_OFFER_KIND);
	assert_null(meaning.owner);
	return action_offer_read(t, &meaning, value, ret);
}

static void test_buttons(void **state)
{
	struct test_queue *t = *state;
	struct box box = box_of(t);
	struct json_object *elements = add(t, &box, 5, "");
	struct action_order order;

	assert_int_equal(json_len(elements), 5);
	assert_string_equal(json_str(json_item(elements, 0), "action_id"), "action-0");
	assert_string_equal(json_str(json_item(elements, 1), "action_id"), "modal-action-1");
	for (size_t i = 0; i < 5; i++) {
		const char *value = json_str(json_item(elements, i), "value");

		assert_true(read_back(t, &box, value, &order));
		assert_string_equal(order.label, mem_printf(t, "Action %zu", i));
		assert_int_equal(order.asks, i % 2 == 1);
		assert_string_equal(order.source.looker, source.looker);
		assert_string_equal(order.source.link, source.link);
		assert_string_equal(order.source.answer, source.answer);
	}
}

static void test_menu(void **state)
{
	struct test_queue *t = *state;
	struct box box = box_of(t);
	struct json_object *elements = add(t, &box, 6, ""), *options;
	struct action_order order;

	assert_int_equal(json_len(elements), 1);
	assert_string_equal(json_str(json_item(elements, 0), "type"), "static_select");
	assert_string_equal(json_str(json_item(elements, 0), "action_id"), "modal-actions");
	options = json_array_at(json_item(elements, 0), "options");
	assert_int_equal(json_len(options), 6);
	assert_true(read_back(t, &box, json_str(json_item(options, 5), "value"), &order));
	assert_string_equal(order.label, "Action 5");
}

static void test_none(void **state)
{
	struct test_queue *t = *state;
	struct box box = box_of(t);

	assert_null(add(t, &box, 0, ""));
	box.config.data_actions = false;
	assert_null(add(t, &box, 3, ""));
}

/* Each of 100 may be 32 KiB: what one key cannot hold is not offered. */
static void test_large(void **state)
{
	struct test_queue *t = *state;
	struct box box = box_of(t);
	char *more = mem_printf(t, ",\"x\":\"%030000d\"", 1);
	struct json_object *elements = add(t, &box, 100, more);
	struct json_object *options = json_array_at(json_item(elements, 0), "options");
	struct action_order order;

	assert_int_equal(json_len(options), 8);
	assert_true(read_back(t, &box, json_str(json_item(options, 7), "value"), &order));
}

static void test_foreign_values(void **state)
{
	static const char *const tails[] = { "",    ".",   ".5", ".-1", ".0x", ".99999999999",
					     ". 1", ".1.2" };
	struct test_queue *t = *state;
	struct box box = box_of(t);
	struct json_object *elements = add(t, &box, 5, "");
	const char *key = mem_strndup(t, json_str(json_item(elements, 0), "value"), 32);
	struct action_order order;

	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++)
		assert_false(read_back(t, &box, mem_printf(t, "%s%s", key, tails[i]), &order));
}

static void test_saved(void **state)
{
	struct test_queue *t = *state;
	struct action_order order = { .source = source, .ephemeral = true }, back;
	struct json_object *saved;
	struct err e;
	static const char text[] =
		"{\"label\":\"Close\",\"n\":1.50,\"params\":{\"a\":\"b/c\"},\"form\":[{}]}";

	assert_ok(json_parse(t, text, strlen(text), &order.action, &e), e);
	saved = action_order_save(t, &order);
	assert_true(action_order_load(t, saved, &back));
	assert_string_equal(json_text(back.action), text);
	assert_string_equal(back.label, "Close");
	assert_true(back.asks && back.ephemeral);
	assert_string_equal(back.source.answer, source.answer);
	json_set_str(saved, "action", "{\"cut");
	assert_false(action_order_load(t, saved, &back));
	assert_false(action_order_load(t, json_new_object(t), &back));
	assert_false(action_order_load(t, NULL, &back));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, test_queue_setup, test_queue_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_buttons), TEST(test_menu),	       TEST(test_none),
		TEST(test_large),   TEST(test_foreign_values), TEST(test_saved),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
