/*
 * Whom we trust: one X509_STORE a process for the system's CAs, and one more for each extra CA
 * file. libcurl by itself loads the bundle (about 1 MB parsed) once a handle; here a handle only
 * gets a reference. It does not decide whether to verify: that is the request's.
 */
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>

#include "base/mem.h"
#include "net/http_private.h"

#define STORES_MAX 8 /* extra CA files of one process: settings name one */

static struct {
	pthread_mutex_t lock;
	struct {
		char *ca_file; /* NULL: the system's CAs alone */
		X509_STORE *store;
	} entries[STORES_MAX];
	size_t n;
} stores = { .lock = PTHREAD_MUTEX_INITIALIZER };

static bool load_file(X509_STORE *store, const char *path, struct err *e)
{
	ERR_clear_error();
	if (X509_STORE_load_file(store, path) == 1)
		return true;
	const char *why = ERR_reason_error_string(ERR_peek_last_error());
	err_set(e, ERR_TEMPORARY, "the CA file %s cannot be used: %s", path,
		why ? why : "no certificate in it");
	ERR_clear_error();
	return false;
}

static bool load(const char *ca_file, X509_STORE **ret, struct err *e)
{
	X509_STORE *store = X509_STORE_new();
	if (!store)
		die("out of memory in X509_STORE_new");
	/* As libcurl does it: an intermediate CA that the owner trusts is enough. */
	X509_STORE_set_flags(store, X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
	const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
	const char *system = curl->cainfo ? curl->cainfo : X509_get_default_cert_file();
	if (!load_file(store, system, e) || (ca_file && !load_file(store, ca_file, e))) {
		X509_STORE_free(store);
		return false;
	}
	*ret = store;
	return true;
}

static bool same_file(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool find_or_load(const char *ca_file, X509_STORE **ret, struct err *e)
{
	for (size_t i = 0; i < stores.n; i++) {
		if (same_file(stores.entries[i].ca_file, ca_file)) {
			*ret = stores.entries[i].store;
			return true;
		}
	}
	if (stores.n == STORES_MAX)
		return err_set(e, ERR_INTERNAL, "more than %d CA files in use", STORES_MAX - 1);
	X509_STORE *store = NULL;
	if (!load(ca_file, &store, e))
		return false;
	stores.entries[stores.n].ca_file = mem_strdup(NULL, ca_file);
	stores.entries[stores.n].store = store;
	stores.n++;
	*ret = store;
	return true;
}

bool http_tls_store(const char *ca_file, X509_STORE **ret, struct err *e)
{
	/* Held while loading: whoever comes meanwhile wants the same store, not a second copy. */
	pthread_mutex_lock(&stores.lock);
	bool ok = find_or_load(ca_file, ret, e);
	pthread_mutex_unlock(&stores.lock);
	return ok;
}

void http_tls_stop(void)
{
	pthread_mutex_lock(&stores.lock);
	for (size_t i = 0; i < stores.n; i++) {
		X509_STORE_free(stores.entries[i].store);
		talloc_free(stores.entries[i].ca_file);
	}
	stores.n = 0;
	pthread_mutex_unlock(&stores.lock);
}
