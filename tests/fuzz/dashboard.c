/*
 * Looker's Dashboard object: whatever looker_get would have brought (it is replaced at link time),
 * the struct is whole: names are there, a tile that runs has its query, places make an order.
 */
#include "base/mem.h"
#include "fuzz.h"
#include "looker/client.h"

#define BASE_URL "https://shop.example.com"

static struct json_object *brought;

/* -Wl,--wrap=looker_get leads the calls of looker/ here. */
bool __wrap_looker_get(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *path,
		       size_t max_bytes, struct json_object **ret, struct err *e);

bool __wrap_looker_get(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *path,
		       size_t max_bytes, struct json_object **ret, struct err *e)
{
	(void)lk;
	(void)deadline_ms;
	(void)max_bytes;
	(void)e;
	FUZZ_CHECK(path[0] == '/' && path[strcspn(path, " \"<>\n")] == '\0');
	*ret = json_own(ctx, json_object_get(brought));
	return true;
}

static void check_head(const struct looker_dashboard *d)
{
	FUZZ_CHECK(d->title && d->description && d->updated_at);
	for (size_t i = 0; i < d->n_filters; i++) {
		const struct looker_filter *f = &d->filters[i];
		FUZZ_CHECK(f->name && f->name[0] && f->title && f->title[0] && f->default_value);
		FUZZ_CHECK(f->kind >= LOOKER_FILTER_STRING && f->kind <= LOOKER_FILTER_YESNO);
	}
}

static void check_tiles(const struct looker_dashboard *d)
{
	for (size_t i = 0; i < d->n_tiles; i++) {
		const struct looker_tile *t = &d->tiles[i];
		FUZZ_CHECK(t->title != NULL);
		FUZZ_CHECK((t->kind == LOOKER_TILE_QUERY) == (t->query != NULL));
		for (size_t k = 0; k < t->n_listens; k++)
			FUZZ_CHECK(t->listens[k].filter_name && t->listens[k].field);
	}
}

/* Every element is a tile exactly once. */
static void check_complete(const struct looker_dashboard *d)
{
	const struct json_object *elements = json_array_at(brought, "dashboard_elements");
	FUZZ_CHECK(d->n_tiles == json_len(elements));
	for (size_t k = 0; k < d->n_tiles; k++) {
		TALLOC_CTX *tmp = mem_ctx(NULL);
		const char *id = json_id(tmp, json_item(elements, k), "id");
		size_t in = 0, out = 0;
		for (size_t i = 0; id && i < d->n_tiles; i++) {
			const char *other = json_id(tmp, json_item(elements, i), "id");
			in += other && strcmp(other, id) == 0;
			out += d->tiles[i].id && strcmp(d->tiles[i].id, id) == 0;
		}
		FUZZ_CHECK(in == out);
		talloc_free(tmp);
	}
}

static void check_folder(TALLOC_CTX *ctx, struct looker *lk)
{
	struct looker_dashboard *list = NULL;
	size_t n = 0;
	struct err e;
	if (!looker_folder_dashboards(ctx, lk, 0, "a b/%", &list, &n, &e)) {
		FUZZ_CHECK(e.kind == ERR_BAD_REPLY || e.kind == ERR_NOT_FOUND);
		return;
	}
	for (size_t i = 0; i < n; i++)
		check_head(&list[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct config_looker config = { .name = "shop.example.com", .url = BASE_URL };
	struct looker lk = { .config = &config };
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct looker_dashboard *d = NULL;
	struct err e;
	if (json_parse(ctx, (const char *)data, size, &brought, &e)) {
		if (looker_dashboard_get(ctx, &lk, 0, "7 & \"8\"", &d, &e)) {
			FUZZ_CHECK(d->id && d->id[0]);
			check_head(d);
			check_tiles(d);
			check_complete(d);
		} else {
			FUZZ_CHECK(e.kind == ERR_BAD_REPLY || e.kind == ERR_NOT_FOUND);
			fuzz_check_error(&e, e.kind);
		}
		check_folder(ctx, &lk);
	}
	brought = NULL;
	talloc_free(ctx);
	return 0;
}
