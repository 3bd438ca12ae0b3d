/* The settings for a person's eyes: what is in force and where it stands. Judges nothing; that is
 * what config_load's faults are for. */
#include <string.h>

#include "base/mem.h"
#include "config/loading.h"

/* Their members are no single text. */
static const char *const no_texts[] = { "bool", "number", "bytes", "secrets" };

/* What holds when nothing is set: some defaults are found out by other means than the table. */
static const char *default_of(const struct config *c, const struct config_setting *s)
{
	const char *text;

	for (size_t i = 0; i < sizeof(no_texts) / sizeof(no_texts[0]); i++)
		if (strcmp(s->type, no_texts[i]) == 0)
			return s->otherwise;
	if (s->raw)
		return s->otherwise;
	memcpy(&text, (const char *)c + s->offset, sizeof(text));
	return text;
}

struct config_shown *config_show(TALLOC_CTX *ctx, char *const *env, size_t *ret_n)
{
	struct config_faults *faults;
	const struct config *c = config_load(ctx, env, &faults);
	struct config_shown *all = NULL;
	size_t n = 0;
	struct loading l = {
		.ctx = ctx,
		.env = env,
		.faults = mem_zero(ctx, struct config_faults),
		.values = mem_zero(ctx, struct config_values),
	};

	loading_open_file(&l);
	for (const struct config_setting *s = config_settings(); s->name; s++) {
		struct config_found found = loading_find(&l, s);
		const char *value = found.value ? loading_shown(&l, s, found.value) : NULL;

		all = mem_grow(ctx, all, struct config_shown, n + 1);
		all[n++] = (struct config_shown){
			.setting = s,
			.value = value ? value : default_of(c, s),
			.name = found.name,
			.origin = found.origin,
		};
	}
	*ret_n = n;
	return all;
}
