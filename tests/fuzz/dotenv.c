/* .env files: what was read can be written and read again; errors name a line, never a value. */
#include "config/dotenv.h"

#include "base/mem.h"
#include "fuzz.h"

static size_t lines_in(const char *text, size_t len)
{
	size_t lines = 1;
	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	return lines;
}

static void write_entry(char **file, const struct dotenv_entry *entry)
{
	mem_appendf(file, "%s=\"", entry->name);
	for (const char *p = entry->value; *p; p++) {
		if (*p == '\r')
			mem_append(file, "\\r");
		else if (strchr("\"\\$", *p))
			mem_appendf(file, "\\%c", *p);
		else
			mem_append_n(file, p, 1);
	}
	mem_append(file, "\"\n");
}

static void check_entry(const struct dotenv *d, size_t i, size_t lines)
{
	static const char name_bytes[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					 "0123456789_";
	const struct dotenv_entry *entry = &d->entries[i];
	int before = i > 0 ? d->entries[i - 1].line : 0;
	FUZZ_CHECK(entry->name[0] != '\0' && strspn(entry->name, "0123456789") == 0);
	FUZZ_CHECK(entry->name[strspn(entry->name, name_bytes)] == '\0');
	FUZZ_CHECK(entry->line > before && (size_t)entry->line <= lines);
}

/* "line 12: the quote is never closed" */
static void check_refusal(const struct err *e)
{
	FUZZ_CHECK(e->kind == ERR_BAD_INPUT);
	FUZZ_CHECK(strlen(e->text) < 60);
	for (const char *p = e->text; *p; p++)
		FUZZ_CHECK(*p >= ' ' && *p < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct dotenv *d = NULL, *again = NULL;
	struct err e;
	if (dotenv_parse(ctx, (const char *)data, size, &d, &e)) {
		char *file = mem_strdup(ctx, "");
		for (size_t i = 0; i < d->n; i++) {
			check_entry(d, i, lines_in((const char *)data, size));
			write_entry(&file, &d->entries[i]);
		}
		FUZZ_CHECK(dotenv_parse(ctx, file, strlen(file), &again, &e));
		FUZZ_CHECK(again->n == d->n);
		for (size_t i = 0; i < d->n; i++) {
			FUZZ_CHECK(strcmp(again->entries[i].name, d->entries[i].name) == 0);
			FUZZ_CHECK(strcmp(again->entries[i].value, d->entries[i].value) == 0);
		}
	} else {
		check_refusal(&e);
	}
	talloc_free(ctx);
	return 0;
}
