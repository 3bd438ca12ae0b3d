/*
 * Data in mrkdwn stays data: what each call appends is well-formed, can neither ping nor link nor
 * format, and is the same text again when the escapes are undone. The input is a text, or an
 * address and a label with a line end between them.
 */
#include "slack/mrkdwn.h"

#include "base/mem.h"
#include "base/text.h"
#include "fuzz.h"

#define INVISIBLE "\u200b"
#define BACK_TICK "\u02cb"

struct pair {
	const char *from, *to;
};

/* Each `from` replaced by its `to`, in one pass. */
static char *replaced(TALLOC_CTX *ctx, const char *s, const struct pair *pairs, size_t n)
{
	char *out = mem_strdup(ctx, "");
	while (*s) {
		size_t i = 0;
		while (i < n && strncmp(s, pairs[i].from, strlen(pairs[i].from)) != 0)
			i++;
		mem_append_n(&out, i < n ? pairs[i].to : s, i < n ? strlen(pairs[i].to) : 1);
		s += i < n ? strlen(pairs[i].from) : 1;
	}
	return out;
}

/* Nothing is lost: without escapes and invisible characters it is the text that came. (Those that
 * steer direction are taken out.) */
static void check_lossless(TALLOC_CTX *ctx, const char *mrkdwn, const char *text)
{
	static const struct pair undo[] = { { "&amp;", "&" },
					    { "&lt;", "<" },
					    { "&gt;", ">" },
					    { INVISIBLE, "" },
					    { BACK_TICK, "`" } };
	static const struct pair plain[] = { { INVISIBLE, "" }, { BACK_TICK, "`" } };
	char *back = text_unsteered(ctx, replaced(ctx, mrkdwn, undo, 5));
	FUZZ_CHECK(strcmp(back, replaced(ctx, text_unsteered(ctx, text), plain, 2)) == 0);
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* No ":name:" of letters, and no bold, italic or struck word. */
static void check_unformatted(const char *s)
{
	static const char marks[] = "*_~";
	for (size_t i = 0; s[i]; i++) {
		size_t word = 0;
		while (is_name(s[i + 1 + word]))
			word++;
		FUZZ_CHECK(s[i] != ':' || word == 0 || word > 100 || s[i + 1 + word] != ':');
		bool before = i == 0 || s[i - 1] == ' ' || s[i - 1] == '\n';
		char after = word > 0 ? s[i + 1 + word] : 'x';
		bool ends = after == s[i] && strchr(" \n.,", s[i + 2 + word]) != NULL;
		FUZZ_CHECK(!strchr(marks, s[i]) || !before || word == 0 || !ends);
	}
}

static void check_data(TALLOC_CTX *ctx, const char *text)
{
	char *out = mem_strdup(ctx, "");
	mrkdwn_add_text(&out, text);
	fuzz_check_mrkdwn(out);
	fuzz_check_quiet(out);
	check_unformatted(out);
	FUZZ_CHECK(strpbrk(out, "<>`") == NULL);
	check_lossless(ctx, out, text);

	char *bold = mem_strdup(ctx, "");
	mrkdwn_add_bold(&bold, text);
	fuzz_check_mrkdwn(bold);
	fuzz_check_quiet(bold);
	FUZZ_CHECK(strchr(bold, '\n') == NULL);
}

static void check_code(TALLOC_CTX *ctx, const char *text)
{
	char *out = mem_strdup(ctx, "");
	mrkdwn_add_code(&out, text);
	out = text_unsteered(ctx, out); /* code of Hebrew stands in an isolate */
	size_t len = strlen(out);
	fuzz_check_mrkdwn(out);
	FUZZ_CHECK(strpbrk(out, "<>\n") == NULL);
	if (len == 0)
		return;
	FUZZ_CHECK(len > 2 && out[0] == '`' && strchr(out + 1, '`') == out + len - 1);
}

static void check_link(TALLOC_CTX *ctx, const char *url, const char *label)
{
	char *out = mem_strdup(ctx, "");
	char *clean = mrkdwn_url(ctx, url);
	mrkdwn_add_link(&out, url, label);
	fuzz_check_mrkdwn(out);
	fuzz_check_quiet(out);
	FUZZ_CHECK(clean || strchr(out, '<') == NULL);
	if (clean)
		FUZZ_CHECK(clean[strcspn(clean, " \t\r\n<>|\"")] == '\0');
}

static void check_user(TALLOC_CTX *ctx, const char *id)
{
	char *out = mem_strdup(ctx, "");
	mrkdwn_add_user(&out, id);
	if (strncmp(out, "<@", 2) == 0)
		FUZZ_CHECK(strlen(out) == strlen(id) + 3 && strncmp(out + 2, id, strlen(id)) == 0);
	else
		fuzz_check_mrkdwn(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	char *text = text_clean(ctx, (const char *)data, size);
	size_t first = strcspn(text, "\n");
	check_data(ctx, text);
	check_code(ctx, text);
	check_user(ctx, text);
	check_link(ctx, mem_strndup(ctx, text, first), text + first + (text[first] != '\0'));
	check_link(ctx, text, NULL);
	talloc_free(ctx);
	return 0;
}
