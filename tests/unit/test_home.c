/* The App Home and the greeting: what they say, and Slack's limits. */
#include "bot/home.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct config_looker lookers[] = {
	{ .name = "one.example", .url = "https://one.example" },
	{ .name = "two.example", .url = "https://two.example" },
};

struct fixture {
	TALLOC_CTX *ctx;
	struct config *config;
	struct catalogue *catalogue;
	struct home_about about;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct bot *bot;

	f->ctx = mem_ctx(NULL);
	f->config = mem_zero(f->ctx, struct config);
	f->catalogue = mem_zero(f->ctx, struct catalogue);
	f->catalogue->folders = mem_array(f->ctx, struct catalogue_folder, 1);
	f->catalogue->folders[0] = (struct catalogue_folder){ .id = "40", .name = "Slack" };
	f->catalogue->n_folders = 1;
	bot = mem_zero(f->ctx, struct bot);
	bot->config = f->config;
	bot->n_lookers = 1;
	bot->lookers = mem_array(bot, struct looker *, COUNT(lookers));
	for (size_t i = 0; i < COUNT(lookers); i++)
		bot->lookers[i] = looker_new(bot, &lookers[i], true, NULL);
	f->about = (struct home_about){ .bot = bot, .catalogue = f->catalogue, .self = "U0BOT" };
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

#define COMMAND(title, description)                                                                \
	"{\"id\":\"7\",\"title\":\"" title                                                         \
	"\",\"category\":\"Shop\",\"description\":\"" description "\"}"

/* One more folder of commands. */
static void add(struct fixture *f, size_t instance, const char *commands)
{
	char *text = mem_printf(f->ctx, "{\"name\":\"Slack\",\"commands\":[%s]}", commands);
	struct json_object *picture;
	struct err e;

	assert_true(json_parse(f->ctx, text, strlen(text), &picture, &e));
	catalogue_add(f->ctx, f->catalogue, instance, "40", picture);
}

static const char *view_text(struct fixture *f)
{
	return json_text(slack_view_encode(home_view(f->ctx, &f->about)));
}

static size_t count(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		n++;
	return n;
}

static void test_view(void **state)
{
	struct fixture *f = *state;

	add(f, 0, COMMAND("Sales", "By <region>") "," COMMAND("Old [hidden]", ""));
	const char *text = view_text(f);
	assert_ptr_equal(strstr(text, "{\"type\":\"home\",\"blocks\":[{\"type\":\"header\""), text);
	assert_non_null(strstr(text, "`/looker sales`"));
	assert_non_null(strstr(text, "<@U0BOT>"));
	assert_non_null(
		strstr(text, "*Shop*\\n• *<https://one.example/dashboards/7|Sales>* `sales`"));
	assert_non_null(strstr(text, "By &lt;region&gt;"));
	assert_non_null(strstr(text, "<https://one.example/folders/40|Slack>"));
	assert_null(strstr(text, "Old"));
	assert_int_equal(count(text, "\"header\""), 1);
}

static void test_two_lookers(void **state)
{
	struct fixture *f = *state;

	f->about.bot->n_lookers = 2;
	add(f, 0, COMMAND("Sales", ""));
	add(f, 1, COMMAND("Stock", ""));
	const char *text = view_text(f);
	const char *second = strstr(text, "\"text\":\"two.example\"");
	assert_non_null(second);
	assert_int_equal(count(text, "\"header\""), 3);
	assert_int_equal(count(text, "*Shop*"), 2);
	assert_non_null(strstr(second, "two.example/dashboards/7|Stock"));
	assert_null(strstr(second, "|Sales"));
}

/* More commands than a view holds: the rest is counted, and said. */
static void test_many(void **state)
{
	struct fixture *f = *state;
	char *commands = mem_strdup(f->ctx, "");

	for (int i = 0; i < 5000; i++)
		mem_appendf(&commands,
			    "%s{\"id\":\"%d\",\"title\":\"Command %d\",\"category\":\"Shop\","
			    "\"description\":\"%s\"}",
			    i > 0 ? "," : "", i, i,
			    i % 2 ? "ümläute und 🙂" : "words and words");
	add(f, 0, commands);
	struct slack_view *view = home_view(f->ctx, &f->about);
	struct json_object *o = slack_view_encode(view);
	struct json_object *blocks = json_array_at(o, "blocks");
	const char *text = json_text(o), *more = strstr(text, " more commands are in Looker");
	assert_in_range(json_len(blocks), 20, SLACK_VIEW_BLOCKS_MAX);
	assert_in_range(strlen(text), 100000, 250000);
	assert_non_null(more);
	while (more > text && more[-1] >= '0' && more[-1] <= '9')
		more--;
	assert_int_equal(count(text, "|Command ") + strtoul(more, NULL, 10), 5000);
	assert_non_null(strstr(text, "lookerbot check"));
	for (size_t i = 0; i < json_len(blocks); i++) {
		struct json_object *inner = json_object_at(json_item(blocks, i), "text");
		assert_in_range(text_chars(json_str_or(inner, "text", "")), 0, 3000);
	}
}

/* As many categories as commands: the number of blocks is what ends it. */
static void test_many_categories(void **state)
{
	struct fixture *f = *state;
	char *commands = mem_strdup(f->ctx, "");

	for (int i = 0; i < 300; i++)
		mem_appendf(&commands,
			    "%s{\"id\":\"%d\",\"title\":\"Command %d\",\"category\":\"C%03d\"}",
			    i > 0 ? "," : "", i, i, i);
	add(f, 0, commands);
	struct json_object *o = slack_view_encode(home_view(f->ctx, &f->about));
	assert_in_range(json_len(json_array_at(o, "blocks")), 90, SLACK_VIEW_BLOCKS_MAX);
	assert_non_null(strstr(json_text(o), " more commands are in Looker"));
	assert_non_null(strstr(json_text(o), "lookerbot check"));
}

static void test_nothing_known(void **state)
{
	struct fixture *f = *state;

	f->about.self = NULL;
	assert_non_null(strstr(view_text(f), "`/looker find orders`"));
	assert_non_null(strstr(view_text(f), "mention me"));
}

static void test_connection(void **state)
{
	struct fixture *f = *state;
	const struct {
		struct listening listening;
		const char *token, *says;
	} cases[] = {
		{ { .state = LISTENING_OPEN, .way = "Socket Mode", .since_ms = 1795518000000 },
		  "x",
		  "Socket Mode, connected since <!date^1795518000^" },
		{ { .state = LISTENING_OPEN, .way = "Socket Mode", .elsewhere = 2 },
		  "x",
		  "2 more connections of this app that are not mine" },
		{ { .state = LISTENING_CONNECTING, .way = "RTM", .reason = "no <route>" },
		  NULL,
		  "I do not hear Slack over RTM at the moment: no &lt;route&gt;. I keep trying." },
		{ { .state = LISTENING_REFUSED, .way = "Socket Mode", .reason = "bad token" },
		  "x",
		  "bad token. Whoever runs this bot can mend that." },
		{ { .state = LISTENING_SILENT }, "x", "`lookerbot-relay`) does not run" },
		{ { .state = LISTENING_SILENT }, NULL, "Slack reaches me over HTTP." },
		{ { .state = LISTENING_NOT_NEEDED }, NULL, "Slack reaches me over HTTP." },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		f->about.listening = cases[i].listening;
		f->config->slack_app_token = cases[i].token;
		print_message("%s\n", cases[i].says);
		assert_non_null(strstr(view_text(f), cases[i].says));
	}
}

static void test_closed(void **state)
{
	struct fixture *f = *state;
	struct json_object *o = slack_view_encode(home_closed(f->ctx, "Sorry, no guests."));

	assert_int_equal(json_len(json_array_at(o, "blocks")), 2);
	assert_non_null(strstr(json_text(o), "Sorry, no guests."));
}

static void test_greeting(void **state)
{
	struct fixture *f = *state;

	add(f, 0,
	    COMMAND("Sales", "") "," COMMAND("Secret [hidden]", "") "," COMMAND(
		    "Stock", "") "," COMMAND("Orders", "") "," COMMAND("Returns", ""));
	struct json_object *o = slack_message_encode(f->ctx, home_greeting(f->ctx, &f->about),
						     SLACK_FORM_MONOSPACE);
	const char *text = json_text(o);
	assert_int_equal(count(text, "• <@U0BOT> `"), 3);
	assert_non_null(strstr(text, "`help`"));
	assert_null(strstr(text, "secret"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_view),	  TEST(test_two_lookers),
		TEST(test_many),	  TEST(test_many_categories),
		TEST(test_nothing_known), TEST(test_connection),
		TEST(test_closed),	  TEST(test_greeting),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
