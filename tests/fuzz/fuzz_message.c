/*
 * Slack's limits on a message, as far as this product's messages can break them: blocks, texts,
 * tables. The sandbox (slack_limits.py) knows all of them, but not at a thousand messages a second.
 */
#include "fuzz.h"

#include <math.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "slack/message_private.h"

#define ELEMENT_MAX 3000
#define ALL_BLOCKS_MAX 13200
#define CAPTION_MAX 2000
#define CELLS_MAX 20
#define LABEL_MAX 20
#define TITLE_MAX 50
#define DATA_TABLE_ROWS_MAX 201
#define DATA_TABLE_CHARS_MAX 20000
#define TABLE_ROWS_MAX 100
#define TABLE_CHARS_MAX 10000
#define FALLBACK_TEXT_MAX 4000
#define PLAIN_MAX 12000

struct checking {
	enum fuzz_depth depth;
	size_t units;	   /* of all texts in blocks */
	size_t cell_chars; /* of all cells */
	size_t tables, charts;
};

static const char *type_of(const struct json_object *o)
{
	const char *type = json_str(o, "type");
	FUZZ_CHECK(type != NULL);
	return type;
}

static void check_text(struct checking *c, const char *text, size_t max)
{
	fuzz_check_utf8(text);
	FUZZ_CHECK(text[0] != '\0');
	FUZZ_CHECK(message_units(text) <= max);
	if (c->depth == FUZZ_LIMITS)
		return;
	fuzz_check_mrkdwn(text);
	fuzz_check_quiet(text);
}

static void check_text_object(struct checking *c, const struct json_object *o, size_t max)
{
	FUZZ_CHECK(strcmp(type_of(o), "mrkdwn") == 0);
	FUZZ_CHECK(json_bool_or(o, "verbatim", false));
	check_text(c, json_str(o, "text"), max);
	c->units += message_units(json_str(o, "text"));
}

static void check_list(struct checking *c, const struct json_object *list, size_t n_max,
		       size_t text_max)
{
	FUZZ_CHECK(json_len(list) >= 1 && json_len(list) <= n_max);
	for (size_t i = 0; i < json_len(list); i++)
		check_text_object(c, json_item(list, i), text_max);
}

static void check_section(struct checking *c, const struct json_object *block)
{
	const struct json_object *text = json_object_at(block, "text");
	const struct json_object *fields = json_array_at(block, "fields");
	FUZZ_CHECK((text == NULL) != (fields == NULL));
	if (text)
		check_text_object(c, text, SECTION_MAX);
	else
		check_list(c, fields, FIELDS_A_SECTION, FIELD_MAX);
}

/* A link, or bold text. */
static const char *check_rich_cell(const struct json_object *cell)
{
	const struct json_object *section = json_item(json_array_at(cell, "elements"), 0);
	const struct json_object *link = json_item(json_array_at(section, "elements"), 0);
	const char *url = json_str(link, "url");
	FUZZ_CHECK(strcmp(type_of(section), "rich_text_section") == 0);
	if (strcmp(type_of(link), "text") == 0)
		return json_str(link, "text");
	FUZZ_CHECK(strcmp(type_of(link), "link") == 0);
	FUZZ_CHECK(url != NULL && strlen(url) <= 3000);
	FUZZ_CHECK(strncasecmp(url, "https://", 8) == 0 || strncasecmp(url, "http://", 7) == 0);
	FUZZ_CHECK(url[strcspn(url, " \t\n\r<>|")] == '\0');
	return json_str(link, "text");
}

static void check_cell(struct checking *c, const struct json_object *cell, bool header)
{
	const char *type = type_of(cell), *text = json_str(cell, "text");
	if (strcmp(type, "rich_text") == 0) {
		FUZZ_CHECK(!header);
		text = check_rich_cell(cell);
	} else if (strcmp(type, "raw_number") == 0) {
		struct json_object *value = json_get(cell, "value");
		FUZZ_CHECK(json_object_is_type(value, json_type_int) ||
			   json_object_is_type(value, json_type_double));
		FUZZ_CHECK(isfinite(json_object_get_double(value)));
	} else {
		FUZZ_CHECK(strcmp(type, "raw_text") == 0);
	}
	fuzz_check_utf8(text);
	FUZZ_CHECK(text[0] != '\0');
	c->cell_chars += text_chars(text);
}

static void check_rows(struct checking *c, const struct json_object *block, size_t rows_max,
		       size_t chars_max)
{
	const struct json_object *rows = json_array_at(block, "rows");
	size_t width = json_len(json_item(rows, 0));
	FUZZ_CHECK(json_len(rows) >= 2 && json_len(rows) <= rows_max);
	FUZZ_CHECK(width >= 1 && width <= CELLS_MAX);
	for (size_t r = 0; r < json_len(rows); r++) {
		const struct json_object *row = json_item(rows, r);
		FUZZ_CHECK(json_len(row) == width);
		for (size_t i = 0; i < width; i++)
			check_cell(c, json_item(row, i), r == 0);
	}
	FUZZ_CHECK(c->cell_chars <= chars_max);
	c->tables++;
}

static void check_data_table(struct checking *c, const struct json_object *block)
{
	const char *caption = json_str(block, "caption");
	int64_t pages = json_int_or(block, "page_size", 0);
	fuzz_check_utf8(caption);
	FUZZ_CHECK(caption[0] != '\0' && text_chars(caption) <= CAPTION_MAX);
	FUZZ_CHECK(pages >= 1 && pages <= 100);
	check_rows(c, block, DATA_TABLE_ROWS_MAX, DATA_TABLE_CHARS_MAX);
}

static void check_label(const char *text, size_t max)
{
	fuzz_check_utf8(text);
	FUZZ_CHECK(text[0] != '\0' && message_units(text) <= max);
}

static void check_points(const struct json_object *points, size_t max, bool pie)
{
	FUZZ_CHECK(json_len(points) >= 1 && json_len(points) <= max);
	for (size_t i = 0; i < json_len(points); i++) {
		double value = json_object_get_double(json_get(json_item(points, i), "value"));
		const char *label = json_str(json_item(points, i), "label");
		check_label(label, LABEL_MAX);
		FUZZ_CHECK(isfinite(value) && (!pie || value > 0));
		for (size_t k = 0; k < i; k++)
			FUZZ_CHECK(strcmp(json_str(json_item(points, k), "label"), label) != 0);
	}
}

static void check_chart(struct checking *c, const struct json_object *block)
{
	const struct json_object *chart = json_object_at(block, "chart");
	const struct json_object *series = json_array_at(chart, "series");
	const struct json_object *axes = json_object_at(chart, "axis_config");
	const struct json_object *labels = json_array_at(axes, "categories");
	c->charts++;
	check_label(json_str(block, "title"), TITLE_MAX);
	if (strcmp(type_of(chart), "pie") == 0) {
		check_points(json_array_at(chart, "segments"), 12, true);
		return;
	}
	FUZZ_CHECK(json_len(series) >= 1 && json_len(series) <= 12);
	check_label(json_str_or(axes, "x_label", "-"), TITLE_MAX);
	check_label(json_str_or(axes, "y_label", "-"), TITLE_MAX);
	for (size_t s = 0; s < json_len(series); s++) {
		const struct json_object *data = json_array_at(json_item(series, s), "data");
		check_label(json_str(json_item(series, s), "name"), LABEL_MAX);
		check_points(data, 20, false);
		FUZZ_CHECK(json_len(data) == json_len(labels));
		for (size_t i = 0; i < json_len(data); i++)
			FUZZ_CHECK(strcmp(json_str(json_item(data, i), "label"),
					  json_object_get_string(json_item(labels, i))) == 0);
	}
}

static void check_block(struct checking *c, const struct json_object *block, enum slack_form form)
{
	const char *type = type_of(block);
	if (strcmp(type, "section") == 0) {
		check_section(c, block);
	} else if (strcmp(type, "context") == 0) {
		check_list(c, json_array_at(block, "elements"), CONTEXT_ELEMENTS, ELEMENT_MAX);
	} else if (strcmp(type, "data_visualization") == 0) {
		FUZZ_CHECK(form == SLACK_FORM_CHART);
		check_chart(c, block);
	} else if (strcmp(type, "data_table") == 0) {
		FUZZ_CHECK(form <= SLACK_FORM_DATA_TABLE);
		check_data_table(c, block);
	} else if (strcmp(type, "table") == 0) {
		FUZZ_CHECK(form <= SLACK_FORM_TABLE); /* or is never sorted */
		check_rows(c, block, TABLE_ROWS_MAX, TABLE_CHARS_MAX);
	} else {
		FUZZ_CHECK(strcmp(type, "divider") == 0);
	}
}

void fuzz_check_message(struct json_object *encoded, enum slack_form form, enum fuzz_depth depth)
{
	struct checking c = { .depth = depth };
	const struct json_object *blocks = json_array_at(encoded, "blocks");
	check_text(&c, json_str(encoded, "text"),
		   form == SLACK_FORM_TEXT ? PLAIN_MAX : FALLBACK_TEXT_MAX);
	FUZZ_CHECK(form != SLACK_FORM_TEXT || blocks == NULL);
	FUZZ_CHECK(json_get(encoded, "blocks") == NULL || json_len(blocks) > 0);
	FUZZ_CHECK(json_len(blocks) <= BLOCKS_MAX);
	for (size_t i = 0; i < json_len(blocks); i++)
		check_block(&c, json_item(blocks, i), form);
	FUZZ_CHECK(c.tables <= 1 && c.charts <= 2);
	FUZZ_CHECK(c.units <= ALL_BLOCKS_MAX);
}

static struct slack_message *saved_and_loaded(TALLOC_CTX *ctx, const struct slack_message *m)
{
	const char *text = json_text(slack_message_save(ctx, m));
	struct slack_message *ret = NULL;
	struct json_object *o = NULL;
	struct err e;
	FUZZ_CHECK(json_parse(ctx, text, strlen(text), &o, &e));
	FUZZ_CHECK(slack_message_load(ctx, o, &ret, &e));
	return ret;
}

void fuzz_check_all_forms(TALLOC_CTX *ctx, const struct slack_message *m, enum fuzz_depth depth)
{
	const struct slack_message *again = saved_and_loaded(ctx, m);
	for (int i = 0; i < SLACK_FORMS; i++) {
		enum slack_form form = (enum slack_form)i;
		struct json_object *o = slack_message_encode(ctx, m, form);
		struct json_object *same = slack_message_encode(ctx, again, form);
		fuzz_check_message(o, form, depth);
		FUZZ_CHECK(strcmp(json_text(o), json_text(same)) == 0);
	}
}
