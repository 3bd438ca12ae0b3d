/*
 * The App Home and the greeting, from the cached commands. Asks neither Slack nor Looker, and
 * publishes nothing (job_event.c).
 */
#include "bot/home.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "bot/cmd_help.h"
#include "bot/home_deliveries.h"
#include "slack/mrkdwn.h"

#define SLASH "/looker" /* as in the app's manifest */
#define DESCRIPTION_MAX_CHARS 150
#define PROBLEM_MAX_CHARS 300
#define SECTION_BYTES 2600 /* a line more still fits into one block */
/* Kept for what follows the commands. */
#define ROOM_AFTER 6
#define BYTES_AFTER 20000
#define EXAMPLES_MAX 3

static struct command_call call_of(const struct home_about *about, const struct slack_inbound *in)
{
	return (struct command_call){
		.bot = about->bot,
		.in = in,
		.catalogue = about->catalogue,
	};
}

/* A line that works as it stands: `sales Region=EMEA`. */
static const char *example_of(TALLOC_CTX *ctx, const struct home_about *about,
			      const struct catalogue_command *c)
{
	static const struct slack_inbound typed_alone = { .command = "" };
	const struct command_call call = call_of(about, &typed_alone);

	return command_skip_blanks(help_example(ctx, &call, c));
}

/* The first commands with values, else the first ones. Returns how many. */
static size_t find_examples(const struct home_about *about,
			    const struct catalogue_command *ret[EXAMPLES_MAX])
{
	const struct catalogue *catalogue = about->catalogue;
	size_t n = 0;

	for (int with_values = 1; with_values >= 0; with_values--)
		for (size_t i = 0; i < catalogue->n_commands && n < EXAMPLES_MAX; i++) {
			const struct catalogue_command *c = &catalogue->commands[i];
			/* One that another instance's title hides would be another command. */
			if (!c->hidden && (c->n_filters > 0) == with_values &&
			    catalogue_find(catalogue, c->key) == c)
				ret[n++] = c;
		}
	return n;
}

static void add_self(char **text, const struct home_about *about)
{
	if (about->self)
		mrkdwn_add_user(text, about->self);
	else
		mrkdwn_add_raw(text, "me");
}

static const char *first_example(TALLOC_CTX *ctx, const struct home_about *about)
{
	const struct catalogue_command *examples[EXAMPLES_MAX];

	return find_examples(about, examples) > 0 ? example_of(ctx, about, examples[0])
						  : "find orders";
}

/* --- the App Home --- */

static void add_introduction(TALLOC_CTX *ctx, struct slack_view *v, const struct home_about *about)
{
	const struct bot *bot = about->bot;
	const char *example = first_example(ctx, about);
	char *text = mem_strdup(ctx, "I answer with data from Looker (");

	for (size_t i = 0; i < bot->n_lookers; i++) {
		mrkdwn_add_raw(&text, i > 0 ? ", " : "");
		mrkdwn_add_link(&text, looker_url(bot->lookers[i]), looker_name(bot->lookers[i]));
	}
	mrkdwn_add_raw(&text, "). Ask me\n• in any conversation: ");
	mrkdwn_add_code(&text, mem_printf(ctx, SLASH " %s", example));
	mrkdwn_add_raw(&text, "\n• in a channel that I am in: mention ");
	add_self(&text, about);
	mrkdwn_add_raw(&text, " and write ");
	mrkdwn_add_code(&text, example);
	mrkdwn_add_raw(&text, "\n• in a direct message to me: ");
	mrkdwn_add_code(&text, example);
	mrkdwn_add_raw(&text, "\n• or paste a link to a Look, a dashboard or an Explore.\n");
	mrkdwn_add_code(&text, "find orders");
	mrkdwn_add_raw(&text, " looks for titles, ");
	mrkdwn_add_code(&text, "show look 42");
	mrkdwn_add_raw(&text, " shows what has no command, and ");
	mrkdwn_add_code(&text, "help");
	mrkdwn_add_raw(&text, " tells more.");
	slack_view_add_header(v, "Ask Looker");
	slack_view_add_section(v, text);
}

static void add_since(TALLOC_CTX *ctx, char **text, int64_t since_ms)
{
	mrkdwn_addf_raw(text, "<!date^%lld^{date_short_pretty} {time}|%s>",
			(long long)(since_ms / 1000), clock_text(ctx, since_ms));
}

static void add_deaf(char **text, const struct listening *l, const char *what_then)
{
	mrkdwn_add_raw(text, ":warning: I do not hear Slack over ");
	mrkdwn_add_text(text, l->way ? l->way : "its WebSocket");
	mrkdwn_add_raw(text, " at the moment");
	if (l->reason) {
		mrkdwn_add_raw(text, ": ");
		mrkdwn_add_text(text, l->reason);
	}
	mrkdwn_addf_raw(text, ". %s", what_then);
}

static void add_connection(TALLOC_CTX *ctx, struct slack_view *v, const struct home_about *about)
{
	const struct listening *l = &about->listening;
	char *text = mem_strdup(ctx, "");

	if (l->state == LISTENING_OPEN) {
		mrkdwn_add_raw(&text, ":large_green_circle: ");
		mrkdwn_add_text(&text, l->way ? l->way : "WebSocket");
		mrkdwn_add_raw(&text, ", connected since ");
		add_since(ctx, &text, l->since_ms);
		if (l->elsewhere > 0)
			mrkdwn_addf_raw(&text,
					" · :warning: %lld more connection%s of this app that "
					"%s not mine: what comes there does not reach me",
					(long long)l->elsewhere, l->elsewhere == 1 ? "" : "s",
					l->elsewhere == 1 ? "is" : "are");
	} else if (l->state == LISTENING_CONNECTING) {
		add_deaf(&text, l, "I keep trying.");
	} else if (l->state == LISTENING_REFUSED) {
		add_deaf(&text, l, "Whoever runs this bot can mend that.");
	} else if (l->state == LISTENING_SILENT && about->bot->config->slack_app_token) {
		mrkdwn_add_raw(&text,
			       ":warning: The program that listens to Slack for me "
			       "(`lookerbot-relay`) does not run, so I may miss what you write. "
			       "Whoever runs this bot can start it.");
	} else {
		mrkdwn_add_raw(&text, ":large_green_circle: Slack reaches me over HTTP.");
	}
	slack_view_add_context(v, text);
}

/* The commands' list on its way into blocks. */
struct list {
	TALLOC_CTX *ctx;
	struct slack_view *view;
	const struct home_about *about;
	char *text; /* what the next section will be */
	size_t n;   /* commands in it */
	size_t left_out;
};

static bool has_room(const struct list *l)
{
	return slack_view_room(l->view) > ROOM_AFTER &&
	       slack_view_bytes_left(l->view) > BYTES_AFTER;
}

static void flush(struct list *l)
{
	if (l->n > 0 && (!has_room(l) || !slack_view_add_section(l->view, l->text)))
		l->left_out += l->n;
	l->text = mem_strdup(l->ctx, "");
	l->n = 0;
}

static void add_command(struct list *l, const struct catalogue_command *c)
{
	const struct looker *lk = l->about->bot->lookers[c->instance];
	char *line = mem_strdup(l->ctx, "\n• *");

	mrkdwn_add_link(&line, looker_content_url(l->ctx, lk, LOOKER_DASHBOARD, c->id), c->title);
	mrkdwn_add_raw(&line, "* ");
	mrkdwn_add_code(&line, example_of(l->ctx, l->about, c));
	if (c->description[0] != '\0') {
		mrkdwn_add_raw(&line, " – ");
		mrkdwn_add_text(&line, text_cut(l->ctx, c->description, DESCRIPTION_MAX_CHARS));
	}
	if (strlen(l->text) + strlen(line) > SECTION_BYTES)
		flush(l);
	mem_append(&l->text, line);
	l->n++;
}

/* Instance by instance, category by category: the catalogue's own order. */
static size_t add_commands(TALLOC_CTX *ctx, struct slack_view *v, const struct home_about *about)
{
	struct list l = { ctx, v, about, mem_strdup(ctx, ""), 0, 0 };
	const struct catalogue_command *before = NULL;

	for (size_t i = 0; i < about->catalogue->n_commands; i++) {
		const struct catalogue_command *c = &about->catalogue->commands[i];
		bool other_looker = !before || before->instance != c->instance;

		if (c->hidden)
			continue;
		if (other_looker || strcmp(before->category, c->category) != 0) {
			flush(&l);
			if (other_looker && about->bot->n_lookers > 1 && has_room(&l))
				slack_view_add_header(
					v, looker_name(about->bot->lookers[c->instance]));
			mrkdwn_add_bold(&l.text, c->category);
		}
		add_command(&l, c);
		before = c;
	}
	flush(&l);
	return l.left_out;
}

static void add_folders(TALLOC_CTX *ctx, struct slack_view *v, const struct home_about *about,
			size_t left_out)
{
	const struct catalogue *catalogue = about->catalogue;
	char *text = mem_strdup(ctx, "");

	if (catalogue->n_folders == 0)
		return;
	if (left_out > 0)
		mrkdwn_addf_raw(&text, "%zu more command%s in Looker, and in ", left_out,
				left_out == 1 ? " is" : "s are");
	if (left_out > 0)
		mrkdwn_add_code(&text, "help");
	mrkdwn_add_raw(&text, left_out > 0 ? ". " : "");
	mrkdwn_add_raw(&text, "To add a command, add a dashboard to ");
	for (size_t i = 0; i < catalogue->n_folders; i++) {
		const struct catalogue_folder *f = &catalogue->folders[i];
		const char *url = looker_content_url(ctx, about->bot->lookers[f->instance],
						     LOOKER_FOLDER, f->id);
		mrkdwn_add_raw(&text, i > 0 ? " or " : "");
		mrkdwn_add_link(&text, url, f->name[0] ? f->name : "this folder");
	}
	mrkdwn_add_raw(&text, ".");
	slack_view_add_context(v, text);
}

static void add_problems(TALLOC_CTX *ctx, struct slack_view *v, const struct catalogue *catalogue)
{
	char *text = mem_strdup(ctx, "");

	for (size_t i = 0; i < catalogue->n_folders; i++) {
		const struct catalogue_folder *f = &catalogue->folders[i];
		if (!f->problem)
			continue;
		mrkdwn_add_raw(&text, ":warning: Some commands may be missing here, since I cannot "
				      "read them from Looker. ");
		mrkdwn_add_text(&text, text_cut(ctx, f->problem, PROBLEM_MAX_CHARS));
		mrkdwn_add_raw(&text, ". ");
	}
	mrkdwn_add_raw(&text, "When something is wrong, whoever runs this bot can mend it; "
			      "`lookerbot check` tells them how.");
	slack_view_add_context(v, text);
}

struct slack_view *home_view(TALLOC_CTX *ctx, const struct home_about *about)
{
	struct slack_view *v = slack_view_new(ctx);

	add_introduction(ctx, v, about);
	add_connection(ctx, v, about);
	home_add_deliveries(ctx, v, about->deliveries, about->n_deliveries);
	slack_view_add_divider(v);
	size_t left_out = add_commands(ctx, v, about);
	add_folders(ctx, v, about, left_out);
	add_problems(ctx, v, about->catalogue);
	return v;
}

struct slack_view *home_closed(TALLOC_CTX *ctx, const char *why)
{
	struct slack_view *v = slack_view_new(ctx);

	slack_view_add_header(v, "Ask Looker");
	slack_view_add_section(v, why);
	return v;
}

/* --- the greeting --- */

struct slack_message *home_greeting(TALLOC_CTX *ctx, const struct home_about *about)
{
	struct slack_message *m = slack_message_new(ctx);
	const struct catalogue_command *examples[EXAMPLES_MAX];
	size_t n = find_examples(about, examples);
	char *text = mem_strdup(ctx, "Hello! I answer with data from Looker. Mention me and write "
				     "what you want to know, for example:");

	for (size_t i = 0; i < n || i == 0; i++) {
		mrkdwn_add_raw(&text, "\n• ");
		add_self(&text, about);
		mrkdwn_add_raw(&text, " ");
		mrkdwn_add_code(&text, n > 0 ? example_of(ctx, about, examples[i]) : "find orders");
	}
	mrkdwn_add_raw(&text, "\n");
	add_self(&text, about);
	mrkdwn_add_raw(&text, " `help` lists all that I know; " SLASH
			      " with the same words works in every conversation, and a link to a "
			      "Look or dashboard gets a preview.");
	slack_message_set_text(m, "Hello! I answer with data from Looker. Mention me and write "
				  "`help` to see what I know.");
	slack_message_add_section(m, text);
	return m;
}
