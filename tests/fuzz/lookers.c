/*
 * LOOKERS through config_load: only whole Lookers are kept, every mistake is told with its fix,
 * and no fault shows a secret (here: what begins with S3CRET).
 */
#include "base/mem.h"
#include "base/text.h"
#include "config/config.h"
#include "fuzz.h"

#define SECRET "S3CRET"
#define LOOKERS_MAX 50
#define NO_FILE "/nonexistent/.env" /* whatever lies where the fuzzer runs */

static void check_looker(const struct config_looker *lk)
{
	static const char api[] = "/api/4.0";
	size_t len = strlen(lk->api_url);
	fuzz_check_utf8(lk->name);
	FUZZ_CHECK(lk->name[0] != '\0');
	FUZZ_CHECK(strncmp(lk->url, "http", 4) == 0 && strncmp(lk->api_url, "http", 4) == 0);
	FUZZ_CHECK(lk->url[strlen(lk->url) - 1] != '/');
	FUZZ_CHECK(len > strlen(api) && strcmp(lk->api_url + len - strlen(api), api) == 0);
	FUZZ_CHECK(lk->client_id[0] != '\0' && lk->client_secret[0] != '\0');
	for (const char *p = lk->client_secret; *p; p++)
		FUZZ_CHECK(*p > ' ' && *p < 0x7f);
}

static void check_shown(const char *text)
{
	fuzz_check_utf8(text);
	FUZZ_CHECK(strstr(text, SECRET) == NULL);
}

static void check_fault(const struct config_fault *f)
{
	check_shown(f->setting);
	check_shown(f->value);
	check_shown(f->problem);
	check_shown(f->fix);
	FUZZ_CHECK(f->setting[0] != '\0' && f->problem[0] != '\0' && f->fix[0] != '\0');
}

/* A secret where none belongs (in a key, an address) is not hidden, and not looked for. */
static bool secrets_in_place(TALLOC_CTX *ctx, const char *text)
{
	struct json_object *list = NULL;
	size_t secrets = 0, found = 0;
	struct err e;
	for (const char *p = strstr(text, SECRET); p; p = strstr(p + 1, SECRET))
		found++;
	if (!json_parse(ctx, text, strlen(text), &list, &e))
		return true; /* not JSON: nothing of it may be shown */
	for (size_t i = 0; i < json_len(list); i++)
		secrets += strncmp(json_str_or(json_item(list, i), "clientSecret", ""), SECRET,
				   strlen(SECRET)) == 0;
	return found == secrets;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	char *text = text_clean(ctx, (const char *)data, size);
	char *env[] = { mem_strdup(ctx, "SLACK_API_KEY=xoxb-1-good"),
			mem_strdup(ctx, "SLACK_SIGNING_SECRET=0123456789abcdef"),
			mem_strdup(ctx, "LOOKERBOT_ENV_FILE=" NO_FILE),
			mem_printf(ctx, "LOOKERS=%s", text), NULL };
	if (secrets_in_place(ctx, text)) {
		struct config_faults *faults = NULL;
		struct config *c = config_load(ctx, env, &faults);
		FUZZ_CHECK(c->n_lookers <= LOOKERS_MAX);
		for (size_t i = 0; i < c->n_lookers; i++)
			check_looker(&c->lookers[i]);
		size_t fatal = 0;
		for (size_t i = 0; i < faults->n; i++) {
			check_fault(&faults->faults[i]);
			fatal += faults->faults[i].fatal;
		}
		/* One is that of NO_FILE. */
		FUZZ_CHECK(faults->fatal && fatal >= 1);
		FUZZ_CHECK(c->n_lookers > 0 || fatal > 1);
	}
	talloc_free(ctx);
	return 0;
}
