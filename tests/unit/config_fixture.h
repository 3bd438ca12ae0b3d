/* Loading a configuration from text, for the tests of config/: each runs in an empty directory. */
#ifndef TESTS_CONFIG_FIXTURE_H
#define TESTS_CONFIG_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/config.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A configuration without faults; tests add to it. */
#define GOOD_SLACK "SLACK_API_KEY=xoxb-1-good\nSLACK_SIGNING_SECRET=0123456789abcdef\n"
#define GOOD_LOOKER                                                                                \
	"LOOKER_URL=https://a.example.com\n"                                                       \
	"LOOKER_API_BASE_URL=https://a.example.com:19999/api/4.0\n"                                \
	"LOOKER_API_3_CLIENT_ID=the-client-id\nLOOKER_API_3_CLIENT_SECRET=the-client-secret\n"
#define GOOD GOOD_SLACK GOOD_LOOKER

struct fixture {
	TALLOC_CTX *ctx;
	char dir[64];
	struct config *c;
	struct config_faults *faults;
};

static inline int fixture_set_up(void **state)
{
	struct fixture *f = mem_zero(NULL, struct fixture);
	f->ctx = f;
	snprintf(f->dir, sizeof(f->dir), "/tmp/lookerbot-config-XXXXXX");
	if (!mkdtemp(f->dir) || chdir(f->dir) != 0)
		return -1;
	*state = f;
	return 0;
}

static inline int fixture_tear_down(void **state)
{
	struct fixture *f = *state;
	const char *const files[] = { ".env", "secret", "SLACK_API_KEY", "other.env" };
	for (size_t i = 0; i < COUNT(files); i++)
		unlink(files[i]);
	int failed = chdir("/") + rmdir(f->dir);
	talloc_free(f);
	return failed;
}

static inline void fixture_write(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* `env`: NAME=value lines. */
static inline void fixture_load(struct fixture *f, const char *env)
{
	char **vars = mem_array(f->ctx, char *, 100);
	size_t n = 0;
	for (const char *p = env; *p; p += strspn(p, "\n")) {
		size_t len = strcspn(p, "\n");
		vars[n++] = mem_strndup(f->ctx, p, len);
		p += len;
	}
	f->c = config_load(f->ctx, vars, &f->faults);
}

static inline void fixture_print_faults(const struct fixture *f)
{
	for (size_t i = 0; i < f->faults->n; i++) {
		const struct config_fault *x = &f->faults->faults[i];
		print_message("  %s %s = %s: %s %s\n", x->fatal ? "fault" : "warning", x->setting,
			      x->value, x->problem, x->fix);
	}
}

/* The only fault; NULL wanted: none. */
static inline void fixture_expect(const struct fixture *f, const char *setting, bool fatal)
{
	if (f->faults->n != (setting != NULL))
		fixture_print_faults(f);
	assert_int_equal(f->faults->n, setting != NULL);
	assert_int_equal(f->faults->fatal, setting && fatal);
	if (!setting)
		return;
	const struct config_fault *x = &f->faults->faults[0];
	assert_string_equal(x->setting, setting);
	assert_int_equal(x->fatal, fatal);
	assert_non_null(x->value);
	assert_true(strlen(x->problem) > 0 && strlen(x->fix) > 0);
}

/* No fault may show any of this text. */
static inline void fixture_expect_hidden(const struct fixture *f, const char *secret)
{
	for (size_t i = 0; i < f->faults->n; i++) {
		const struct config_fault *x = &f->faults->faults[i];
		assert_null(strstr(x->setting, secret));
		assert_null(strstr(x->value, secret));
		assert_null(strstr(x->problem, secret));
		assert_null(strstr(x->fix, secret));
	}
}

#endif
