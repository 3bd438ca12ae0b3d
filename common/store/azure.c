/*
 * Azure Blob Storage: Put Blob with the account's key. Who may read it is the container's business:
 * there is no access rule for one blob.
 */
#include "store/backend.h"

#include "base/clock.h"
#include "base/form.h"
#include "base/mem.h"
#include "store/sign.h"

#define API_VERSION "2021-08-06"
#define HEADERS_MAX 6

#define WRONG_KEY "AZURE_STORAGE_ACCESS_KEY does not belong to AZURE_STORAGE_ACCOUNT"

static const struct store_rule rules[] = {
	{ "AuthenticationFailed", ERR_AUTH, WRONG_KEY ", or this machine's clock is wrong" },
	{ "AuthorizationFailure", ERR_AUTH, WRONG_KEY ", or its firewall keeps this machine out" },
	{ "InvalidAuthenticationInfo", ERR_AUTH, WRONG_KEY },
	{ "KeyBasedAuthenticationNotPermitted", ERR_FORBIDDEN,
	  "the account AZURE_STORAGE_ACCOUNT does not allow access by key; switch it on" },
	{ "AuthorizationPermissionMismatch", ERR_FORBIDDEN, "the key may not write" },
	{ "InsufficientAccountPermissions", ERR_FORBIDDEN, "the key may not write" },
	{ "AccountIsDisabled", ERR_FORBIDDEN, "the account AZURE_STORAGE_ACCOUNT is disabled" },
	{ "ContainerNotFound", ERR_NOT_FOUND,
	  "SLACKBOT_AZURE_CONTAINER names no container that is there" },
	{ "ResourceNotFound", ERR_NOT_FOUND,
	  "AZURE_STORAGE_ACCOUNT or SLACKBOT_AZURE_CONTAINER is not there" },
	{ "InvalidResourceName", ERR_BAD_INPUT,
	  "SLACKBOT_AZURE_CONTAINER is no name of a container" },
	{ "ContainerBeingDeleted", ERR_TEMPORARY,
	  "the container SLACKBOT_AZURE_CONTAINER is being deleted" },
	{ NULL },
};

static bool is_configured(const struct config *c)
{
	return c->azure_account != NULL && c->azure_container != NULL;
}

static char *base(TALLOC_CTX *ctx, const struct config *c)
{
	const char *container = form_escape(ctx, c->azure_container);

	if (c->azure_endpoint)
		return mem_printf(ctx, "%s/%s", store_trim(ctx, c->azure_endpoint), container);
	return mem_printf(ctx, "https://%s.blob.core.windows.net/%s",
			  form_escape(ctx, c->azure_account), container);
}

static bool put(TALLOC_CTX *ctx, struct store *s, const struct store_try *t, struct err *e)
{
	const struct config *c = s->config;
	int64_t now_s = clock_now_ms() / 1000;
	struct http_header headers[HEADERS_MAX] = {
		{ "content-type", t->object->content_type },
		{ "x-ms-blob-type", "BlockBlob" },
		{ "x-ms-date", sign_time_http(ctx, now_s) },
		{ "x-ms-version", API_VERSION },
	};
	struct sign_request rq = { .method = "PUT", .headers = headers, .n_headers = 4 };
	const char *host, *authorization;
	struct http_response *rs;

	if (!c->azure_key)
		return err_set(e, ERR_AUTH, "Azure Storage: AZURE_STORAGE_ACCESS_KEY is not set");
	if (!store_host(ctx, t->url, &host, &rq.path, e))
		return err_wrap(e, "AZURE_STORAGE_ACCOUNT, _ENDPOINT or the container");
	const char *text = sign_azure_text(ctx, c->azure_account, &rq, t->object->len);
	if (!sign_azure(ctx, c->azure_account, c->azure_key, text, &authorization, e))
		return false;
	headers[4] = (struct http_header){ "authorization", authorization };
	if (!store_send(ctx, s, t, headers, 5, &rs, e))
		return false;
	return rs->status == 201 || store_refused(s, rules, rs, e);
}

const struct store_backend store_azure = {
	.name = "Azure Storage",
	.remedy = "Allow anonymous access for the account's blobs and set the container's access "
		  "level to Blob; or unset SLACKBOT_AZURE_CONTAINER and AZURE_STORAGE_ACCOUNT: "
		  "pictures are kept in Slack then.",
	.is_configured = is_configured,
	.base = base,
	.put = put,
};
