/* Previews and views: what is sent, what a preview leaves out, and the limits of a view. */
#include "test_slack_api.h"

#include "base/text.h"
#include "slack/unfurl.h"
#include "slack/views.h"

static struct slack_table make_table(TALLOC_CTX *ctx, size_t rows, size_t columns, const char *cell)
{
	struct slack_column *head = mem_array(ctx, struct slack_column, columns);
	struct slack_cell *cells = mem_array(ctx, struct slack_cell, rows * columns);

	for (size_t c = 0; c < columns; c++)
		head[c].title = "Column";
	for (size_t i = 0; i < rows * columns; i++)
		cells[i].text = cell;
	return (struct slack_table){ "Caption", head, columns, cells, rows };
}

static size_t count(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		n++;
	return n;
}

static void test_preview(void **state)
{
	struct fixture *f = *state;
	struct slack_message *m = slack_message_new(f->ctx);
	struct slack_table t = make_table(f->ctx, 50, 2, "a `cell`");
	struct slack_button button = { .action_id = "a", .text = "Press", .value = "v" };
	size_t rows, columns;

	slack_message_set_text(m, "summary");
	slack_message_add_section(m, "*<https://one.example/looks/4|Title>*");
	slack_message_add_table(m, &t, &rows, &columns);
	slack_message_add_buttons(m, &button, 1);
	slack_message_add_context(m, "the footer");
	const char *text = json_text(slack_unfurl_encode(f->ctx, m));
	assert_ptr_equal(strstr(text, "{\"blocks\":[{\"type\":\"section\""), text);
	assert_int_equal(count(text, "a 'cell'  a 'cell'"), SLACK_UNFURL_ROWS_MAX);
	assert_int_equal(count(text, "```"), 2);
	assert_non_null(strstr(text, "|Title>*"));
	assert_non_null(strstr(text, "the footer"));
	assert_null(strstr(text, "Press"));
	assert_null(strstr(text, "rich_text"));
	assert_null(strstr(text, "\"table\""));
}

/* Whatever a message holds, its preview is short. */
static void test_preview_is_short(void **state)
{
	struct fixture *f = *state;
	struct slack_message *m = slack_message_new(f->ctx);
	struct slack_field fields[30];
	char *long_text = mem_strdup(f->ctx, ""), *wide = mem_strdup(f->ctx, "");
	size_t rows, columns;

	for (int i = 0; i < 1000; i++)
		mem_append(&long_text, "words &amp; ");
	for (int i = 0; i < 200; i++)
		mem_append(&wide, "e\u0301\u0301\u0301");
	for (size_t i = 0; i < 30; i++)
		fields[i] = (struct slack_field){ "Title", long_text };
	struct slack_table t = make_table(f->ctx, 50, 20, wide);
	slack_message_add_section(m, long_text);
	slack_message_add_section(m, long_text);
	slack_message_add_fields(m, fields, 30);
	slack_message_add_table(m, &t, &rows, &columns);
	for (int i = 0; i < 5; i++)
		slack_message_add_context(m, long_text);
	struct json_object *o = slack_unfurl_encode(f->ctx, m);
	assert_in_range(text_chars(json_text(o)), 1000, 8000);
	assert_in_range(json_len(json_array_at(o, "blocks")), 3, 6);
	assert_null(slack_unfurl_encode(f->ctx, slack_message_new(f->ctx)));
}

static bool unfurl(struct fixture *f, const struct slack_unfurl_place *place)
{
	struct json_object *map = json_new_object(f->ctx), *one = json_object_new_object();

	json_set(one, "blocks", json_object_new_array());
	json_set(map, "https://one.example/x/1?a=1&amp;b=2", one);
	return slack_unfurl_send(f->ctx, f->api, f->deadline_ms, place, map, &f->outcome, &f->e);
}

static void test_unfurl(void **state)
{
	struct fixture *f = *state;
	const struct slack_unfurl_place sent = { .channel = "C1", .ts = "1.5" };
	const struct slack_unfurl_place composed = {
		.channel = "COMPOSER", .ts = "uid", .unfurl_id = "uid", .source = "composer"
	};

	answer(f, http(f->ctx, JSON_200, "{\"ok\":true}"), NULL);
	assert_true(unfurl(f, &sent));
	assert_non_null(strstr(f->s->last, "POST /api/chat.unfurl HTTP/1.1\r\n"));
	struct form *form = sent_form(f);
	assert_string_equal(form_get(form, "channel"), "C1");
	assert_string_equal(form_get(form, "ts"), "1.5");
	assert_string_equal(form_get(form, "unfurls"),
			    "{\"https://one.example/x/1?a=1&amp;b=2\":{\"blocks\":[]}}");
	assert_null(form_get(form, "unfurl_id"));
	assert_true(unfurl(f, &composed));
	form = sent_form(f);
	assert_string_equal(form_get(form, "unfurl_id"), "uid");
	assert_string_equal(form_get(form, "source"), "composer");
	assert_null(form_get(form, "channel"));
	assert_null(form_get(form, "ts"));
}

static void test_unfurl_refused(void **state)
{
	struct fixture *f = *state;
	const struct slack_unfurl_place place = { .channel = "C1", .ts = "1.5" };
	const struct {
		const char *code;
		enum err_kind kind;
		enum slack_remedy remedy;
	} cases[] = {
		{ "cannot_unfurl_url", ERR_FORBIDDEN, SLACK_REMEDY_OWNER },
		{ "cannot_unfurl_message", ERR_FORBIDDEN, SLACK_REMEDY_NONE },
		{ "cannot_find_message", ERR_NOT_FOUND, SLACK_REMEDY_NONE },
		{ "invalid_unfurl_id", ERR_NOT_FOUND, SLACK_REMEDY_NONE },
		{ "cannot_parse_attachment", ERR_BAD_INPUT, SLACK_REMEDY_SIMPLER },
		{ "internal_error", ERR_TEMPORARY, SLACK_REMEDY_NONE }, /* may be repeated */
		{ "ratelimited", ERR_RATE_LIMITED, SLACK_REMEDY_NONE },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *body =
			mem_printf(f->ctx, "{\"ok\":false,\"error\":\"%s\"}", cases[i].code);
		answer(f, http(f->ctx, JSON_200, body), NULL);
		assert_false(unfurl(f, &place));
		print_message("%s\n", cases[i].code);
		assert_int_equal(f->e.kind, cases[i].kind);
		assert_int_equal(f->outcome.remedy, cases[i].remedy);
	}
}

static void test_publish(void **state)
{
	struct fixture *f = *state;
	struct slack_view *v = slack_view_new(f->ctx);

	assert_true(slack_view_add_header(v, "A & B"));
	assert_true(slack_view_add_section(v, "*x*"));
	assert_true(slack_view_add_section(v, " \n"));
	assert_true(slack_view_add_divider(v));
	assert_true(slack_view_add_context(v, "y"));
	answer(f, http(f->ctx, JSON_200, "{\"ok\":true,\"view\":{}}"), NULL);
	assert_true(
		slack_view_publish(f->ctx, f->api, f->deadline_ms, "U1", v, &f->outcome, &f->e));
	assert_non_null(strstr(f->s->last, "POST /api/views.publish HTTP/1.1\r\n"));
	struct form *form = sent_form(f);
	assert_string_equal(form_get(form, "user_id"), "U1");
	assert_string_equal(
		form_get(form, "view"),
		"{\"type\":\"home\",\"blocks\":[{\"type\":\"header\",\"text\":{\"type\":\"plain_"
		"text\","
		"\"text\":\"A & "
		"B\",\"emoji\":true}},{\"type\":\"section\",\"text\":{\"type\":\"mrkdwn\","
		"\"text\":\"*x*\",\"verbatim\":true}},{\"type\":\"divider\"},{\"type\":\"context\","
		"\"elements\":[{\"type\":\"mrkdwn\",\"text\":\"y\",\"verbatim\":true}]}]}");
	answer(f, http(f->ctx, JSON_200, "{\"ok\":false,\"error\":\"not_enabled\"}"), NULL);
	assert_false(
		slack_view_publish(f->ctx, f->api, f->deadline_ms, "U1", v, &f->outcome, &f->e));
	assert_int_equal(f->outcome.remedy, SLACK_REMEDY_OWNER);
}

static void test_view_is_full(void **state)
{
	struct fixture *f = *state;
	struct slack_view *v = slack_view_new(f->ctx);
	char *page = mem_strdup(f->ctx, "");
	size_t n = 0;

	while (slack_view_add_divider(v))
		n++;
	assert_int_equal(n, SLACK_VIEW_BLOCKS_MAX);
	assert_int_equal(slack_view_room(v), 0);
	v = slack_view_new(f->ctx);
	for (int i = 0; i < 1000; i++)
		mem_append(&page, "0123456789\n");
	for (n = 0; slack_view_add_section(v, page);)
		n++;
	assert_in_range(n, 10, 20);
	struct json_object *o = slack_view_encode(v);
	assert_int_equal(json_len(json_array_at(o, "blocks")), 4 * n); /* whole pages only */
	assert_in_range(strlen(json_text(o)), 150000, 250000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_preview),	   TEST(test_preview_is_short), TEST(test_unfurl),
		TEST(test_unfurl_refused), TEST(test_publish),		TEST(test_view_is_full),
	};
	http_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}
