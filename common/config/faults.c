/* Collects faults and masks what they show. Decides nothing: who finds a fault says how bad it is.
 */
#include "config/loading.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define SHOWN_MAX_CHARS 120

/* Slack's token kinds: the prefix is no secret and says what was pasted. */
static const char *const prefixes[] = { "xoxe.xoxb-", "xoxe.xoxp-", "xoxb-", "xoxp-", "xoxa-",
					"xoxs-",      "xoxr-",	    "xoxe-", "xapp-" };

static const char *const masked_types[] = { "secret", "secrets", "json" };

/* "" when it begins with none. */
static const char *prefix_of(const char *secret)
{
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (strncmp(secret, prefixes[i], strlen(prefixes[i])) == 0)
			return prefixes[i];
	return "";
}

char *config_mask(TALLOC_CTX *ctx, const char *secret)
{
	if (!secret)
		return mem_strdup(ctx, "");
	return mem_printf(ctx, "%s…(%zu characters)", prefix_of(secret), text_chars(secret));
}

static bool is_masked(const struct config_setting *s, const char *value)
{
	for (size_t i = 0; i < sizeof(masked_types) / sizeof(masked_types[0]); i++)
		if (strcmp(s->type, masked_types[i]) == 0)
			return true;
	bool misplaced = *prefix_of(value); /* a token pasted into the wrong setting */
	return misplaced || (strcmp(s->type, "url") == 0 && strchr(value, '@'));
}

const char *loading_shown(struct loading *l, const struct config_setting *s, const char *value)
{
	if (!value)
		return "";
	return is_masked(s, value) ? config_mask(l->ctx, value)
				   : text_cut(l->ctx, value, SHOWN_MAX_CHARS);
}

void loading_fault(struct loading *l, struct config_fault f)
{
	struct config_faults *all = l->faults;
	if (!f.value)
		f.value = "";
	all->faults = mem_grow(all, all->faults, struct config_fault, all->n + 1);
	all->faults[all->n++] = f;
	all->fatal |= f.fatal;
}

bool loading_has_fault(const struct loading *l, const char *setting)
{
	size_t len = strlen(setting);
	for (size_t i = 0; i < l->faults->n; i++) {
		const char *named = l->faults->faults[i].setting;
		/* Not by its beginning alone: clientIdd is another name. */
		if (strncmp(named, setting, len) == 0 &&
		    (named[len] == '\0' || strcmp(named + len, "_FILE") == 0))
			return true;
	}
	return false;
}
