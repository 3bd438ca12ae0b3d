/*
 * Addresses for people. Those that Looker gives are made safe to show: relative ones get the
 * instance's address, other schemes than http and https are dropped. Those of content are made
 * here. Does not encode for Slack (slack/mrkdwn does).
 */
#include "looker/result.h"

#include <strings.h>

#include "base/form.h"
#include "base/mem.h"
#include "looker/api.h"

static bool has_scheme(const char *url, const char *scheme)
{
	size_t len = strlen(scheme);

	return strncasecmp(url, scheme, len) == 0 && url[len] != '\0';
}

char *looker_link(TALLOC_CTX *ctx, const char *base_url, const char *url)
{
	if (url == NULL)
		return NULL;
	if (has_scheme(url, "https://") || has_scheme(url, "http://"))
		return mem_strdup(ctx, url);
	/* "//host" would lead to another host, and browsers read "/\host" as that. */
	if (base_url == NULL || url[0] != '/' || url[1] == '/' || url[1] == '\\')
		return NULL;
	return mem_printf(ctx, "%s%s", base_url, url);
}

char *looker_content_url(TALLOC_CTX *ctx, const struct looker *lk, enum looker_content kind,
			 const char *id)
{
	static const char *const folders[] = {
		[LOOKER_LOOK] = "looks",
		[LOOKER_DASHBOARD] = "dashboards",
		[LOOKER_FOLDER] = "folders",
	};
	return mem_printf(ctx, "%s/%s/%s", looker_url(lk), folders[kind], form_escape(ctx, id));
}
