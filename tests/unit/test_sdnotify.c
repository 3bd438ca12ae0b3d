/* sdnotify.c: the datagram arrives at a path and at an abstract name; nothing breaks without. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/sdnotify.h"

static void expect_arrival(const char *name)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char got[64] = "";
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", name);
	if (name[0] == '@')
		at.sun_path[0] = '\0';
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);

	setenv("NOTIFY_SOCKET", name, 1);
	sdnotify_send("READY=1");
	assert_int_equal(recv(fd, got, sizeof(got) - 1, 0), 7);
	assert_string_equal(got, "READY=1");
	close(fd);
}

static void test_arrives(void **state)
{
	char name[64];
	(void)state;
	snprintf(name, sizeof(name), "@lookerbot-test-%d", (int)getpid());
	expect_arrival(name);
	snprintf(name, sizeof(name), "/tmp/lookerbot-test-%d", (int)getpid());
	expect_arrival(name);
	unlink(name);
}

static void test_no_manager(void **state)
{
	char longest[200];
	(void)state;
	memset(longest, 'x', sizeof(longest));
	longest[0] = '/';
	longest[sizeof(longest) - 1] = '\0';
	const char *const names[] = { "", "relative", "/no/such/socket", "@", longest };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		setenv("NOTIFY_SOCKET", names[i], 1);
		sdnotify_send("READY=1");
	}
	unsetenv("NOTIFY_SOCKET");
	sdnotify_send("READY=1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arrives),
		cmocka_unit_test(test_no_manager),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
