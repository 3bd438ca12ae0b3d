/*
 * Whom we trust: one X509_STORE a process for the system's CAs, and one more for each extra CA
 * file. libcurl by itself loads the bundle (about 1 MB parsed) once a handle; here a handle only
 * gets a reference. It does not decide whether to verify: that is the request's.
 */
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "net/http_private.h"

#define STORES_MAX 8 /* remembered: one a CA file; settings name one at a time */

/* What tells one content of a file from another without reading it. */
struct stamp {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec changed;
};

struct entry {
	char *ca_file; /* NULL: the system's CAs alone */
	struct stamp stamp;
	X509_STORE *store;
};

static struct {
	pthread_mutex_t lock;
	struct entry entries[STORES_MAX];
	size_t n;
	size_t oldest; /* the next to go when there are too many */
} stores = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct stamp stamp_of(const char *ca_file)
{
	struct stat st;

	if (!ca_file || stat(ca_file, &st) != 0)
		return (struct stamp){ 0 };
	return (struct stamp){ st.st_dev, st.st_ino, st.st_size, st.st_mtim };
}

static bool same_stamp(const struct stamp *a, const struct stamp *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

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

/* SSL_CERT_FILE names another bundle, as for OpenSSL itself, curl and most others: where a proxy
 * signs all traffic with a CA of its own, for instance. */
static const char *system_file(void)
{
	const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
	const char *named = getenv(X509_get_default_cert_file_env());

	if (named && *named)
		return named;
	return curl->cainfo ? curl->cainfo : X509_get_default_cert_file();
}

static bool load(const char *ca_file, X509_STORE **ret, struct err *e)
{
	X509_STORE *store = X509_STORE_new();
	if (!store)
		die("out of memory in X509_STORE_new");
	/* As libcurl does it: an intermediate CA that the owner trusts is enough. */
	X509_STORE_set_flags(store, X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
	if (!load_file(store, system_file(), e) || (ca_file && !load_file(store, ca_file, e))) {
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

static struct entry *find(const char *ca_file)
{
	for (size_t i = 0; i < stores.n; i++)
		if (same_file(stores.entries[i].ca_file, ca_file))
			return &stores.entries[i];
	return NULL;
}

static void entry_release(struct entry *entry)
{
	X509_STORE_free(entry->store); /* who uses it has a reference */
	talloc_free(entry->ca_file);
}

static struct entry *add(const char *ca_file)
{
	struct entry *entry = &stores.entries[stores.n];

	if (stores.n < STORES_MAX) {
		stores.n++;
	} else {
		entry = &stores.entries[stores.oldest++ % STORES_MAX];
		entry_release(entry);
	}
	*entry = (struct entry){ .ca_file = mem_strdup(NULL, ca_file) };
	return entry;
}

static bool find_or_load(const char *ca_file, X509_STORE **ret, struct err *e)
{
	const struct stamp stamp = stamp_of(ca_file);
	struct entry *entry = find(ca_file);
	X509_STORE *store = NULL;

	if (!entry || !same_stamp(&entry->stamp, &stamp)) {
		if (!load(ca_file, &store, e))
			return false;
		if (!entry)
			entry = add(ca_file);
		X509_STORE_free(entry->store);
		entry->store = store;
		entry->stamp = stamp;
	}
	X509_STORE_up_ref(entry->store);
	*ret = entry->store;
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
	for (size_t i = 0; i < stores.n; i++)
		entry_release(&stores.entries[i]);
	stores.n = 0;
	pthread_mutex_unlock(&stores.lock);
}
