/* The body of a delivery's job: to and from bytes, and filled from a webhook's facts. */
#include "bot/schedule_job.h"

#include <ctype.h>
#include <string.h>

#include "base/form.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "bot/job.h"

#define FILTERS_MAX 20
#define FILTER_MAX_CHARS 150
#define FILE_NAME_MAX 60
#define WORDS_MAX_CHARS 2000 /* beside data */

static const struct {
	const char *name;
	size_t offset;
} texts[] = {
	{ JOB_REQUEST, offsetof(struct schedule_job, request) },
	{ "looker", offsetof(struct schedule_job, looker) },
	{ "base_url", offsetof(struct schedule_job, base_url) },
	{ "name", offsetof(struct schedule_job, name) },
	{ "id", offsetof(struct schedule_job, id) },
	{ "title", offsetof(struct schedule_job, title) },
	{ "url", offsetof(struct schedule_job, url) },
	{ "plan_id", offsetof(struct schedule_job, plan_id) },
	{ "format", offsetof(struct schedule_job, format) },
	{ "words", offsetof(struct schedule_job, words) },
	{ "file_name", offsetof(struct schedule_job, file_name) },
};
#define N_TEXTS (sizeof(texts) / sizeof(texts[0]))

static const char **text_of(struct schedule_job *j, size_t i)
{
	return (const char **)(void *)((char *)j + texts[i].offset);
}

static void set_object(struct json_object *o, const char *key, struct json_object *value)
{
	if (value)
		json_set(o, key, json_object_get(value));
}

char *schedule_job_save(TALLOC_CTX *ctx, const struct schedule_job *j, size_t *ret_len)
{
	struct schedule_job copy = *j;
	struct json_object *o = json_new_object(ctx);
	char *body;

	for (size_t i = 0; i < N_TEXTS; i++)
		json_set_str(o, texts[i].name, *text_of(&copy, i));
	json_set_bool(o, "person", j->person);
	json_set_bool(o, "bare", j->bare);
	json_set_int(o, "rows", j->rows);
	json_set_int(o, "awaited_ms", j->awaited_ms);
	set_object(o, "filters", j->filters);
	set_object(o, "vis", j->vis);
	set_object(o, "detail", j->detail);
	set_object(o, "alert", j->alert);
	const char *head = json_text(o);
	const size_t len = strlen(head);
	*ret_len = len + (j->file_name ? 1 + j->file_len : 0);
	body = mem_array(ctx, char, *ret_len + 1);
	memcpy(body, head, len);
	if (j->file_name) {
		body[len] = '\n';
		memcpy(body + len + 1, j->file, j->file_len);
	}
	return body;
}

bool schedule_job_load(TALLOC_CTX *ctx, const char *body, size_t len, struct schedule_job *ret,
		       struct err *e)
{
	const char *end = memchr(body, '\n', len);
	const size_t head = end ? (size_t)(end - body) : len;
	struct json_object *o;

	if (!json_parse(ctx, body, head, &o, e))
		return err_wrap(e, "the job's body");
	*ret = (struct schedule_job){ .person = json_bool_or(o, "person", false),
				      .bare = json_bool_or(o, "bare", false),
				      .rows = json_int_or(o, "rows", 0),
				      .awaited_ms = json_int_or(o, "awaited_ms", 0),
				      .filters = json_array_at(o, "filters"),
				      .vis = json_object_at(o, "vis"),
				      .detail = json_object_at(o, "detail"),
				      .alert = json_object_at(o, "alert") };
	for (size_t i = 0; i < N_TEXTS; i++)
		*text_of(ret, i) = mem_strdup(ctx, json_str(o, texts[i].name));
	if (!ret->looker || !ret->base_url || !ret->name || !ret->title || !ret->format)
		return err_set(e, ERR_INTERNAL, "the job's body is not a schedule's");
	if (ret->file_name && !end)
		return err_set(e, ERR_INTERNAL, "the job's body has lost its file");
	ret->file = end ? end + 1 : NULL;
	ret->file_len = end ? len - head - 1 : 0;
	return true;
}

/* --- from the webhook --- */

static void add_filter(TALLOC_CTX *ctx, struct json_object *list, const char *name,
		       const char *value)
{
	struct json_object *pair;

	if (!name[0] || !value[0] || json_len(list) >= FILTERS_MAX)
		return;
	pair = json_object_new_array();
	json_object_array_add(pair, json_object_new_string(text_cut(ctx, name, FILTER_MAX_CHARS)));
	json_object_array_add(pair, json_object_new_string(text_cut(ctx, value, FILTER_MAX_CHARS)));
	json_object_array_add(list, pair);
}

static void add_filters(TALLOC_CTX *ctx, struct json_object *list, struct json_object *filters)
{
	struct json_object_iterator at = json_object_iter_begin(filters);
	struct json_object_iterator end = json_object_iter_end(filters);

	for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
		struct json_object *value = json_object_iter_peek_value(&at);

		if (json_object_is_type(value, json_type_string))
			add_filter(ctx, list, json_object_iter_peek_name(&at),
				   json_object_get_string(value));
	}
}

/* A Look's are in its query, a dashboard's in its address. */
static struct json_object *filters_of(TALLOC_CTX *ctx, const struct looker_webhook *w)
{
	struct json_object *list = json_new_array(ctx);
	struct json_object *filters = json_object_at(w->query, "filters");
	const char *query = w->url ? strchr(w->url, '?') : NULL;
	struct form *form;
	struct err e;

	if (w->alert && json_len(w->alert->filters) > 0)
		return w->alert->filters;
	if (filters) {
		add_filters(ctx, list, filters);
		return list;
	}
	if (query && form_parse(ctx, query + 1, strcspn(query + 1, "#"), &form, &e))
		for (size_t i = 0; i < form->n; i++)
			add_filter(ctx, list, form->fields[i].name, form->fields[i].value);
	return list;
}

/* "daily-sales.pdf": ASCII, since not every letter survives the way. */
static char *file_name_of(TALLOC_CTX *ctx, const char *title, const char *extension)
{
	char *name = mem_strdup(ctx, "");

	for (const char *p = title; *p && strlen(name) < FILE_NAME_MAX; p++) {
		const char c = (char)tolower((unsigned char)*p);
		const size_t len = strlen(name);

		if ((unsigned char)c < 0x80 && isalnum((unsigned char)c))
			mem_append_n(&name, &c, 1);
		else if (len > 0 && name[len - 1] != '-')
			mem_append(&name, "-");
	}
	if (!name[0])
		mem_append(&name, "looker");
	size_t len = strlen(name);
	if (name[len - 1] == '-')
		mem_truncate(name, len - 1);
	mem_appendf(&name, ".%s", extension);
	return name;
}

static const char *title_of(const struct looker_webhook *w)
{
	if (w->title)
		return w->title;
	if (w->alert)
		return "An alert";
	if (w->plan_type && strstr(w->plan_type, "ashboard"))
		return "A dashboard";
	return w->plan_type ? "A Look" : "Data from Looker";
}

/* Its label, where the data that came along has that field. */
static const char *field_label(const struct json_object *detail, const char *name)
{
	static const char *const lists[] = { "measures", "dimensions", "table_calculations" };
	const struct json_object *fields = json_object_at(detail, "fields");

	for (size_t i = 0; name && i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct json_object *list = json_array_at(fields, lists[i]);

		for (size_t k = 0; k < json_len(list); k++)
			if (strcmp(json_str_or(json_item(list, k), "name", ""), name) == 0)
				return json_str_or(json_item(list, k), "label", name);
	}
	return name;
}

static struct json_object *alert_of(TALLOC_CTX *ctx, const struct looker_webhook *w)
{
	const struct looker_alert *a = w->alert;
	struct json_object *o = json_new_object(ctx);

	json_set_str(o, "description", a->description);
	json_set_str(o, "field", field_label(w->detail, a->field));
	json_set_str(o, "value", a->value);
	json_set_str(o, "threshold", a->threshold);
	json_set_str(o, "comparison", a->comparison);
	json_set_str(o, "condition", a->condition);
	return o;
}

void schedule_job_fill(TALLOC_CTX *ctx, const struct looker_webhook *w, struct schedule_job *j)
{
	j->title = title_of(w);
	j->url = w->url;
	j->plan_id = w->plan_id;
	j->format = w->format;
	j->filters = filters_of(ctx, w);
	j->vis = json_object_at(w->query, "vis_config");
	j->detail = w->detail;
	j->rows = (int64_t)w->rows;
	j->words = w->message ? text_cut(ctx, w->message, WORDS_MAX_CHARS) : NULL;
	if (w->alert) {
		j->alert = alert_of(ctx, w);
		if (!j->url && w->alert->url) /* a path of the instance */
			j->url = mem_printf(ctx, "%s%s", j->base_url, w->alert->url);
	}
	if (w->kind == LOOKER_WEBHOOK_FILE) {
		j->file_name = file_name_of(ctx, j->title, w->extension);
		j->file = w->bytes;
		j->file_len = w->len;
	}
}
