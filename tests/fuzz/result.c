/*
 * Looker's answer to a query, from the bytes to Slack's message: {"title", "link", "vis", "limit",
 * "detail"} as in tests/golden. Slack must take every form of whatever Looker answers.
 */
#include "looker/result.h"

#include "base/mem.h"
#include "fuzz.h"
#include "looker/client.h"
#include "render/render.h"

#define BASE_URL "https://shop.example.com"

static void check_cells(const struct looker_cell *cells, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		fuzz_check_utf8(cells[i].text);
		FUZZ_CHECK(!cells[i].is_number || cells[i].number - cells[i].number == 0);
	}
}

static void check_result(const struct looker_result *r)
{
	for (size_t i = 0; i < r->n_fields; i++)
		FUZZ_CHECK(r->fields[i].name != NULL && r->fields[i].label != NULL);
	FUZZ_CHECK(r->n_subtotals <= r->n_rows && (r->is_subtotal || r->n_subtotals == 0));
	check_cells(r->cells, r->n_rows * r->n_fields);
	FUZZ_CHECK(r->n_offers <= LOOKER_OFFERS_MAX);
	for (size_t i = 0; i < r->n_offers; i++) {
		fuzz_check_utf8(r->offers[i].label);
		FUZZ_CHECK(r->offers[i].label[0] && r->offers[i].field < r->n_fields);
	}
	if (r->totals)
		check_cells(r->totals, r->n_fields);
}

static void check_rendered(TALLOC_CTX *ctx, const struct json_object *in)
{
	const struct json_object *vis_config = json_object_at(in, "vis");
	struct looker_vis vis = looker_vis_read(ctx, vis_config);
	struct render_about about = { .title = json_str_or(in, "title", ""),
				      .link = json_str(in, "link"),
				      .base_url = BASE_URL };
	size_t limit = (size_t)json_int_or(in, "limit", 201);
	struct slack_message *m = slack_message_new(ctx);
	struct render_outcome outcome;
	struct looker_result *r = NULL;
	struct err e;
	if (!looker_result_read(ctx, json_get(in, "detail"), vis_config, limit, &r, &e)) {
		fuzz_check_error(&e, ERR_BAD_REPLY);
		return;
	}
	check_result(r);
	render_result(m, r, &vis, &about, &outcome);
	FUZZ_CHECK(outcome.rows_shown <= outcome.rows_known);
	fuzz_check_all_forms(ctx, m, FUZZ_LIMITS_AND_TEXT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct config_looker config = { .name = "shop.example.com", .url = BASE_URL };
	static const struct looker lk = { .config = &config };
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct http_response rs = { .status = 200,
				    .content_type = "application/json",
				    .body = mem_strndup(ctx, "", 0),
				    .body_len = size };
	struct json_object *in = NULL;
	struct err e;
	if (size > 0) {
		rs.body = mem_array(ctx, char, size + 1);
		memcpy(rs.body, data, size);
	}
	if (looker_reply_json(ctx, &lk, &rs, &in, &e)) {
		check_rendered(ctx, in);
	} else {
		struct json_object *as_it_came = NULL;
		fuzz_check_error(&e, ERR_BAD_REPLY);
		/* Quoting big integers must not break what was JSON. */
		FUZZ_CHECK(!json_parse(ctx, rs.body, size, &as_it_came, &e));
	}
	talloc_free(ctx);
	return 0;
}
