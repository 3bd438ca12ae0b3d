/* Reads files of tests/fixtures/slack. */
#ifndef TEST_SLACK_FIXTURE_H
#define TEST_SLACK_FIXTURE_H

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"

#ifndef FIXTURES /* the build gives the absolute path */
#define FIXTURES "tests/fixtures"
#endif

static inline char *fixture(TALLOC_CTX *ctx, const char *name)
{
	char *path = mem_printf(ctx, "%s/slack/%s", FIXTURES, name);
	char *text = mem_strdup(ctx, "");
	char buf[4096];
	FILE *in = fopen(path, "r");
	if (!in)
		die("no fixture %s", path);
	for (size_t n; (n = fread(buf, 1, sizeof(buf), in)) > 0;)
		mem_append_n(&text, buf, n);
	fclose(in);
	return text;
}

#endif
