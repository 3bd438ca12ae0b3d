/* What the tests of data actions share: a fake Looker that answers one path, and an action. */
#ifndef TESTS_TEST_LOOKER_ACTION_H
#define TESTS_TEST_LOOKER_ACTION_H

#include "base/mem.h"
#include "looker/action.h"
#include "looker_fake.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct looker_fake_path path = { "POST", "/api/4.0/data_actions", 200, NULL, NULL, 0 };
static struct looker_fake fake;

static int set_up(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	path = (struct looker_fake_path){ "POST", "/api/4.0/data_actions", 200, NULL, NULL, 0 };
	fake.paths = &path;
	fake.n_paths = 1;
	looker_fake_start(&fake);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	looker_fake_stop(&fake);
	return 0;
}

static struct json_object *parse(const char *text)
{
	struct json_object *o;
	struct err e;

	if (!json_parse(fake.ctx, text, strlen(text), &o, &e))
		fail_msg("%s", e.text);
	return o;
}

#define ACTION                                                                                     \
	"{\"label\":\"Close\",\"type\":\"action\",\"url\":\"https://h.example/a/b\",\"n\":1.50,"   \
	"\"params\":{\"id\":\"7\"}}"

#endif
