/*
 * What the fake Slack and Looker answer at each address: documents that tests/bench/canned.py
 * wrote. The first route that fits counts.
 */
#include "upstream.h"

#include <err.h>

#define DOC_MAX_BYTES (4 * 1024 * 1024)

static const struct upstream_route routes[] = {
	{ "POST", "/api/4.0/login", "", "login.json" },
	{ "POST", "/api/4.0/queries", "", "query.json" },
	{ "GET", "/api/4.0/queries/", "/run/json_detail", "result.json", .slow = true },
	{ "GET", "/api/4.0/folders/", "/children", "children.json" },
	{ "GET", "/api/4.0/folders/", "/dashboards", "dashboards.json" },
	{ "GET", "/api/4.0/folders/", "", "folder.json" },
	{ "GET", "/api/4.0/dashboards/", "", "dashboard.json" },
	{ "POST", "/api/chat.", "", "posted.json", .answer = true },
	{ "POST", "/hooks/", "", "ok.json", .answer = true },
	{ "POST", "/api/auth.test", "", "self.json" },
	{ "POST", "/api/users.info", "", "person.json" },
	{ "POST", "/api/conversations.info", "", "channel.json" },
	{ "POST", "/api/", "", "ok.json" },
};
#define ROUTES (sizeof(routes) / sizeof(routes[0]))

static struct upstream_doc docs[ROUTES];

static bool ends_with(const char *text, const char *end)
{
	size_t a = strlen(text), b = strlen(end);

	return a >= b && strcmp(text + a - b, end) == 0;
}

const struct upstream_route *upstream_route_find(const char *method, const char *path)
{
	for (size_t i = 0; i < ROUTES; i++)
		if (strcmp(routes[i].method, method) == 0 &&
		    strncmp(routes[i].prefix, path, strlen(routes[i].prefix)) == 0 &&
		    ends_with(path, routes[i].suffix))
			return &routes[i];
	return NULL;
}

static void load(const char *folder, const char *name, struct upstream_doc *ret)
{
	char path[4096];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "r");
	ret->text = malloc(DOC_MAX_BYTES);
	if (!f || !ret->text)
		err(1, "%s", path);
	ret->len = fread(ret->text, 1, DOC_MAX_BYTES, f);
	if (ferror(f) || ret->len == DOC_MAX_BYTES)
		errx(1, "%s cannot be read", path);
	(void)fclose(f);
}

void upstream_docs_load(const char *folder)
{
	for (size_t i = 0; i < ROUTES; i++)
		load(folder, routes[i].file, &docs[i]);
}

const struct upstream_doc *upstream_doc_of(const struct upstream_route *route)
{
	return &docs[route - routes];
}
