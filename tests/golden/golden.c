/*
 * Golden tests: a Looker result in (NAME.in.json), the Slack message out (NAME.out.json), in every
 * form that a workspace may get. `golden DIR` compares, `golden --update DIR` writes the outputs
 * anew: read the difference before you commit it.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "render/render.h"

#define FILE_MAX_BYTES (4 * 1024 * 1024)
#define CASES_MIN 60 /* a wrong folder must not pass */
#define IN ".in.json"

static const char *const form_names[SLACK_FORMS] = {
	[SLACK_FORM_CHART] = "chart", [SLACK_FORM_DATA_TABLE] = "data_table",
	[SLACK_FORM_TABLE] = "table", [SLACK_FORM_MONOSPACE] = "monospace",
	[SLACK_FORM_TEXT] = "text",
};

/* NULL when it cannot be read. */
static char *read_file(TALLOC_CTX *ctx, const char *path, size_t *ret_len)
{
	char *buf = mem_array(ctx, char, FILE_MAX_BYTES);
	FILE *f = fopen(path, "rb");

	if (f == NULL)
		return NULL;
	*ret_len = fread(buf, 1, FILE_MAX_BYTES - 1, f);
	fclose(f);
	buf[*ret_len] = '\0';
	return buf;
}

static bool write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "wb");
	bool ok;

	if (f == NULL)
		return false;
	ok = fputs(text, f) >= 0;
	return fclose(f) == 0 && ok;
}

/* What the answer's buttons would do: label, field, whether it asks for values. */
static void add_offers(struct json_object *out, const struct looker_result *r,
		       const struct render_outcome *outcome)
{
	struct json_object *offers = json_object_new_array();

	for (size_t i = 0; i < outcome->n_offers; i++) {
		const struct looker_offer *offer = &outcome->offers[i];
		struct json_object *o = json_object_new_object();

		json_set_str(o, "label", offer->label);
		json_set_str(o, "field", r->fields[offer->field].name);
		json_set_bool(o, "asks", offer->asks);
		json_set_str(o, "json", offer->json);
		json_object_array_add(offers, o);
	}
	json_set(out, "offers", offers);
}

static bool render_case(TALLOC_CTX *ctx, const struct json_object *in, char **ret, struct err *e)
{
	const struct json_object *vis_config = json_object_at(in, "vis");
	struct looker_vis vis = looker_vis_read(ctx, vis_config);
	struct render_about about = {
		.title = json_str_or(in, "title", ""),
		.link = json_str(in, "link"),
		.base_url = json_str_or(in, "base_url", "https://shop.example.com"),
		.no_native_charts = json_bool_or(in, "no_native_charts", false),
	};
	struct slack_message *m = slack_message_new(ctx);
	struct json_object *out = json_new_object(ctx);
	struct render_outcome outcome;
	struct looker_result *r;

	if (!looker_result_read(ctx, json_get(in, "detail"), vis_config,
				(size_t)json_int_or(in, "limit", 201), &r, e))
		return false;
	render_result(m, r, &vis, &about, &outcome);
	json_set_int(out, "rows_shown", (int64_t)outcome.rows_shown);
	json_set_int(out, "rows_known", (int64_t)outcome.rows_known);
	json_set_bool(out, "more_rows", outcome.more_rows);
	if (outcome.n_offers > 0)
		add_offers(out, r, &outcome);
	for (int form = 0; form < SLACK_FORMS; form++) {
		/* Without a chart it is the table. */
		if (form == SLACK_FORM_CHART &&
		    slack_message_look(m, SLACK_FORM_CHART) != SLACK_FORM_CHART)
			continue;
		json_set(out, form_names[form],
			 json_object_get(slack_message_encode(ctx, m, (enum slack_form)form)));
	}
	*ret = mem_printf(ctx, "%s\n",
			  json_object_to_json_string_ext(
				  out, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	return true;
}

/* The first line that differs, with its number. */
static void show_difference(const char *path, const char *expected, const char *got)
{
	size_t line = 1, start = 0, i = 0;

	for (; expected[i] == got[i] && got[i] != '\0'; i++) {
		if (got[i] == '\n') {
			line++;
			start = i + 1;
		}
	}
	printf("%s:%zu differs\n\texpected %.*s\n\tgot      %.*s\n", path, line,
	       (int)strcspn(expected + start, "\n"), expected + start,
	       (int)strcspn(got + start, "\n"), got + start);
}

static bool run_case(const char *dir, const char *name, bool update)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	char *in_path = mem_printf(ctx, "%s/%s" IN, dir, name);
	char *out_path = mem_printf(ctx, "%s/%s.out.json", dir, name);
	struct json_object *in;
	struct err e = { .kind = ERR_NONE };
	size_t len = 0, expected_len;
	char *text = read_file(ctx, in_path, &len), *got, *expected;
	bool ok = false;

	if (text == NULL || !json_parse(ctx, text, len, &in, &e) ||
	    !render_case(ctx, in, &got, &e)) {
		printf("%s: %s\n", in_path, text == NULL ? "cannot be read" : e.text);
	} else if (update) {
		ok = write_file(out_path, got);
		if (!ok)
			printf("%s: cannot be written\n", out_path);
	} else {
		expected = read_file(ctx, out_path, &expected_len);
		ok = expected != NULL && strcmp(expected, got) == 0;
		if (expected == NULL)
			printf("%s: is missing; see --update\n", out_path);
		else if (!ok)
			show_difference(out_path, expected, got);
	}
	talloc_free(ctx);
	return ok;
}

static int is_input(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return len > strlen(IN) && strcmp(d->d_name + len - strlen(IN), IN) == 0;
}

int main(int argc, char **argv)
{
	bool update = argc > 1 && strcmp(argv[1], "--update") == 0;
	const char *dir = argc == 2 + update ? argv[1 + update] : NULL;
	struct dirent **entries;
	int n, failed = 0;

	if (dir == NULL) {
		fprintf(stderr, "usage: golden [--update] DIR\n");
		return 2;
	}
	n = scandir(dir, &entries, is_input, alphasort);
	if (n < CASES_MIN) {
		fprintf(stderr, "golden: only %d cases in %s\n", n, dir);
		return 2;
	}
	for (int i = 0; i < n; i++) {
		entries[i]->d_name[strlen(entries[i]->d_name) - strlen(IN)] = '\0';
		failed += !run_case(dir, entries[i]->d_name, update);
		free(entries[i]);
	}
	free(entries);
	printf("%d cases, %d failed\n", n, failed);
	return failed > 0;
}
