/*
 * How long one result takes on its way to a message: json_detail is read (parsed and typed), then
 * rendered and encoded as Slack gets it. A table, and a pivot of one measure. Prints JSON: medians
 * in microseconds. With a name it runs that one's rendering alone, so that a profiler can count its
 * instructions: they are all inside bench_render.
 *
 *     render ROUNDS [table|pivot]
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "bench.h"
#include "looker/result.h"
#include "render/render.h"

#define ROUNDS_MAX 10000
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct shape {
	const char *name;
	size_t rows, columns;
	bool pivot;
};

static const struct shape shapes[] = {
	{ "table", 200, 20, false },
	{ "pivot", 50, 20, true },
};

/* --- results as Looker sends them --- */

static void add_field(struct json_object *list, const char *name, bool measure)
{
	struct json_object *o = json_object_new_object();

	json_set_str(o, "name", name);
	json_set_str(o, "label", name);
	json_set_str(o, "label_short", name + 7);
	json_set_str(o, "type", measure ? "sum" : "string");
	json_set_str(o, "view", "orders");
	json_set_bool(o, "measure", measure);
	json_set_bool(o, "is_numeric", measure);
	json_object_array_add(list, o);
}

static struct json_object *make_cell(TALLOC_CTX *ctx, size_t i, size_t k, bool measure)
{
	struct json_object *o = json_object_new_object(), *links = json_object_new_array();
	struct json_object *link = json_object_new_object();
	int64_t number = (int64_t)(i * 7919 + k * 104729);

	json_set_str(link, "label", "Show All");
	json_set_str(link, "type", measure ? "measure_default" : "drill");
	json_set_str(link, "url",
		     mem_printf(ctx, "/explore/shop/orders?fields=orders.id&limit=%zu", i));
	json_object_array_add(links, link);
	if (measure) {
		json_set_int(o, "value", number);
		json_set_str(o, "rendered",
			     mem_printf(ctx, "$%lld,%03lld.00", (long long)(number / 1000),
					(long long)(number % 1000)));
	} else {
		json_set_str(o, "value", mem_printf(ctx, "Region %zu <north> & *west*", i + k));
	}
	json_set(o, "links", links);
	return o;
}

/* The first column of a pivot names the row; all others are values of the one measure. */
static struct json_object *make_pivot_row(TALLOC_CTX *ctx, const struct shape *s, size_t i)
{
	struct json_object *row = json_object_new_object(), *spread = json_object_new_object();

	for (size_t k = 1; k < s->columns; k++)
		json_set(spread, mem_printf(ctx, "key %zu", k), make_cell(ctx, i, k, true));
	json_set(row, "orders.region", make_cell(ctx, i, 0, false));
	json_set(row, "orders.total", spread);
	return row;
}

static struct json_object *make_row(TALLOC_CTX *ctx, const struct shape *s, size_t i)
{
	struct json_object *row = json_object_new_object();

	if (s->pivot) {
		json_object_put(row);
		return make_pivot_row(ctx, s, i);
	}
	for (size_t k = 0; k < s->columns; k++)
		json_set(row, mem_printf(ctx, "orders.column_%zu", k),
			 make_cell(ctx, i, k, k >= s->columns / 2));
	return row;
}

static void add_pivots(TALLOC_CTX *ctx, const struct shape *s, struct json_object *detail)
{
	struct json_object *pivots = json_object_new_array();

	for (size_t k = 1; k < s->columns; k++) {
		struct json_object *o = json_object_new_object(), *data = json_object_new_object();
		const char *key = mem_printf(ctx, "key %zu", k);

		json_set_str(data, "orders.week", key);
		json_set_str(o, "key", key);
		json_set_bool(o, "is_total", false);
		json_set(o, "data", data);
		json_object_array_add(pivots, o);
	}
	json_set(detail, "pivots", pivots);
}

static const char *make_detail(TALLOC_CTX *ctx, const struct shape *s)
{
	struct json_object *detail = json_new_object(ctx), *fields = json_object_new_object();
	struct json_object *dimensions = json_object_new_array();
	struct json_object *measures = json_object_new_array();
	struct json_object *pivots = json_object_new_array(), *data = json_object_new_array();

	if (s->pivot) {
		add_field(dimensions, "orders.region", false);
		add_field(pivots, "orders.week", false);
		add_field(measures, "orders.total", true);
		add_pivots(ctx, s, detail);
	}
	for (size_t k = 0; k < s->columns && !s->pivot; k++)
		add_field(k < s->columns / 2 ? dimensions : measures,
			  mem_printf(ctx, "orders.column_%zu", k), k >= s->columns / 2);
	json_set(fields, "dimensions", dimensions);
	json_set(fields, "measures", measures);
	json_set(fields, "pivots", pivots);
	json_set(detail, "fields", fields);
	for (size_t i = 0; i < s->rows; i++)
		json_object_array_add(data, make_row(ctx, s, i));
	json_set(detail, "data", data);
	return json_text(detail);
}

/* --- the way of one --- */

static struct looker_result *read_result(TALLOC_CTX *ctx, const char *json)
{
	struct json_object *o;
	struct looker_result *r;
	struct err e;

	if (!json_parse(ctx, json, strlen(json), &o, &e) ||
	    !looker_result_read(ctx, o, NULL, 201, &r, &e))
		die("%s", e.text);
	return r;
}

/* Not inlined: a profiler finds it by its name. */
__attribute__((noinline)) size_t bench_render(TALLOC_CTX *ctx, const struct looker_result *r,
					      size_t *ret_rows);

size_t bench_render(TALLOC_CTX *ctx, const struct looker_result *r, size_t *ret_rows)
{
	const struct render_about about = {
		.title = "Sales by region",
		.link = "https://shop.example.com/dashboards/21",
		.base_url = "https://shop.example.com",
	};
	struct slack_message *m = slack_message_new(ctx);
	struct looker_vis vis = looker_vis_read(ctx, NULL);
	struct render_outcome outcome;

	render_result(m, r, &vis, &about, &outcome);
	if (outcome.rows_shown == 0)
		die("no row is shown");
	*ret_rows = outcome.rows_shown;
	return strlen(json_text(slack_message_encode(ctx, m, SLACK_FORM_DATA_TABLE)));
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int64_t median(int64_t *values, size_t n)
{
	qsort(values, n, sizeof(*values), by_size);
	return values[n / 2];
}

static void measure(TALLOC_CTX *ctx, const struct shape *s, size_t rounds)
{
	int64_t *reading = mem_array(ctx, int64_t, rounds);
	int64_t *rendering = mem_array(ctx, int64_t, rounds);
	const char *json = make_detail(ctx, s);
	size_t bytes = 0, shown = 0;

	for (size_t i = 0; i < rounds; i++) {
		TALLOC_CTX *round = mem_ctx(ctx);
		int64_t begin = bench_now_us();
		struct looker_result *r = read_result(round, json);
		int64_t read = bench_now_us();

		bytes = bench_render(round, r, &shown);
		rendering[i] = bench_now_us() - read;
		reading[i] = read - begin;
		talloc_free(round);
	}
	printf("{\"name\":\"%s\",\"rows\":%zu,\"columns\":%zu,\"shown\":%zu,\"json_bytes\":%zu,"
	       "\"message_bytes\":%zu,\"read_us\":%lld,\"render_us\":%lld}\n",
	       s->name, s->rows, s->columns, shown, strlen(json), bytes,
	       (long long)median(reading, rounds), (long long)median(rendering, rounds));
}

static void only_render(TALLOC_CTX *ctx, const struct shape *s, size_t rounds)
{
	struct looker_result *r = read_result(ctx, make_detail(ctx, s));
	size_t shown;

	for (size_t i = 0; i < rounds; i++) {
		TALLOC_CTX *round = mem_ctx(ctx);

		(void)bench_render(round, r, &shown);
		talloc_free(round);
	}
}

int main(int argc, char **argv)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	int64_t rounds;

	if (argc < 2 || argc > 3 || !text_to_int(argv[1], 1, ROUNDS_MAX, &rounds)) {
		fputs("usage: render ROUNDS [table|pivot]\n", stderr);
		return 64;
	}
	for (size_t i = 0; i < COUNT(shapes); i++) {
		if (argc == 2)
			measure(ctx, &shapes[i], (size_t)rounds);
		else if (strcmp(argv[2], shapes[i].name) == 0)
			only_render(ctx, &shapes[i], (size_t)rounds);
	}
	talloc_free(ctx);
	return 0;
}
