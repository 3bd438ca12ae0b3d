/* A fake Looker, and a folder for the files that are fetched from it, which must be empty again. */
#ifndef TESTS_TEST_LOOKER_FOLDER_H
#define TESTS_TEST_LOOKER_FOLDER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "looker_fake.h"

static struct looker_fake fake;
static char dir[64];

static void start_with_folder(const struct looker_fake_path *paths, size_t n)
{
	memset(&fake, 0, sizeof(fake));
	fake.paths = paths;
	fake.n_paths = n;
	looker_fake_start(&fake);
	snprintf(dir, sizeof(dir), "/tmp/lookerbot-test-XXXXXX");
	assert_non_null(mkdtemp(dir));
}

static int tear_down(void **state)
{
	(void)state;
	looker_fake_stop(&fake);
	assert_int_equal(rmdir(dir), 0); /* and nothing is in it */
	return 0;
}

#endif
