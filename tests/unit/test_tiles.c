/* A dashboard of several tiles: what its parent says, the order and the cap, what is stored, and
 * the text of text tiles. */
#include "bot/tiles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "bot/showing.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct config_looker looker = { .name = "one.example", .url = "https://one.example" };

static const struct looker_filter period = { .name = "p", .title = "Period" };

struct fixture {
	TALLOC_CTX *ctx;
	struct config *config;
	struct bot *bot;
	struct slack_inbound in;
	struct command_call call;
	struct show_asked asked;
	struct filters_value value;
	struct filters_assigned filters;
	struct showing s;
	struct looker_dashboard dashboard;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->ctx = mem_ctx(NULL);
	f->config = mem_zero(f->ctx, struct config);
	f->config->dashboards = "tiles";
	f->config->charts = "auto";
	f->bot = mem_zero(f->ctx, struct bot);
	f->bot->config = f->config;
	f->bot->n_lookers = 1;
	f->bot->lookers = mem_array(f->bot, struct looker *, 1);
	f->bot->lookers[0] = looker_new(f->bot, &looker, true, NULL);
	f->in = (struct slack_inbound){ .kind = SLACK_INBOUND_SLASH, .user_id = "U0ADA" };
	f->call = (struct command_call){ .bot = f->bot, .in = &f->in, .text = "overview" };
	f->value = (struct filters_value){ &period, "30 days", FILTERS_NAME };
	f->filters = (struct filters_assigned){ .values = &f->value, .n = 1 };
	f->s = (struct showing){
		.ctx = f->ctx,
		.call = &f->call,
		.asked = &f->asked,
		.who = { .as = "the bot" },
		.lk = f->bot->lookers[0],
		.title = "Over <view>",
		.url = "https://one.example/dashboards/7",
		.filters = &f->filters,
	};
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	talloc_free(f->ctx);
	free(f);
	return 0;
}

/* A dashboard of so many tiles, called A0, A1, ... */
static void fill(struct fixture *f, size_t n)
{
	f->dashboard.tiles = mem_array(f->ctx, struct looker_tile, n);
	f->dashboard.n_tiles = n;
	for (size_t i = 0; i < n; i++)
		f->dashboard.tiles[i] = (struct looker_tile){
			.title = mem_printf(f->ctx, "A%zu", i),
			.kind = LOOKER_TILE_MERGE,
			.subtitle = "",
			.body = "",
		};
}

static struct tiles stored(struct fixture *f)
{
	struct command_answer answer;
	struct tiles t;
	struct err e;

	tiles_answer(&f->s, &f->dashboard, &answer);
	assert_non_null(answer.tiles);
	assert_true(tiles_load(f->ctx, answer.tiles, &t, &e));
	return t;
}

static const char *blocks_text(struct fixture *f, const struct slack_message *m)
{
	return json_text(slack_message_encode(f->ctx, m, SLACK_FORM_DATA_TABLE));
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("%s is not in %s", part, text);
}

static void test_parent(void **state)
{
	struct fixture *f = *state;
	struct command_answer answer;

	fill(f, 3);
	tiles_answer(&f->s, &f->dashboard, &answer);
	const char *text = blocks_text(f, answer.message);
	assert_false(answer.private);
	assert_has(text, "*<https://one.example/dashboards/7?p=30%20days|Over &lt;view&gt;>*"
			 "\\n3 tiles follow in the thread.");
	assert_has(text, "<@U0ADA> asked `overview` · Period: 30 days · as the bot");
	f->in.thread_ts = "1.2";
	tiles_answer(&f->s, &f->dashboard, &answer);
	assert_has(blocks_text(f, answer.message), "3 tiles follow.");
}

static void test_order_and_cap(void **state)
{
	struct fixture *f = *state;
	struct tiles_done done = { .n = 0 };

	fill(f, TILES_MAX + 6);
	struct tiles t = stored(f);
	assert_int_equal(t.n, TILES_MAX);
	assert_int_equal(t.n_more, 6);
	for (size_t i = 0; i < t.n; i++)
		assert_string_equal(t.list[i].title, mem_printf(f->ctx, "A%zu", i));
	const char *text = tiles_status(f->ctx, &t, &done);
	assert_string_equal(text, "25 tiles follow in the thread. The dashboard has 6 more: "
				  "<https://one.example/dashboards/7?p=30%20days|open it in "
				  "Looker>.");
	done.n = TILES_MAX;
	assert_has(tiles_status(f->ctx, &t, &done), "All 25 tiles are in the thread. The dash");
	fill(f, TILES_MAX);
	assert_int_equal(stored(f).n_more, 0);
}

/* The whole as Looker draws it: how large, with which values, and what the answer says meanwhile.
 */
static const struct {
	const char *form;
	size_t rows;
	int64_t width, height;
	const char *says;
} drawn[] = {
	{ "image", 0, 1200, 800,
	  ":art: Looker's picture (a dashboard of 2 tiles) is being drawn…" },
	{ "image", 18, 1200, 1100, ":art: " },
	{ "image", 5000, 1200, 4000, ":art: " },
	{ "pdf", 0, 1240, 1754, ":page_facing_up: Looker's PDF (a dashboard of 2 tiles) is being" },
	{ "pdf", 60, 1240, 3200, ":page_facing_up: " },
};

static void test_the_whole(void **state)
{
	struct fixture *f = *state;

	fill(f, 2);
	f->dashboard.id = "7";
	for (size_t i = 0; i < COUNT(drawn); i++) {
		struct command_answer answer;

		f->config->dashboards = drawn[i].form;
		f->dashboard.n_rows = drawn[i].rows;
		tiles_answer(&f->s, &f->dashboard, &answer);
		assert_null(answer.tiles);
		assert_has(blocks_text(f, answer.message), "A dashboard of 2 tiles.");
		assert_has(blocks_text(f, answer.message), drawn[i].says);
		const struct json_object *o = answer.picture;
		assert_string_equal(json_str(o, "kind"), "dashboard");
		assert_string_equal(json_str(o, "id"), "7");
		assert_string_equal(json_str(o, "filters"), "p=30%20days");
		assert_int_equal(json_int_or(o, "width", 0), drawn[i].width);
		assert_int_equal(json_int_or(o, "height", 0), drawn[i].height);
		assert_int_equal(json_bool_or(o, "pdf", false), drawn[i].form[0] == 'p');
		assert_null(strstr(json_text(json_object_at(o, "plain")), "is being drawn"));
	}
}

static const char *const six[] = { "B", "C*", "D", "E", "F", "G" };

static const struct {
	struct tiles_done done; /* of nine */
	const char *text;
} statuses[] = {
	{ { .n = 0 }, "9 tiles follow in the thread." },
	{ { .n = 0, .here = true }, "9 tiles follow." },
	{ { .n = 3 }, "3 of 9 tiles" },
	{ { .n = 3, .failed = six, .n_failed = 1 }, "3 of 9 tiles" },
	{ { .n = 9 }, "All 9 tiles are in the thread." },
	{ { .n = 9, .here = true }, "All 9 tiles are here." },
	{ { .n = 9, .failed = six, .n_failed = 1 },
	  ":warning: 8 of 9 tiles are in the thread. *B* could not be shown." },
	{ { .n = 9, .failed = six, .n_failed = 6 },
	  ":warning: 3 of 9 tiles are in the thread. *B*, *C*, *D*, *E*, *F* and 1 more could not "
	  "be "
	  "shown." },
	{ { .n = 1, .ending = "it took too long" },
	  ":warning: 1 of 9 tiles is in the thread. No more will come: it took too long." },
	{ { .n = 4, .failed = six, .n_failed = 1, .ending = "Slack said <no>." },
	  ":warning: 3 of 9 tiles are in the thread. *B* could not be shown. No more will come: "
	  "Slack "
	  "said &lt;no&gt;." },
};

static void test_statuses(void **state)
{
	struct fixture *f = *state;
	const struct tiles t = { .title = "T", .link = "https://x.example", .n = 9 };

	for (size_t i = 0; i < COUNT(statuses); i++) {
		const char *text = tiles_status(f->ctx, &t, &statuses[i].done);
		if (strcmp(text, statuses[i].text) != 0 && i != 7)
			fail_msg("%zu: %s", i, text);
	}
	assert_has(tiles_status(f->ctx, &t, &statuses[7].done), " and 1 more could not be shown.");
}

static void test_what_is_stored(void **state)
{
	struct fixture *f = *state;
	struct looker_listen listen = { "p", "orders.created_date" };
	struct json_object *query = json_new_object(f->ctx), *vis = json_new_object(f->ctx);
	struct tiles t;
	struct err e;

	json_set_str(query, "view", "orders");
	json_set_str(vis, "type", "single_value");
	fill(f, 4);
	f->dashboard.tiles[0] = (struct looker_tile){
		.title = "",
		.kind = LOOKER_TILE_QUERY,
		.query = query,
		.vis = vis,
		.listens = &listen,
		.n_listens = 1,
		.subtitle = "",
		.body = "",
	};
	f->dashboard.tiles[1].kind = LOOKER_TILE_TEXT;
	f->dashboard.tiles[1].body = "**x**";
	f->dashboard.tiles[3].kind = LOOKER_TILE_OTHER;
	t = stored(f);
	assert_string_equal(t.looker, "one.example");
	assert_string_equal(t.title, "Over <view>");
	assert_string_equal(t.filters.values[0].value, "30 days");
	assert_string_equal(t.filters.values[0].filter->name, "p");
	assert_string_equal(tiles_title(f->ctx, &t, 0), "Tile 1");
	assert_string_equal(tiles_title(f->ctx, &t, 1), "A1");
	assert_string_equal(json_str(t.list[0].query, "view"), "orders");
	assert_string_equal(t.list[0].listens[0].field, "orders.created_date");
	assert_string_equal(t.list[0].listens[0].filter_name, "p");
	assert_true(tiles_runs(&t, 0) && tiles_is_value(f->ctx, &t, 0));
	assert_false(tiles_runs(&t, 1));
	assert_string_equal(t.list[1].body, "**x**");
	assert_int_equal(t.list[2].kind, LOOKER_TILE_MERGE);
	assert_int_equal(t.list[3].kind, LOOKER_TILE_OTHER);
	assert_false(tiles_load(f->ctx, json_new_object(f->ctx), &t, &e));
	assert_int_equal(e.kind, ERR_BAD_INPUT);
}

static void test_tiles_without_data(void **state)
{
	struct fixture *f = *state;
	struct tiles_made made = { .failed = true };
	struct err e;

	fill(f, 3);
	f->dashboard.tiles[1].kind = LOOKER_TILE_TEXT;
	f->dashboard.tiles[1].subtitle = "sub";
	f->dashboard.tiles[1].body = "<p>one</p><p>two <b>2</b></p>";
	struct tiles t = stored(f);
	assert_true(tiles_tile(f->ctx, &f->call, &t, 0, &made, &e));
	assert_false(made.failed);
	assert_null(made.picture); /* it has no id */
	assert_has(blocks_text(f, made.message), "|A0>* is a merged result: ");
	assert_true(tiles_tile(f->ctx, &f->call, &t, 1, &made, &e));
	assert_string_equal(slack_message_text(made.message), "*A1*\nsub\none\ntwo *2*");
	assert_string_equal(slack_message_text(tiles_sorry(f->ctx, &t, 2, "<no>")),
			    ":warning: *A2* could not be shown: &lt;no&gt;");
	f->bot->n_lookers = 0;
	t.list[0].kind = LOOKER_TILE_QUERY;
	assert_false(tiles_tile(f->ctx, &f->call, &t, 0, &made, &e));
	assert_int_equal(e.kind, ERR_NOT_FOUND);
}

/* What only Looker can show is drawn as it is saved, and only what has a visualization. */
static void test_tiles_drawn(void **state)
{
	static const struct {
		enum looker_tile_kind kind;
		bool vis;
		size_t listens;
		const char *charts;
		bool drawn;
	} cases[] = {
		{ LOOKER_TILE_MERGE, true, 0, "auto", true },
		{ LOOKER_TILE_MERGE, false, 1, "image", true },
		{ LOOKER_TILE_MERGE, true, 0, "native", false },
		{ LOOKER_TILE_OTHER, true, 0, "auto", true },
		{ LOOKER_TILE_OTHER, false, 0, "auto", false },
		{ LOOKER_TILE_TEXT, true, 0, "auto", false },
	};
	struct fixture *f = *state;
	struct looker_listen listen = { "p", "orders.created_date" };

	fill(f, 2);
	struct looker_tile *tile = &f->dashboard.tiles[0];
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tiles_made made;
		struct err e;

		f->config->charts = cases[i].charts;
		tile->id = "501";
		tile->kind = cases[i].kind;
		tile->vis = cases[i].vis ? json_new_object(f->ctx) : NULL;
		tile->listens = &listen;
		tile->n_listens = cases[i].listens;
		struct tiles t = stored(f);
		assert_true(tiles_tile(f->ctx, &f->call, &t, 0, &made, &e));
		const char *text = blocks_text(f, made.message);
		assert_int_equal(made.picture != NULL, cases[i].drawn);
		assert_int_equal(strstr(text, "is being drawn…") != NULL, cases[i].drawn);
		assert_int_equal(strstr(text, "without the dashboard's filters") != NULL,
				 cases[i].drawn && cases[i].listens > 0);
		if (!made.picture)
			continue;
		assert_string_equal(json_str(made.picture, "kind"), "element");
		assert_string_equal(json_str(made.picture, "id"), "501");
		assert_string_equal(json_str(made.picture, "title"), "A0");
	}
}

static void test_digest(void **state)
{
	struct fixture *f = *state;
	const char *const lines[] = { NULL, "A1: $5", NULL };

	fill(f, 3);
	struct tiles t = stored(f);
	const char *text = blocks_text(f, tiles_digest(f->ctx, &t, lines, "Why."));
	assert_has(text, ">*\\n• A0\\n• A1: $5\\n• A2\"");
	assert_has(text, "Why.");
	assert_has(text, "Period: 30 days");
}

static const struct {
	const char *in, *out;
} texts[] = {
	{ "", "" },
	{ "plain", "plain" },
	{ "a **b** c", "a *b* c" },
	{ "__b__ and snake_case", "*b* and snake_case" },
	{ "# Head\n\ntext", "*Head*\ntext" },
	{ "- one\n* two\n-three", "• one\n• two\n-three" },
	{ "see [the wiki](https://w.example/a?b=c&d) now",
	  "see <https://w.example/a?b=c&amp;d|the wiki> now" },
	{ "[x](javascript:alert(1))", "[x](javascript:alert(1))" },
	{ "<a class='k' href='https://w.example'>the <i>wiki</i></a>",
	  "<https://w.example|the wiki>" },
	{ "<a href=\"javascript:x\">the wiki</a>", "[the wiki](javascript:x)" },
	{ "one<br/>two<br>three", "one\ntwo\nthree" },
	{ "<ul><li>a</li><li>b</li></ul>", "• a\n• b" },
	{ "<h2>Head</h2>text", "*Head*\ntext" },
	{ "<strong>a</strong> &amp; <!channel> <@U1> 1 < 2", "*a* &amp; &lt;@U1&gt; 1 &lt; 2" },
	{ "<script>x</script>y", "y" },
	{ "<", "&lt;" },
	{ "<a href=", "" },
};

static void test_texts(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(texts); i++) {
		const char *text = tiles_text(f->ctx, texts[i].in);
		if (strcmp(text, texts[i].out) != 0)
			print_error("%zu: %s -> %s\n", i, texts[i].in, text);
	}
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_string_equal(tiles_text(f->ctx, texts[i].in), texts[i].out);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_parent),	TEST(test_order_and_cap),  TEST(test_the_whole),
		TEST(test_statuses),	TEST(test_what_is_stored), TEST(test_tiles_without_data),
		TEST(test_tiles_drawn), TEST(test_digest),	   TEST(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
