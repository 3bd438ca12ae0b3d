/* The access token for Google Cloud Storage, kept until it is nearly over. Private to store/. */
#ifndef STORE_GCS_TOKEN_H
#define STORE_GCS_TOKEN_H

#include "store/backend.h"

/* By the service account's key (GOOGLE_CLOUD_CREDENTIALS_JSON), or without one from the metadata
 * server of the machine. ERR_AUTH: refused; ERR_TEMPORARY: not to be had now. */
bool gcs_token_get(TALLOC_CTX *ctx, struct store *s, int64_t deadline_ms, const char **ret,
		   struct err *e) ERR_MUST_CHECK;

/* `token` was refused: nobody gets it any more. */
void gcs_token_drop(struct store *s, const char *token);

#endif
