/* A message for one test, and what the tests of its forms look at. */
#ifndef TEST_SLACK_MESSAGE_H
#define TEST_SLACK_MESSAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "slack/message.h"

struct fixture {
	TALLOC_CTX *ctx;
	struct slack_message *m;
};

static inline int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	f->ctx = mem_ctx(NULL);
	f->m = slack_message_new(f->ctx);
	slack_message_set_text(f->m, "summary");
	*state = f;
	return 0;
}

static inline int tear_down(void **state)
{
	struct fixture *f = *state;
	talloc_free(f->ctx);
	free(f);
	return 0;
}

static inline char *repeat(TALLOC_CTX *ctx, const char *s, size_t n)
{
	char *out = mem_strdup(ctx, "");
	for (size_t i = 0; i < n; i++)
		mem_append(&out, s);
	return out;
}

static inline struct json_object *blocks_of(struct fixture *f, enum slack_form form)
{
	return json_array_at(slack_message_encode(f->ctx, f->m, form), "blocks");
}

static inline const char *section_text(struct json_object *blocks, size_t i)
{
	return json_str_or(json_object_at(json_item(blocks, i), "text"), "text", "");
}

/* A table whose cells are "r<row>c<column>", numeric where wanted. */
static inline struct slack_table table(TALLOC_CTX *ctx, size_t rows, size_t columns, bool numeric,
				       const char *filler)
{
	struct slack_column *head = mem_array(ctx, struct slack_column, columns);
	struct slack_cell *cells = mem_array(ctx, struct slack_cell, rows * columns);
	for (size_t c = 0; c < columns; c++) {
		head[c].title = mem_printf(ctx, "Column %zu", c);
		head[c].numeric = numeric && c > 0;
	}
	for (size_t i = 0; i < rows * columns; i++) {
		cells[i].text = mem_printf(ctx, "r%zuc%zu%s", i / columns, i % columns, filler);
		cells[i].number = (double)i;
	}
	return (struct slack_table){ "Caption", head, columns, cells, rows };
}

static inline void add_table(struct fixture *f, const struct slack_table *t, size_t rows,
			     size_t columns)
{
	size_t got_rows = 99, got_columns = 99;
	slack_message_add_table(f->m, t, &got_rows, &got_columns);
	assert_int_equal(got_rows, rows);
	assert_int_equal(got_columns, columns);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
