/* mem.c: growing strings stay right, become no slower, and may start as any talloc string. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

#define MIB (1024 * 1024)

static void test_copies(void **state)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	(void)state;
	assert_null(mem_strdup(ctx, NULL));
	assert_null(mem_strndup(ctx, NULL, 3));
	assert_string_equal(mem_strndup(ctx, "abcdef", 3), "abc");
	assert_string_equal(mem_strndup(ctx, "ab", 9), "ab");
	assert_string_equal(mem_printf(ctx, "%d-%s", 7, "x"), "7-x");
	int *a = mem_array(ctx, int, 3);
	assert_int_equal(a[0] + a[1] + a[2], 0);
	a = mem_grow(ctx, a, int, 1000);
	a[999] = 1;
	assert_int_equal(talloc_total_blocks(ctx), 5);
	talloc_free(ctx);
}

static void test_append(void **state)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	char *s = mem_strdup(ctx, "start");
	(void)state;
	mem_append(&s, "");
	mem_append(&s, " one");
	mem_append_n(&s, " two!", 4);
	mem_appendf(&s, " %03d", 7);
	assert_string_equal(s, "start one two 007");
	mem_truncate(s, 5);
	mem_append(&s, "ed");
	assert_string_equal(s, "started");
	assert_ptr_equal(talloc_parent(s), ctx);

	char *copy = mem_strdup(ctx, s); /* a copy is a plain string and may grow on its own */
	mem_append(&copy, "!");
	assert_string_equal(copy, "started!");
	assert_string_equal(s, "started");
	char *plain = mem_strdup(ctx, "plain");
	mem_truncate(plain, 2);
	assert_string_equal(plain, "pl");
	talloc_free(ctx);
}

/* 1 MiB byte by byte: the content is right and the buffer moved rarely. */
static void test_append_is_amortised(void **state)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	char *s = mem_strdup(ctx, "");
	size_t size = 0, resizes = 0;
	(void)state;
	for (int i = 0; i < MIB; i++) {
		mem_append_n(&s, &"abcdefghijklmnop"[i % 16], 1);
		resizes += talloc_get_size(s) != size;
		size = talloc_get_size(s);
	}
	assert_int_equal(strlen(s), MIB);
	for (int i = 0; i < MIB; i++)
		assert_true(s[i] == "abcdefghijklmnop"[i % 16]);
	assert_in_range(resizes, 1, 40);
	assert_in_range(size, MIB, 2 * MIB);
	talloc_free(ctx);
}

static void test_formatted_of_any_length(void **state)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	char *s = mem_strdup(ctx, "");
	size_t len = 0;
	(void)state;
	for (int n = 0; n < 600; n++) {
		mem_appendf(&s, "%*s", n, "");
		len += (size_t)n;
		assert_int_equal(strlen(s), len);
	}
	talloc_free(ctx);
}

static void test_exhaustion_dies(void **state)
{
	(void)state;
	pid_t pid = fork();
	if (pid == 0) {
		close(STDERR_FILENO);
		mem_must(NULL);
		_exit(0);
	}
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_append_is_amortised),
		cmocka_unit_test(test_formatted_of_any_length),
		cmocka_unit_test(test_exhaustion_dies),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
