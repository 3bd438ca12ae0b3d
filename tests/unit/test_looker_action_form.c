/* The form of a data action: brought by the action, or made by its server; of any shape. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/http.h"
#include "test_looker_action.h"

#define FIELD(more) "{\"name\":\"f\",\"label\":\"F\"" more "}"

static void test_field_types(void **state)
{
	static const struct {
		const char *field;
		enum looker_form_type type;
	} cases[] = {
		{ FIELD(""), LOOKER_FORM_TEXT },
		{ FIELD(",\"type\":null"), LOOKER_FORM_TEXT },
		{ FIELD(",\"type\":\"string\""), LOOKER_FORM_TEXT },
		{ FIELD(",\"type\":\"datetime\""), LOOKER_FORM_TEXT },
		{ FIELD(",\"type\":\"textarea\""), LOOKER_FORM_TEXTAREA },
		{ FIELD(",\"type\":\"select\",\"options\":[{\"name\":\"a\"}]"),
		  LOOKER_FORM_SELECT },
		{ FIELD(",\"type\":\"select\",\"options\":[]"), LOOKER_FORM_TEXT },
		{ FIELD(",\"type\":\"select\""), LOOKER_FORM_TEXT },
		{ FIELD(",\"type\":\"message\""), LOOKER_FORM_MESSAGE },
		{ FIELD(",\"type\":\"oauth_link\",\"oauth_url\":\"https://x.example/\""),
		  LOOKER_FORM_LINK },
	};
	struct looker_form form;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *action = mem_printf(fake.ctx, "{\"form\":[%s]}", cases[i].field);

		assert_true(looker_action_own_form(fake.ctx, parse(action), &form));
		if (form.n != 1 || form.fields[0].type != cases[i].type)
			fail_msg("%s", cases[i].field);
	}
}

static void test_own_form(void **state)
{
	static const char form_text[] =
		"{\"form\":[null,7,\"x\",{\"type\":\"text\"},{\"name\":\"\"},"
		"{\"type\":\"oauth_link\",\"oauth_url\":\"javascript:alert(1)\",\"name\":\"l\"},"
		"{\"type\":\"message\"},"
		"{\"name\":\"how\",\"label\":\"How\",\"type\":\"select\",\"default\":\"soft\","
		"\"required\":true,\"interactive\":true,\"description\":\"Really?\",\"options\":["
		"{\"name\":\"soft\",\"label\":\"Soft\"},{\"name\":3},{\"label\":\"no "
		"name\"},null]},"
		"{\"name\":\"why\",\"default\":12}]}";
	struct looker_form form;

	(void)state;
	assert_true(looker_action_own_form(fake.ctx, parse(form_text), &form));
	assert_int_equal(form.n, 2);
	const struct looker_form_field *how = &form.fields[0];
	assert_string_equal(how->name, "how");
	assert_string_equal(how->value, "soft");
	assert_string_equal(how->description, "Really?");
	assert_true(how->required && how->interactive);
	assert_int_equal(how->n_options, 2);
	assert_string_equal(how->options[0].label, "Soft");
	assert_string_equal(how->options[1].name, "3");
	assert_string_equal(how->options[1].label, "3");
	assert_string_equal(form.fields[1].label, "why");
	assert_string_equal(form.fields[1].value, "12");
	assert_false(looker_action_own_form(fake.ctx, parse("{\"form\":{}}"), &form));
	assert_false(looker_action_own_form(fake.ctx, parse("{\"form_url\":\"x\"}"), &form));
}

static void test_remote_form(void **state)
{
	struct json_object *values = parse("{\"why\":\"x\"}");
	struct looker_form form;
	struct err e;

	(void)state;
	path.path = "/api/4.0/data_actions/form";
	path.body = "{\"state\":null,\"fields\":[" FIELD(",\"type\":\"string\"") "]}";
	assert_true(looker_action_form(fake.ctx, fake.lk, looker_fake_deadline(), parse(ACTION),
				       NULL, &form, &e));
	assert_string_equal(fake.last_body, ACTION);
	assert_int_equal(form.n, 1);
	assert_true(looker_action_form(fake.ctx, fake.lk, looker_fake_deadline(), parse(ACTION),
				       values, &form, &e));
	assert_non_null(strstr(fake.last_body, ",\"form_values\":{\"why\":\"x\"}}"));
	path.body = "{\"fields\":null}";
	assert_false(looker_action_form(fake.ctx, fake.lk, looker_fake_deadline(), parse(ACTION),
					NULL, &form, &e));
	assert_int_equal(e.kind, ERR_BAD_REPLY);
}

/* An instance that wants the action wrapped says so by a 422. */
static void test_remote_form_wrapped(void **state)
{
	struct looker_form form;
	struct err e;

	(void)state;
	path.path = "/api/4.0/data_actions/form";
	path.status = 422;
	path.body = "{\"message\":\"action is missing\"}";
	assert_false(looker_action_form(fake.ctx, fake.lk, looker_fake_deadline(), parse(ACTION),
					parse("{\"a\":\"b\"}"), &form, &e));
	assert_int_equal(atomic_load(&fake.calls), 2);
	assert_string_equal(fake.last_body,
			    "{\"action\":" ACTION ",\"form_values\":{\"a\":\"b\"}}");
	assert_int_equal(e.kind, ERR_BAD_INPUT);
	assert_non_null(strstr(e.text, "action is missing"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_field_types, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_own_form, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_remote_form, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_remote_form_wrapped, set_up, tear_down),
	};
	int failed;

	http_start();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}
