/*
 * Amazon S3, and what speaks its language: one signed PUT. A bucket of Amazon's is part of the
 * host's name, one elsewhere (SLACKBOT_S3_ENDPOINT) is part of the path.
 */
#include "store/backend.h"

#include "base/clock.h"
#include "base/form.h"
#include "base/mem.h"
#include "store/sign.h"

#define HEADERS_MAX 8

static const struct store_rule rules[] = {
	{ "InvalidAccessKeyId", ERR_AUTH, "AWS_ACCESS_KEY_ID is not known there" },
	{ "SignatureDoesNotMatch", ERR_AUTH,
	  "AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID" },
	{ "ExpiredToken", ERR_AUTH,
	  "AWS_SESSION_TOKEN has expired; set new keys with a new token, or lasting ones" },
	{ "InvalidToken", ERR_AUTH,
	  "AWS_SESSION_TOKEN does not belong to the keys; lasting keys need none" },
	{ "InvalidTokenId", ERR_AUTH,
	  "AWS_SESSION_TOKEN does not belong to the keys; lasting keys need none" },
	{ "AccountProblem", ERR_FORBIDDEN, "there is a problem with the account" },
	{ "AccessDenied", ERR_FORBIDDEN,
	  "the access key may not write to SLACKBOT_S3_BUCKET; give it s3:PutObject" },
	{ "AllAccessDisabled", ERR_FORBIDDEN, "nobody may use SLACKBOT_S3_BUCKET" },
	{ "NoSuchBucket", ERR_NOT_FOUND, "SLACKBOT_S3_BUCKET names no bucket that is there" },
	{ "InvalidBucketName", ERR_BAD_INPUT, "SLACKBOT_S3_BUCKET is no name of a bucket" },
	{ "PermanentRedirect", ERR_BAD_INPUT,
	  "the bucket is in another region; set SLACKBOT_S3_BUCKET_REGION" },
	{ "AuthorizationHeaderMalformed", ERR_BAD_INPUT,
	  "the bucket is in another region; set SLACKBOT_S3_BUCKET_REGION" },
	{ "IllegalLocationConstraintException", ERR_BAD_INPUT,
	  "the bucket is in another region; set SLACKBOT_S3_BUCKET_REGION" },
	{ "RequestTimeTooSkewed", ERR_AUTH, "this machine's clock is wrong" },
	{ "SlowDown", ERR_TEMPORARY, "it wants fewer requests for now" },
	{ NULL },
};

static bool is_configured(const struct config *c)
{
	return c->s3_bucket != NULL;
}

/* A certificate for *.s3.REGION.amazonaws.com does not hold for a bucket with a dot. */
static char *base(TALLOC_CTX *ctx, const struct config *c)
{
	const char *bucket = form_escape(ctx, c->s3_bucket);
	const char *domain =
		strncmp(c->s3_region, "cn-", 3) == 0 ? "amazonaws.com.cn" : "amazonaws.com";

	if (c->s3_endpoint)
		return mem_printf(ctx, "%s/%s", store_trim(ctx, c->s3_endpoint), bucket);
	if (strchr(c->s3_bucket, '.'))
		return mem_printf(ctx, "https://s3.%s.%s/%s", c->s3_region, domain, bucket);
	return mem_printf(ctx, "https://%s.s3.%s.%s", bucket, c->s3_region, domain);
}

static bool has_keys(const struct config *c, struct err *e)
{
	if (!c->aws_access_key_id)
		return err_set(e, ERR_AUTH, "Amazon S3: AWS_ACCESS_KEY_ID is not set");
	if (!c->aws_secret_access_key)
		return err_set(e, ERR_AUTH, "Amazon S3: AWS_SECRET_ACCESS_KEY is not set");
	return true;
}

/* Also a key that may write but not open what it writes, or a bucket that blocks what is open, says
 * AccessDenied. */
static bool may_be_the_acl(const char *code)
{
	static const char *const codes[] = { "AccessControlListNotSupported", "AccessDenied",
					     "NotImplemented",
					     "InvalidBucketAclWithObjectOwnership" };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (strcmp(codes[i], code) == 0)
			return true;
	}
	return false;
}

static bool put(TALLOC_CTX *ctx, struct store *s, const struct store_try *t, struct err *e)
{
	const struct config *c = s->config;
	const struct sign_aws_key key = {
		.id = c->aws_access_key_id,
		.secret = c->aws_secret_access_key,
		.region = c->s3_region,
		.service = "s3",
	};
	struct http_header headers[HEADERS_MAX];
	char digest[SIGN_SHA256_HEX_BYTES];
	struct sign_request rq = { .method = "PUT",
				   .query = "",
				   .headers = headers,
				   .sha256 = digest,
				   .unix_s = clock_now_ms() / 1000 };
	struct http_response *rs;
	const char *host;
	size_t n = 0;

	if (!has_keys(c, e))
		return false;
	if (!store_host(ctx, t->url, &host, &rq.path, e))
		return err_wrap(e, "SLACKBOT_S3_BUCKET, _REGION or _ENDPOINT");
	sign_sha256(t->object->bytes, t->object->len, digest);
	headers[n++] = (struct http_header){ "content-type", t->object->content_type };
	headers[n++] = (struct http_header){ "host", host };
	if (t->acl)
		headers[n++] = (struct http_header){ "x-amz-acl", "public-read" };
	headers[n++] = (struct http_header){ "x-amz-content-sha256", digest };
	headers[n++] = (struct http_header){ "x-amz-date", sign_time_basic(ctx, rq.unix_s) };
	if (c->aws_session_token)
		headers[n++] = (struct http_header){ "x-amz-security-token", c->aws_session_token };
	rq.n_headers = n;
	headers[n++] = (struct http_header){ "authorization", sign_aws(ctx, &key, &rq) };
	if (!store_send(ctx, s, t, headers, n, &rs, e))
		return false;
	if (rs->status == 200 || rs->status == 201 || rs->status == 204)
		return true;
	*t->ret_acl_refused = may_be_the_acl(store_code(ctx, rs));
	return store_refused(s, rules, rs, e);
}

const struct store_backend store_s3 = {
	.name = "Amazon S3",
	.remedy = "Allow everybody s3:GetObject for lookerbot/* in the bucket's policy, and switch "
		  "off Block Public Access for it; or unset SLACKBOT_S3_BUCKET: pictures are kept "
		  "in Slack then.",
	.is_configured = is_configured,
	.base = base,
	.put = put,
};
