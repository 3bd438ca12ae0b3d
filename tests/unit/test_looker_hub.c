/* What data actions and forms send, and alerts: where values may stand, what is no text, and under
 * which names an alert's facts are found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/mem.h"
#include "looker/alert.h"
#include "looker/hub.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

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

static void test_values(void **state)
{
	static const struct {
		const char *body;
		const char *value; /* of "message"; NULL: none */
		const char *words; /* of the error; NULL: there is none */
	} cases[] = {
		{ "", NULL, NULL },
		{ " \r\n", NULL, NULL },
		{ "{}", NULL, NULL },
		{ "{\"form_params\":null,\"data\":null,\"state\":\"s\"}", NULL, NULL },
		{ "{\"form_params\":[],\"data\":\"x\"}", NULL, NULL },
		{ "{\"data\":{\"message\":\"a\"}}", "a", NULL },
		{ "{\"form_params\":{\"message\":\"b\"},\"data\":{\"message\":\"a\"}}", "b", NULL },
		{ "{\"form_params\":{\"message\":\" \"},\"data\":{\"message\":\"a\"}}", "a", NULL },
		{ "{\"form_params\":{\"message\":null},\"data\":{\"message\":\"a\"}}", "a", NULL },
		{ "{\"data\":{\"message\":\"a\\u0000\\u0007b\\nc\"}}", "a\ufffd b\nc", NULL },
		{ "{\"data\":{\"message\":7}}", NULL, "message must be a string." },
		{ "{\"form_params\":{\"message\":{}}}", NULL, "message must be a string." },
		{ "{", NULL, "The JSON cannot be read" },
		{ "[]", NULL, "The JSON is no object." },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct looker_hub_call call;
		const char *value = NULL;
		struct err e;
		bool ok =
			looker_hub_read(*state, cases[i].body, strlen(cases[i].body), &call, &e) &&
			looker_hub_value(*state, &call, "message", &value, &e);

		if (ok != !cases[i].words || (!ok && !strstr(e.text, cases[i].words)))
			fail_msg("%s: %s", cases[i].body, ok ? "taken" : e.text);
		if (!ok)
			assert_int_equal(e.kind, ERR_BAD_INPUT);
		else if (!value || !cases[i].value)
			assert_true(!value && !cases[i].value);
		else
			assert_string_equal(value, cases[i].value);
	}
}

static void test_a_value_has_an_end(void **state)
{
	const size_t len = LOOKER_HUB_VALUE_MAX_BYTES + 1000;
	char *long_text = mem_array(*state, char, len + 1);
	struct looker_hub_call call = { .data = json_new_object(*state) };
	const char *value;
	struct err e;

	memset(long_text, 'x', len);
	json_set_str(call.data, "message", long_text);
	assert_true(looker_hub_value(*state, &call, "message", &value, &e));
	assert_int_equal(strlen(value), LOOKER_HUB_VALUE_MAX_BYTES);
}

/* "title|field|value|comparison|threshold|url|number of filters" */
static char *describe(TALLOC_CTX *ctx, const struct looker_alert *a)
{
#define OR(s) ((s) ? (s) : "-")
	return mem_printf(ctx, "%s|%s|%s|%s|%s|%s|%zu", OR(a->title), OR(a->field), OR(a->value),
			  OR(a->comparison), OR(a->threshold), OR(a->url), json_len(a->filters));
}

static void test_alerts(void **state)
{
	static const struct {
		const char *body, *alert; /* NULL: it is none */
	} cases[] = {
		{ "{\"type\":\"query\",\"alert\":{\"custom_title\":\"Too "
		  "many\",\"field\":{\"title\":"
		  "\"Orders\",\"name\":\"o.count\"},\"comparison_type\":\"GREATER_THAN\","
		  "\"threshold\":100.0,\"field_value\":123.5,\"url\":\"https://l.example/d/1\","
		  "\"applied_dashboard_filters\":[{\"filter_title\":\"Region\",\"filter_value\":"
		  "\"EU\"},{\"filter_title\":\"Empty\",\"filter_value\":\"\"},7]}}",
		  "Too many|Orders|123.5|above|100|https://l.example/d/1|1" },
		/* as the API's AlertNotifications */
		{ "{\"data\":{\"field_value\":7,\"threshold_value\":5,\"triggering_field_title\":"
		  "\"Count\",\"alert\":{\"custom_title\":\"T\",\"comparison_type\":\"less_than\"}}"
		  "}",
		  "T|Count|7|below|5|-|0" },
		{ "{\"type\":\"alert\",\"title\":\"T\",\"value\":\"1,234\"}", "T|-|1,234|-|-|-|0" },
		{ "{\"scheduled_plan\":{\"title\":\"P\",\"threshold\":3,\"url\":\"/dashboards/"
		  "1\"}}",
		  "P|-|-|-|3|/dashboards/1|0" },
		{ "{\"alert\":{\"threshold\":1,\"comparison_type\":\"NEW_ONE\",\"url\":"
		  "\"javascript:x\",\"link\":\"//evil.example\"}}",
		  "-|-|-|-|1|-|0" },
		{ "{\"type\":\"cell\",\"value\":\"1\",\"threshold\":\"2\"}", NULL },
		{ "{\"type\":\"alert\",\"title\":\"T\"}", NULL },
		{ "{\"alert\":{\"title\":\"T\"}}", NULL },
		{ "{\"alert\":[1],\"data\":[{\"threshold\":1}]}", NULL },
		{ "{}", NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct json_object *body;
		struct looker_alert *a;
		struct err e;

		assert_true(json_parse(*state, cases[i].body, strlen(cases[i].body), &body, &e));
		a = looker_alert_read(*state, body);
		if (!a != !cases[i].alert)
			fail_msg("%s: %s", cases[i].body, a ? describe(*state, a) : "none");
		if (a)
			assert_string_equal(describe(*state, a), cases[i].alert);
	}
}

#define TEST_OF(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_OF(test_values),
		TEST_OF(test_a_value_has_an_end),
		TEST_OF(test_alerts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
