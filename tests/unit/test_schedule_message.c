/* What a delivery's message says: an action's words, words above data, alerts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "bot/schedule_job.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SENT_MS 1700000000000LL

static int set_up(void **state)
{
	*state = mem_ctx(NULL);
	return 0;
}

static int tear_down(void **state)
{
	talloc_free(*state);
	return 0;
}

/* The text of a block, or "". */
static const char *block_text(struct json_object *encoded, size_t i)
{
	struct json_object *block = json_item(json_array_at(encoded, "blocks"), i);

	return json_str_or(json_object_at(block, "text"), "text", "");
}

static struct json_object *encode(TALLOC_CTX *ctx, const struct schedule_job *j)
{
	struct slack_message *m = schedule_job_message(ctx, j, SENT_MS, NULL);

	return slack_message_encode(ctx, m, SLACK_FORM_DATA_TABLE);
}

static void test_words(void **state)
{
	static const struct {
		const char *words, *mrkdwn;
	} cases[] = {
		{ ":signal_strength: I sent *a value* from Slack: 5 % & more",
		  ":signal_strength: I sent *a value* from Slack: 5 % &amp; more" },
		{ "<!channel> <@U123> <http://evil.example|Bank>",
		  "&lt;!channel&gt; &lt;@U123&gt; &lt;<http://evil.example>|Bank&gt;" },
		{ "See https://a.example/x?y=1&z=[2], or (http://b.example).",
		  "See <https://a.example/x?y=1&amp;z=%5B2%5D>, or (<http://b.example>)." },
		{ "two\nlines", "two\nlines" },
		{ "a\u202eb", "ab" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct schedule_job j = { .looker = "l", .words = cases[i].words, .bare = true };
		struct json_object *o = encode(*state, &j);

		assert_string_equal(json_str_or(o, "text", ""), cases[i].mrkdwn);
		assert_string_equal(block_text(o, 0), cases[i].mrkdwn);
		assert_int_equal(json_len(json_array_at(o, "blocks")), 1);
	}
}

static void test_words_above_data(void **state)
{
	struct schedule_job j = { .looker = "l",
				  .base_url = "https://l.example",
				  .title = "T",
				  .format = "CSV",
				  .words = "Look <here>" };
	struct json_object *o = encode(*state, &j);

	assert_string_equal(block_text(o, 0), "Look &lt;here&gt;");
	assert_string_equal(block_text(o, 1), "*T*\nNo data came with it; it is in Looker.");
	j.file_name = "t.pdf";
	const char *comment = schedule_job_comment(*state, &j, SENT_MS);
	assert_int_equal(strncmp(comment, "Look &lt;here&gt;\n*T*\nSent by Looker", 20), 0);
}

static struct schedule_job alert_job(TALLOC_CTX *ctx, const char *body)
{
	struct schedule_job j = { .looker = "l", .base_url = "https://l.example" };
	struct looker_webhook *w;
	struct err e;

	if (!looker_webhook_read(ctx, body, strlen(body), 201, &w, &e))
		fail_msg("%s: %s", body, e.text);
	schedule_job_fill(ctx, w, &j);
	return j;
}

static void test_alerts(void **state)
{
	static const struct {
		const char *body, *text, *section;
		size_t blocks; /* with the footer */
	} cases[] = {
		{ "{\"alert\":{\"custom_title\":\"Too <many>\",\"field\":{\"title\":\"Orders\"},"
		  "\"comparison_type\":\"GREATER_THAN\",\"threshold\":100,\"field_value\":123,"
		  "\"description\":\"Call *Ada*\",\"url\":\"/dashboards/7\"}}",
		  ":bell: Too &lt;many&gt;: 123",
		  ":bell: *<https://l.example/dashboards/7|Too &lt;many&gt;>*\nOrders: *123* "
		  "(threshold: above 100)\nCall \u200b*\u200bAda\u200b*\u200b",
		  2 },
		{ "{\"scheduled_plan\":{\"title\":\"Late\",\"url\":\"https://l.example/d/1\"},"
		  "\"data\":{\"value\":\"7\",\"threshold\":\"5\",\"condition\":\"is at least 5\","
		  "\"field_name\":\"o.n\"},\"attachment\":{\"extension\":\"json\",\"data\":{"
		  "\"fields\":{\"measures\":[{\"name\":\"o.n\",\"label\":\"Number\"}]},"
		  "\"data\":[{\"o.n\":{\"value\":7}}]}}}",
		  ":bell: Late: 7",
		  ":bell: *<https://l.example/d/1|Late>*\nNumber: *7* (is at least 5)", 2 },
		/* its data cannot be read: it is an alert all the same */
		{ "{\"alert\":{\"threshold\":5},\"data\":\"nonsense\"}", ":bell: An alert",
		  ":bell: *An alert*\nValue (threshold: 5)", 2 },
		/* the rows say more than the value */
		{ "{\"alert\":{\"threshold\":5,\"value\":9},\"data\":[{\"a.b\":9},{\"a.b\":8}]}",
		  ":bell: An alert: 9", ":bell: *An alert*\nValue: *9* (threshold: 5)", 4 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct schedule_job j = alert_job(*state, cases[i].body);
		struct json_object *o;
		struct err e;
		size_t len;
		char *saved;

		j.name = "sales"; /* as the job has it */
		saved = schedule_job_save(*state, &j, &len);
		assert_true(schedule_job_load(*state, saved, len, &j, &e));
		o = encode(*state, &j);
		assert_string_equal(json_str_or(o, "text", ""), cases[i].text);
		assert_string_equal(block_text(o, 0), cases[i].section);
		assert_int_equal(json_len(json_array_at(o, "blocks")), cases[i].blocks);
	}
}

#define TEST_OF(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_OF(test_words),
		TEST_OF(test_words_above_data),
		TEST_OF(test_alerts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
