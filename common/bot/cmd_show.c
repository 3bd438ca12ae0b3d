/*
 * show TITLE|ID|URL: runs any Look, dashboard or stored query without a command of its own. One
 * small function for each kind of target; the data goes the way of the custom commands (show.c).
 */
#include "base/mem.h"
#include "base/text.h"
#include "bot/command.h"
#include "bot/identity.h"
#include "bot/show.h"
#include "bot/target.h"
#include "slack/mrkdwn.h"

#define CANDIDATES 5
#define CLEAR_LEAD 0.15 /* so much better than the second, a title is what was meant */

/* One run of the command. */
struct run {
	TALLOC_CTX *ctx;
	const struct command_call *call;
	struct target target;
	struct command_answer *ret;
	struct err *e;
};

/* An address of one of our Lookers stands for itself: nobody types `show` before it. */
static bool is_address(TALLOC_CTX *ctx, const struct bot *bot, const char *text,
		       size_t *ret_instance)
{
	size_t len = strcspn(text, " \t\n");

	if (!memchr(text, '/', len))
		return false;
	struct target t = target_read(ctx, bot, text);
	*ret_instance = t.instance;
	return t.url && t.kind != TARGET_FOREIGN;
}

static bool show_match(TALLOC_CTX *ctx, const struct bot *bot, const struct catalogue *catalogue,
		       const char *text, struct command_match *ret)
{
	(void)catalogue;
	if (strcmp(command_first_word(ctx, text, &ret->rest), command_show.name) == 0) {
		ret->instance = target_read(ctx, bot, ret->rest).instance;
		return true;
	}
	ret->rest = text;
	return is_address(ctx, bot, text, &ret->instance);
}

static struct show_asked asked_of(const struct run *r, const char *kind)
{
	return (struct show_asked){
		.instance = r->target.instance,
		.id = r->target.id,
		.view = r->target.view,
		.words = mem_printf(r->ctx, "show %s %s", kind, r->target.id),
		.text = r->target.rest,
		.link = r->target.link,
		.named = true,
	};
}

/* What is not there, or hidden, is an answer: nobody can mend it by trying again. */
static bool or_say(const struct run *r, bool ok)
{
	if (ok)
		return true;
	if (r->e->kind != ERR_NOT_FOUND &&
	    !(r->target.kind == TARGET_EXPLORE && r->e->kind == ERR_BAD_INPUT))
		return false;
	char *text = mem_strdup(r->ctx, "I cannot show that. ");
	mrkdwn_add_text(&text, r->e->text);
	mrkdwn_add_raw(&text, ".");
	command_whisper(r->ctx, text, r->ret);
	return true;
}

static bool run_look(const struct run *r)
{
	struct show_asked asked = asked_of(r, "look");

	return or_say(r, show_look(r->ctx, r->call, &asked, r->ret, r->e));
}

static bool run_dashboard(const struct run *r)
{
	struct show_asked asked = asked_of(r, "dashboard");

	return or_say(r, show_dashboard(r->ctx, r->call, &asked, r->ret, r->e));
}

static bool run_slug(const struct run *r)
{
	struct show_asked asked = asked_of(r, "");

	asked.named = false; /* a slug tells nobody anything */
	return or_say(r, show_query(r->ctx, r->call, &asked, r->ret, r->e));
}

/* The Look of that number, else the dashboard; the footer says which. */
static bool run_number(const struct run *r)
{
	struct show_asked look = asked_of(r, "look"), dashboard = asked_of(r, "dashboard");

	if (show_look(r->ctx, r->call, &look, r->ret, r->e))
		return true;
	if (r->e->kind != ERR_NOT_FOUND)
		return false;
	if (show_dashboard(r->ctx, r->call, &dashboard, r->ret, r->e))
		return true;
	if (r->e->kind != ERR_NOT_FOUND)
		return false;
	char *text = mem_strdup(r->ctx, "There is neither a Look nor a dashboard ");
	mrkdwn_add_text(&text, r->target.id);
	mrkdwn_add_raw(&text, " at ");
	mrkdwn_add_text(&text, looker_name(r->call->bot->lookers[r->target.instance]));
	mrkdwn_addf_raw(&text, " that %s may see.", identity_whose(r->call->bot));
	command_whisper(r->ctx, text, r->ret);
	return true;
}

/* An Explore that nobody stored: all that it is stands in its address. */
static bool run_explore(const struct run *r)
{
	struct show_asked asked = asked_of(r, "explore");

	asked.named = false; /* its title says it */
	return or_say(r, show_explore(r->ctx, r->call, &asked, r->ret, r->e));
}

/* --- titles --- */

static bool run_hit(const struct run *r, const struct looker_title *t, const char *rest)
{
	struct run hit = *r;

	hit.target.id = t->id;
	hit.target.rest = rest;
	return t->is_dashboard ? run_dashboard(&hit) : run_look(&hit);
}

static bool is_clear(const struct fuzzy_hit *hits, size_t n)
{
	return n == 1 || (n > 1 && hits[0].score - hits[1].score >= CLEAR_LEAD) ||
	       (n > 1 && hits[0].score >= 1 && hits[1].score < 1);
}

static void say_candidates(const struct run *r, const struct titles *t,
			   const struct fuzzy_hit *hits, size_t n)
{
	const struct looker *lk = r->call->bot->lookers[r->target.instance];
	char *text = mem_strdup(r->ctx, "");

	mrkdwn_addf_raw(&text, n > 0 ? "Several %s fit " : "No %s match ",
			titles_wanted_word(&r->target.wanted));
	mrkdwn_add_code(&text, r->target.wanted.words);
	if (n > 0)
		mrkdwn_add_raw(&text, ". Which one? `show` also takes a number or an address:");
	else
		mrkdwn_addf_raw(&text, " (among those that %s may see).",
				identity_whose(r->call->bot));
	for (size_t i = 0; i < n; i++) {
		const struct looker_title *hit = &t->titles[hits[i].index];
		titles_add_line(&text, lk, hit);
		mrkdwn_add_raw(&text, " – ");
		mrkdwn_add_code(&text,
				mem_printf(r->ctx, "show %s %s",
					   hit->is_dashboard ? "dashboard" : "look", hit->id));
	}
	command_whisper(r->ctx, text, r->ret);
}

/* "executive summary region=EMEA": the longest beginning that is a dashboard's or Look's title. */
static const struct looker_title *title_before_values(const struct run *r, const struct titles *t,
						      const char **ret_rest)
{
	const struct titles_wanted *w = &r->target.wanted;
	size_t ends[COMMAND_WORDS_MAX];

	for (size_t n = command_word_ends(w->words, ends); n > 0; n--) {
		const char *words = mem_strndup(r->ctx, w->words, ends[n - 1]);
		*ret_rest = command_skip_blanks(w->words + ends[n - 1]);
		for (size_t i = 0; strchr(*ret_rest, '=') && i < t->n; i++)
			if ((t->titles[i].is_dashboard ? w->dashboards : w->looks) &&
			    text_equal_fold(t->titles[i].title, words))
				return &t->titles[i];
	}
	return NULL;
}

static bool run_title(const struct run *r)
{
	struct fuzzy_hit hits[CANDIDATES];
	const struct looker_title *title = NULL;
	const char *rest = "";
	struct identity who;
	struct titles t;
	size_t n;

	if (!identity_looker(r->ctx, r->call, r->target.instance, &who, r->e))
		return false;
	if (!who.lk) {
		identity_say_miss(r->ctx, &who, r->ret);
		return true;
	}
	if (!titles_find(r->ctx, r->call->bot, &who, &r->target.wanted, r->call->deadline_ms, &t,
			 hits, CANDIDATES, &n, r->e))
		return false;
	if (strchr(r->target.wanted.words, '='))
		title = title_before_values(r, &t, &rest);
	if (!title && is_clear(hits, n)) {
		title = &t.titles[hits[0].index];
		rest = "";
	}
	if (title)
		return run_hit(r, title, rest);
	say_candidates(r, &t, hits, n);
	return true;
}

/* --- what cannot be shown --- */

static bool say_nothing(const struct run *r)
{
	command_whisper(r->ctx,
			"What shall I show? A title, a number or an address from Looker. "
			"For example: `show look 42`",
			r->ret);
	return true;
}

static bool say_page(const struct run *r)
{
	command_whisper(r->ctx,
			"I can show Looks, dashboards and Explores (`/looks/…`, `/dashboards/…`, "
			"`/explore/…`, `/x/…`), but not this page of Looker.",
			r->ret);
	return true;
}

static bool say_foreign(const struct run *r)
{
	const struct bot *bot = r->call->bot;
	char *text = mem_strdup(r->ctx, "That address is not of a Looker that I know. I know ");

	for (size_t i = 0; i < bot->n_lookers; i++) {
		mrkdwn_add_raw(&text, i > 0 ? ", " : "");
		mrkdwn_add_code(&text, looker_url(bot->lookers[i]));
	}
	mrkdwn_add_raw(&text, ".");
	command_whisper(r->ctx, text, r->ret);
	return true;
}

static bool (*const runs[TARGET_KINDS])(const struct run *r) = {
	[TARGET_NOTHING] = say_nothing, [TARGET_NUMBER] = run_number,
	[TARGET_LOOK] = run_look,	[TARGET_DASHBOARD] = run_dashboard,
	[TARGET_SLUG] = run_slug,	[TARGET_EXPLORE] = run_explore,
	[TARGET_TITLE] = run_title,	[TARGET_PAGE] = say_page,
	[TARGET_FOREIGN] = say_foreign,
};

static bool show_run(TALLOC_CTX *ctx, const struct command_call *call, struct command_answer *ret,
		     struct err *e)
{
	const struct run r = {
		.ctx = ctx,
		.call = call,
		.target = target_read(ctx, call->bot, call->match.rest),
		.ret = ret,
		.e = e,
	};
	return runs[r.target.kind](&r);
}

static const char *const examples[] = { "show orders by status", "show look 42",
					"show dashboard 42 region=EMEA",
					"show https://looker.example.com/looks/42", NULL };

const struct command command_show = {
	.name = "show",
	.usage = "show title, number or address",
	.help = "the data of any Look or dashboard",
	.about = "Runs any Look, dashboard or short address (`/x/…`) that the bot's Looker account "
		 "may see (or yours, where the bot asks with each person's own rights). A number "
		 "alone is the Look, or the dashboard when there is no such Look. "
		 "The filters of an address are kept, values may follow it, and it works "
		 "without `show`, too.",
	.examples = examples,
	.echoed = true,
	.match = show_match,
	.run = show_run,
};
