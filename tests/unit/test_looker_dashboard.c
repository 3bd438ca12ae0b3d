/* Dashboards, folders and titles as the API sends them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "looker_fake.h"
#include "net/http.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct looker_fake fake;

static int set_up(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	looker_fake_start(&fake);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	looker_fake_stop(&fake);
	return 0;
}

static char *read_fixture(const char *name)
{
	char *path = mem_printf(fake.ctx, FIXTURES "/looker/%s", name);
	char *ret = mem_array(fake.ctx, char, 64 * 1024);
	FILE *f = fopen(path, "rb");

	if (f == NULL)
		fail_msg("%s", path);
	ret[fread(ret, 1, 64 * 1024 - 1, f)] = '\0';
	fclose(f);
	return ret;
}

static void serve(const struct looker_fake_path *paths, size_t n)
{
	fake.paths = paths;
	fake.n_paths = n;
}

static struct looker_dashboard *get_dashboard(const char *id, const char *body)
{
	struct looker_fake_path path = { "GET", "/api/4.0/dashboards/", 200, NULL, body, 0 };
	struct looker_dashboard *d;
	struct err e;

	serve(&path, 1);
	if (!looker_dashboard_get(fake.ctx, fake.lk, looker_fake_deadline(), id, &d, &e))
		fail_msg("%s", e.text);
	return d;
}

static void test_every_kind(void **state)
{
	static const struct {
		const char *id, *title;
		enum looker_tile_kind kind;
		const char *query, *vis;
		size_t n_listens;
	} tiles[] = {
		{ "3", "Orders today", LOOKER_TILE_QUERY, "13", "single_value", 0 },
		{ "2", "A Look", LOOKER_TILE_QUERY, "12", "single_value", 0 },
		{ "5", "About", LOOKER_TILE_TEXT, NULL, NULL, 0 },
		{ "4", "Merged", LOOKER_TILE_MERGE, NULL, NULL, 2 },
		{ "1", "Last in the layout", LOOKER_TILE_QUERY, "11", "looker_grid", 2 },
		{ "10", "", LOOKER_TILE_TEXT, NULL, NULL, 0 }, /* only in the inactive layout */
		{ "6", "", LOOKER_TILE_OTHER, NULL, NULL, 0 },
		{ "7", "SQL", LOOKER_TILE_OTHER, NULL, NULL, 0 },
		{ "8", "Filter tile", LOOKER_TILE_OTHER, NULL, NULL, 0 },
		{ "9", "Nothing behind it", LOOKER_TILE_OTHER, NULL, NULL, 0 },
	};
	struct looker_dashboard *d;

	(void)state;
	d = get_dashboard("shop::every_kind", read_fixture("dashboard_kinds.json"));
	assert_int_equal(strncmp(fake.last_path,
				 "/api/4.0/dashboards/shop%3A%3Aevery_kind?fields=id%2Ctitle", 57),
			 0);
	assert_string_equal(d->id, "shop::every_kind");
	assert_string_equal(d->title, "Every kind");
	assert_string_equal(d->updated_at, "2026-03-01T12:34:56.000+00:00");
	assert_int_equal(d->n_tiles, COUNT(tiles));
	for (size_t i = 0; i < COUNT(tiles); i++) {
		const struct looker_tile *t = &d->tiles[i];

		assert_string_equal(t->id, tiles[i].id);
		assert_string_equal(t->title, tiles[i].title);
		assert_int_equal(t->kind, tiles[i].kind);
		assert_int_equal(t->n_listens, tiles[i].n_listens);
		if (tiles[i].query == NULL) {
			assert_null(t->query);
			continue;
		}
		assert_string_equal(json_str(t->query, "id"), tiles[i].query);
		assert_string_equal(json_str(t->vis, "type"), tiles[i].vis);
	}
	assert_string_equal(d->tiles[4].listens[1].filter_name, "Created");
	assert_string_equal(d->tiles[4].listens[1].field, "orders.created_date");
}

static void test_filters(void **state)
{
	static const struct looker_filter filters[] = {
		{ "Region", "Sales Region", LOOKER_FILTER_STRING, "EU", true },
		{ "Created", "Created", LOOKER_FILTER_DATE, "7 days", false },
		{ "Period", "Period", LOOKER_FILTER_DATE, "1 years", false },
		{ "Min", "Min", LOOKER_FILTER_NUMBER, "", false },
		{ "Text", "Text", LOOKER_FILTER_STRING, "", false },
		{ "Age", "Age", LOOKER_FILTER_STRING, "", false }, /* a tier is a list of texts */
		{ "Price", "Price", LOOKER_FILTER_NUMBER, "", false },
		{ "New", "New", LOOKER_FILTER_YESNO, "", false },
		{ "Odd", "Odd", LOOKER_FILTER_STRING, "", false },
	};
	struct looker_dashboard *d;

	(void)state;
	d = get_dashboard("1", read_fixture("dashboard_kinds.json"));
	assert_int_equal(d->n_filters, COUNT(filters));
	for (size_t i = 0; i < COUNT(filters); i++) {
		assert_string_equal(d->filters[i].name, filters[i].name);
		assert_string_equal(d->filters[i].title, filters[i].title);
		assert_int_equal(d->filters[i].kind, filters[i].kind);
		assert_string_equal(d->filters[i].default_value, filters[i].default_value);
		assert_int_equal(d->filters[i].required, filters[i].required);
	}
}

static void test_real_export(void **state)
{
	struct looker_dashboard *d;

	(void)state;
	d = get_dashboard("17", read_fixture("dashboard_faa.json"));
	assert_string_equal(d->id, "17");
	assert_int_equal(d->n_tiles, 6);
	assert_string_equal(d->tiles[0].id, "58");
	assert_string_equal(d->tiles[3].id, "61");
	assert_string_equal(d->tiles[4].id, "70"); /* same row as 68, further left */
	assert_string_equal(d->tiles[5].id, "68");
	for (size_t i = 0; i < d->n_tiles; i++)
		assert_int_equal(d->tiles[i].kind, LOOKER_TILE_QUERY);
	assert_int_equal(d->filters[0].kind, LOOKER_FILTER_DATE);
	assert_string_equal(d->filters[0].default_value, "1 years");
}

static void test_almost_empty(void **state)
{
	struct looker_dashboard *d;

	(void)state;
	d = get_dashboard("1", "{\"id\":1,\"title\":null,\"dashboard_elements\":null,"
			       "\"dashboard_filters\":[null,7,{}]}");
	assert_string_equal(d->id, "1");
	assert_string_equal(d->title, "");
	assert_int_equal(d->n_filters, 0);
	assert_int_equal(d->n_tiles, 0);
}

static void test_not_there(void **state)
{
	static const struct looker_fake_path paths[] = {
		{ "GET", "/api/4.0/dashboards/1?", 200, NULL, "{\"id\":\"1\",\"deleted\":true}",
		  0 },
		{ "GET", "/api/4.0/dashboards/2?", 200, NULL, "[]", 0 },
	};
	static const struct {
		const char *id;
		enum err_kind kind;
	} cases[] = { { "1", ERR_NOT_FOUND }, { "2", ERR_BAD_REPLY }, { "3", ERR_NOT_FOUND } };

	(void)state;
	serve(paths, COUNT(paths));
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct looker_dashboard *d;
		struct err e;

		assert_false(looker_dashboard_get(fake.ctx, fake.lk, looker_fake_deadline(),
						  cases[i].id, &d, &e));
		assert_int_equal(e.kind, cases[i].kind);
	}
}

/* `n` children with ids from `first` on. */
static char *children(int first, int n)
{
	char *ret = mem_strdup(fake.ctx, "[");

	for (int i = first; i < first + n; i++)
		mem_appendf(&ret, "%s{\"id\":\"%d\",\"name\":\"F%d\"}", i > first ? "," : "", i, i);
	mem_append(&ret, "]");
	return ret;
}

static void test_children_are_paged(void **state)
{
	struct looker_fake_path paths[] = {
		{ "GET", "/api/4.0/folders/a%2Fb/children?fields=id,name&limit=100&offset=0", 200,
		  NULL, NULL, 0 },
		{ "GET", "/api/4.0/folders/a%2Fb/children?fields=id,name&limit=100&offset=100", 200,
		  NULL, NULL, 0 },
		/* a server that ignores paging */
		{ "GET", "/api/4.0/folders/same/children", 200, NULL, NULL, 0 },
		{ "GET", "/api/4.0/folders/odd/children", 200, NULL, "{}", 0 },
	};
	struct looker_folder *f;
	size_t n;
	struct err e;

	(void)state;
	paths[0].body = children(1, 100);
	paths[1].body = children(101, 30);
	paths[2].body = children(1, 100);
	serve(paths, COUNT(paths));
	assert_true(looker_folder_children(fake.ctx, fake.lk, looker_fake_deadline(), "a/b", &f, &n,
					   &e));
	assert_int_equal(n, 130);
	assert_string_equal(f[129].name, "F130");
	assert_int_equal(fake.calls, 2);
	assert_true(looker_folder_children(fake.ctx, fake.lk, looker_fake_deadline(), "same", &f,
					   &n, &e));
	assert_int_equal(n, 100);
	assert_false(looker_folder_children(fake.ctx, fake.lk, looker_fake_deadline(), "odd", &f,
					    &n, &e));
	assert_int_equal(e.kind, ERR_BAD_REPLY);
}

static void test_folder(void **state)
{
	static const struct looker_fake_path paths[] = {
		{ "GET", "/api/4.0/folders/9/dashboards?fields=id%2Ctitle", 200, NULL,
		  "[{\"id\":\"1\",\"title\":\"Sales\",\"dashboard_filters\":[{\"name\":\"Region\","
		  "\"type\":\"string_filter\"}]},{\"id\":\"2\",\"title\":\"Old\",\"deleted\":true},"
		  "{\"title\":\"no id\"},{\"id\":3,\"title\":\"[hidden] x\",\"description\":null}]",
		  0 },
		{ "GET", "/api/4.0/folders/9?fields=id,name", 200, NULL,
		  "{\"id\":9,\"name\":\"Slack\"}", 0 },
	};
	struct looker_dashboard *d;
	struct looker_folder f;
	size_t n;
	struct err e;

	(void)state;
	serve(paths, COUNT(paths));
	assert_true(looker_folder_get(fake.ctx, fake.lk, looker_fake_deadline(), "9", &f, &e));
	assert_string_equal(f.id, "9");
	assert_string_equal(f.name, "Slack");
	assert_true(looker_folder_dashboards(fake.ctx, fake.lk, looker_fake_deadline(), "9", &d, &n,
					     &e));
	assert_int_equal(n, 2);
	assert_string_equal(d[0].filters[0].title, "Region");
	assert_string_equal(d[1].id, "3");
	assert_string_equal(d[1].description, "");
	assert_int_equal(d[1].n_tiles, 0);
}

static void test_titles(void **state)
{
	static const struct looker_fake_path paths[] = {
		{ "GET", "/api/4.0/looks?fields=", 200, NULL,
		  "[{\"id\":\"42\",\"title\":\"Sales\",\"folder\":{\"name\":\"Shared\"}},"
		  "{\"id\":\"43\",\"title\":\"Gone\",\"deleted\":true},{\"id\":\"44\"}]",
		  0 },
		{ "GET", "/api/4.0/dashboards?fields=", 200, NULL,
		  "[{\"id\":\"m::d\",\"title\":\"Board\",\"folder\":null}]", 0 },
	};
	struct looker_title *t;
	size_t n;
	struct err e;

	(void)state;
	serve(paths, COUNT(paths));
	assert_true(looker_titles(fake.ctx, fake.lk, looker_fake_deadline(), &t, &n, &e));
	assert_int_equal(n, 2);
	assert_false(t[0].is_dashboard);
	assert_string_equal(t[0].title, "Sales");
	assert_string_equal(t[0].folder, "Shared");
	assert_true(t[1].is_dashboard);
	assert_string_equal(t[1].id, "m::d");
	assert_string_equal(t[1].folder, "");
	serve(paths, 1);
	assert_false(looker_titles(fake.ctx, fake.lk, looker_fake_deadline(), &t, &n, &e));
	assert_int_equal(e.kind, ERR_NOT_FOUND);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_kind),	 TEST(test_filters),   TEST(test_real_export),
		TEST(test_almost_empty), TEST(test_not_there), TEST(test_children_are_paged),
		TEST(test_folder),	 TEST(test_titles),
	};
	int failed;

	http_start();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}
