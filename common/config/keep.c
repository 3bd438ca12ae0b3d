/*
 * What a running process cannot change: the settings that the table marks so keep their values.
 * Compared by their types; which they are is the table's business.
 */
#include "config/config.h"

#include <string.h>

#include "base/mem.h"

static bool is_number(const struct config_setting *s)
{
	return strcmp(s->type, "number") == 0 || strcmp(s->type, "bytes") == 0;
}

static bool keep_number(const void *running, void *next)
{
	int64_t was, will;

	memcpy(&was, running, sizeof(was));
	memcpy(&will, next, sizeof(will));
	memcpy(next, &was, sizeof(was));
	return was == will;
}

static bool keep_text(TALLOC_CTX *ctx, const void *running, void *next)
{
	const char *was, *will;

	memcpy(&was, running, sizeof(was));
	memcpy(&will, next, sizeof(will));
	bool same = was && will ? strcmp(was, will) == 0 : was == will;
	if (!same) {
		was = mem_strdup(ctx, was);
		memcpy(next, &was, sizeof(was));
	}
	return same;
}

const char **config_keep(TALLOC_CTX *ctx, const struct config *running, struct config *next)
{
	const char **differ = mem_array(ctx, const char *, 1);
	size_t n = 0;

	for (const struct config_setting *s = config_settings(); s->name; s++) {
		if (!s->restart)
			continue;
		const char *was = (const char *)running + s->offset;
		char *will = (char *)next + s->offset;
		if (is_number(s) ? keep_number(was, will) : keep_text(next, was, will))
			continue;
		differ = mem_grow(ctx, differ, const char *, n + 2);
		differ[n++] = s->name;
		differ[n] = NULL;
	}
	return differ;
}
