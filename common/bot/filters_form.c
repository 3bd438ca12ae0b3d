/*
 * A dashboard's filters as the fields of a form, and what was filled in as the line that somebody
 * would type: from there on it is a command like any other. Reading and judging values is
 * filters.c's, suggestions are filters_suggest.c's.
 */
#include "bot/filters_form.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "bot/command.h"
#include "bot/filters_line.h"
#include "bot/identity.h"
#include "slack/mrkdwn.h"

#define SUGGEST_MS 2000	    /* for all filters together: somebody looks at "Loading…" */
#define VALUE_MAX_CHARS 500 /* that is typed: a line has 4,000 bytes */
#define LINE_SHOWN_MAX_CHARS 1500

#define S_GONE "That Looker is no longer in my settings."
#define S_NO_FILTERS "This dashboard has no filters any more."

/* --- to and from JSON --- */

struct json_object *filters_form_save(TALLOC_CTX *ctx, const struct filters_form_about *about)
{
	struct json_object *o = json_new_object(ctx);

	json_set_str(o, "looker", about->looker);
	json_set_str(o, "id", about->id);
	json_set_str(o, "title", about->title);
	json_set_str(o, "words", about->words);
	json_set_str(o, "command", about->command);
	if (about->values)
		json_set(o, "values", json_object_get(about->values));
	return o;
}

bool filters_form_load(const struct json_object *o, struct filters_form_about *ret, struct err *e)
{
	*ret = (struct filters_form_about){
		.looker = json_str(o, "looker"),
		.id = json_str(o, "id"),
		.title = json_str_or(o, "title", FILTERS_FORM_TITLE),
		.words = json_str(o, "words"),
		.command = json_str_or(o, "command", ""),
		.values = json_object_at(o, "values"),
	};
	return (ret->looker && ret->id && ret->words) ||
	       err_set(e, ERR_INTERNAL, "the button's meaning cannot be read");
}

/* As much of the filters as reading values again takes. */
static struct json_object *save_filters(const struct looker_filter *filters, size_t n)
{
	struct json_object *list = mem_must(json_object_new_array());

	for (size_t i = 0; i < n; i++) {
		struct json_object *o = mem_must(json_object_new_object());

		json_set_str(o, "name", filters[i].name);
		json_set_str(o, "title", filters[i].title);
		json_set_int(o, "kind", filters[i].kind);
		json_set_str(o, "default", filters[i].default_value);
		json_object_array_add(list, o);
	}
	return list;
}

static struct looker_filter *load_filters(TALLOC_CTX *ctx, const struct json_object *body,
					  size_t *ret_n)
{
	const struct json_object *list = json_array_at(body, "filters");
	size_t n = json_len(list);
	struct looker_filter *filters = mem_array(ctx, struct looker_filter, n);

	for (size_t i = 0; i < n; i++) {
		const struct json_object *o = json_item(list, i);

		filters[i] = (struct looker_filter){
			.name = json_str_or(o, "name", ""),
			.title = json_str_or(o, "title", ""),
			.kind = (enum looker_filter_kind)json_int_or(o, "kind", 0),
			.default_value = json_str_or(o, "default", ""),
		};
	}
	*ret_n = n;
	return filters;
}

/* --- the line --- */

static char *typed(TALLOC_CTX *ctx, const struct filters_form_about *about, const char *line)
{
	return mem_printf(ctx, "%s%s%s%s%s", about->command, about->command[0] ? " " : "",
			  about->words, line[0] ? " " : "", line);
}

char *filters_form_example(TALLOC_CTX *ctx, const struct filters_form_about *about)
{
	char *line = mem_strdup(ctx, "");

	if (about->values) {
		json_object_object_foreach(about->values, name, value)
		{
			const char *text = json_object_get_string(value);
			bool quote = !text[0] || strpbrk(text, " ;=");

			mem_appendf(&line, "%s%s=%s%s%s", line[0] ? " " : "", name,
				    quote ? "\"" : "", text[0] ? text : "…", quote ? "\"" : "");
		}
	}
	return text_cut(ctx, typed(ctx, about, line), LINE_SHOWN_MAX_CHARS);
}

/* --- fields --- */

static void add_option(struct slack_option *options, size_t *n, const char *value,
		       const char *label)
{
	for (size_t i = 0; value && i < *n && *n < SLACK_MODAL_OPTIONS_MAX; i++)
		if (strcmp(options[i].value, value) == 0)
			return;
	if (value)
		options[(*n)++] = (struct slack_option){ .value = value, .label = label };
}

/* For a field to type in, which would cut it: another value. A list holds any. */
static bool is_too_long(const char *value)
{
	return value && text_chars(value) > SLACK_FIELD_MAX_CHARS;
}

/* What is chosen now comes first when it is none of them: a pattern, or several. */
static void add_current(struct slack_modal_field *field, struct slack_option *options)
{
	const char *now = field->value;
	size_t i = 0;

	while (i < field->n_options && now && strcmp(options[i].value, now) != 0)
		i++;
	if (!now || !now[0] || i < field->n_options)
		return;
	memmove(options + 1, options, field->n_options * sizeof(options[0]));
	options[0] = (struct slack_option){ .value = now, .label = now };
	field->n_options++;
}

static void make_list(TALLOC_CTX *ctx, struct slack_modal_field *field, const char *const *values,
		      size_t n)
{
	struct slack_option *options = mem_array(ctx, struct slack_option, n + 1);

	for (size_t i = 0; i < n; i++)
		add_option(options, &field->n_options, filters_line_literal(ctx, values[i]),
			   values[i]);
	if (field->n_options == 0 && !is_too_long(field->value))
		return;
	add_current(field, options);
	field->type = SLACK_FIELD_SELECT;
	field->options = options;
}

static const char *hint_of(TALLOC_CTX *ctx, const struct looker_filter *f, bool list)
{
	if (f->kind == LOOKER_FILTER_YESNO)
		return NULL;
	return list ? mem_printf(ctx,
				 "Several at once, or a pattern: type them after the command, "
				 "such as %s=one,two",
				 f->title)
		    : mem_printf(ctx, "%s, such as %s", filters_kind_word(f->kind),
				 filters_kind_examples(f->kind));
}

struct making {
	struct job_run *run;
	const struct identity *who;
	const struct filters_form_about *about;
	int64_t suggest_until_ms;
};

static struct slack_modal_field make_field(const struct making *m, const struct looker_filter *f)
{
	static const char *const yesno[] = { "Yes", "No" };
	const char *now = json_str(m->about->values, f->name);
	const char *const *values = yesno;
	size_t n = f->kind == LOOKER_FILTER_YESNO ? 2 : 0;
	struct slack_modal_field field = {
		.type = SLACK_FIELD_TEXT,
		.name = f->name,
		.label = f->title,
		.value = now ? now : f->default_value,
		.required = f->required,
		.max_chars = VALUE_MAX_CHARS,
	};

	if (field.value && text_chars(field.value) > VALUE_MAX_CHARS)
		field.max_chars = SLACK_FIELD_MAX_CHARS; /* as it came it may stay */
	if (f->kind == LOOKER_FILTER_STRING)
		filters_suggest(m->run->ctx, m->run->bot, m->who, m->suggest_until_ms, f, &values,
				&n);
	make_list(m->run->ctx, &field, values, n);
	field.hint = hint_of(m->run->ctx, f, field.n_options > 0);
	return field;
}

static struct job_end show_filters(const struct making *m, const struct slack_inbound *in,
				   const char *view_id, const struct looker_dashboard *d)
{
	TALLOC_CTX *ctx = m->run->ctx;
	size_t n = d->n_filters < MODAL_FIELDS_MAX ? d->n_filters : MODAL_FIELDS_MAX;
	struct slack_modal_field *fields = mem_array(ctx, struct slack_modal_field, n);
	struct json_object *body = filters_form_save(ctx, m->about);
	char *intro = mem_strdup(ctx, "");

	if (n == 0)
		return modal_say(m->run, in, view_id, FILTERS_FORM_TITLE, S_NO_FILTERS);
	for (size_t i = 0; i < n; i++)
		fields[i] = make_field(m, &d->filters[i]);
	json_set(body, "filters", save_filters(d->filters, n));
	mrkdwn_add_bold(&intro, d->title);
	const struct modal_form form = {
		.kind = FILTERS_FORM_KIND,
		.title = FILTERS_FORM_TITLE,
		.submit = "Run",
		.intro = intro,
		.fields = fields,
		.n = n,
		.body = body,
	};
	return modal_show(m->run, in, view_id, &form);
}

/* --- showing --- */

static bool find_instance(const struct bot *bot, const char *name, size_t *ret)
{
	for (size_t i = 0; i < bot->n_lookers; i++) {
		*ret = i;
		if (strcmp(looker_name(bot->lookers[i]), name) == 0)
			return true;
	}
	return false;
}

static struct job_end say_refused(const struct making *m, const struct slack_inbound *in,
				  const char *view_id, const struct err *e)
{
	char *text = mem_strdup(m->run->ctx, "I cannot show ");

	mrkdwn_add_bold(&text, m->about->title);
	mrkdwn_add_raw(&text, " with your own Looker rights (as ");
	mrkdwn_add_text(&text, m->who->as);
	mrkdwn_add_raw(&text, "). ");
	mrkdwn_add_text(&text, e->text);
	mrkdwn_add_raw(&text, ".");
	return modal_say(m->run, in, view_id, FILTERS_FORM_TITLE, text);
}

struct job_end filters_form_show(struct job_run *run, const struct slack_inbound *in,
				 const char *view_id, const struct filters_form_about *about)
{
	const struct command_call call = {
		.bot = run->bot,
		.in = in,
		.text = "",
		.now_ms = clock_now_ms(),
		.deadline_ms = run->deadline_ms,
	};
	struct making m = { .run = run, .about = about };
	struct looker_dashboard *d;
	struct identity who;
	size_t instance = 0;
	struct err e;

	if (!find_instance(run->bot, about->looker, &instance))
		return modal_say(run, in, view_id, FILTERS_FORM_TITLE, S_GONE);
	const char *lane = bot_looker_lane(run->ctx, run->bot->lookers[instance]);
	if (strcmp(run->lane, lane) != 0 && !job_keep(run, NULL, lane))
		return job_end_waits(lane);
	if (!identity_looker(run->ctx, &call, instance, &who, &e))
		return modal_failed(run, in, view_id, FILTERS_FORM_TITLE, &e);
	if (!who.lk)
		return modal_say(run, in, view_id, FILTERS_FORM_TITLE, who.miss);
	m.who = &who;
	if (!looker_dashboard_get(run->ctx, who.lk, run->deadline_ms, about->id, &d, &e))
		return identity_may_not(&who, &e)
			       ? say_refused(&m, in, view_id, &e)
			       : modal_failed(run, in, view_id, FILTERS_FORM_TITLE, &e);
	m.suggest_until_ms = clock_deadline_ms(SUGGEST_MS);
	return show_filters(&m, in, view_id, d);
}

/* --- sending --- */

/* One value alone, so that its field is the one that is told. */
static bool check_one(TALLOC_CTX *ctx, const struct looker_filter *filters, size_t n, size_t k,
		      const struct modal_state *state, struct modal_faults *ret)
{
	const char *value = modal_value(state, filters[k].name);
	struct json_object *values = json_new_object(ctx);
	struct err e;

	for (size_t i = 0; i < n; i++)
		json_set_str(values, filters[i].name, filters[i].default_value);
	json_set_str(values, filters[k].name, value ? value : "");
	if (filters_line_holds(ctx, filters, n, values, &e))
		return true;
	modal_fault(ctx, ret, filters[k].name, e.text);
	return false;
}

void filters_form_check(TALLOC_CTX *ctx, const struct modal_state *state, struct modal_faults *ret)
{
	size_t n;
	const struct looker_filter *filters = load_filters(ctx, state->body, &n);
	bool each = n > 0;
	struct err e;

	for (size_t k = 0; k < n; k++)
		each &= check_one(ctx, filters, n, k, state, ret);
	if (each && !filters_line_holds(ctx, filters, n, state->values, &e))
		modal_fault(ctx, ret, filters[0].name, e.text);
}

static char *line_of(TALLOC_CTX *ctx, const struct modal_state *state,
		     struct filters_form_about *ret)
{
	struct err ignored; /* what is stored was complete */
	size_t n;
	const struct looker_filter *filters = load_filters(ctx, state->body, &n);

	if (!filters_form_load(state->body, ret, &ignored))
		*ret = (struct filters_form_about){ .command = "", .words = "" };
	return filters_line(ctx, filters, n, state->values);
}

char *filters_form_working(TALLOC_CTX *ctx, const struct modal_state *state)
{
	struct filters_form_about about;
	const char *line = line_of(ctx, state, &about);
	char *text = mem_strdup(ctx, "It runs. ");
	bool dm = !state->channel_id || state->channel_id[0] == 'D';

	if (dm)
		mrkdwn_add_raw(&text, "The answer comes into our conversation.");
	else
		mrkdwn_addf_raw(&text, "The answer comes into <#%s>.", state->channel_id);
	mrkdwn_add_raw(&text, "\n\nThe same in one line:\n");
	mrkdwn_add_code(&text, text_cut(ctx, typed(ctx, &about, line), LINE_SHOWN_MAX_CHARS));
	return text;
}

/* There may be a loading text in the channel: job_ask, which knows how to take it away, goes on. */
bool filters_form_begun(struct job_run *run, const struct reply *so_far)
{
	return so_far->message || so_far->loading || so_far->seek || run->job->deaths > 0;
}

struct job_end filters_form_submit(struct job_run *run, const struct slack_inbound *in,
				   const struct modal_state *state)
{
	struct slack_inbound *asked = mem_zero(run->ctx, struct slack_inbound);
	struct filters_form_about about;
	const char *line = line_of(run->ctx, state, &about);

	*asked = *in;
	asked->kind =
		in->channel_id && in->channel_id[0] == 'D' ? SLACK_INBOUND_DM : SLACK_INBOUND_SLASH;
	asked->command = about.command;
	asked->text = filters_line_sent(
		run->ctx, mem_printf(run->ctx, "%s%s%s", about.words, line[0] ? " " : "", line));
	asked->fields = NULL;
	asked->view_id = NULL;
	asked->value = NULL;
	if (in->thread_ts) /* a word to the asker alone belongs there, too */
		asked->response_url = NULL;
	return job_ask(run, asked);
}
