/*
 * The checks that several targets need, on text and mrkdwn. Those on whole messages are in
 * fuzz_message.c. They are written against Slack's rules, not against the code that they check.
 */
#include "fuzz.h"

#include <ctype.h>
#include <strings.h>

#include "base/text.h"
#include "base/text_code.h"

_Noreturn void fuzz_failed(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
	abort();
}

void fuzz_check_utf8(const char *s)
{
	FUZZ_CHECK(s != NULL);
	FUZZ_CHECK(text_is_utf8(s, strlen(s)));
}

void fuzz_check_error(const struct err *e, enum err_kind kind)
{
	FUZZ_CHECK(e->kind == kind);
	FUZZ_CHECK(e->text[0] != '\0');
	fuzz_check_utf8(e->text);
}

static size_t entity_len(const char *s)
{
	static const char *const entities[] = { "&amp;", "&lt;", "&gt;" };
	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
		if (strncmp(s, entities[i], strlen(entities[i])) == 0)
			return strlen(entities[i]);
	return 0;
}

static size_t scheme_len(const char *s)
{
	static const char *const schemes[] = { "https://", "http://" };
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strncasecmp(s, schemes[i], strlen(schemes[i])) == 0)
			return strlen(schemes[i]);
	return 0;
}

/* The address in "<https://…|label>", from behind the '<' to the bar or the '>'. */
static size_t check_address(const char *s)
{
	size_t at = scheme_len(s), first = at, len = strcspn(s, "|>");
	FUZZ_CHECK(at > 0);
	while (at < len) {
		int32_t code;
		size_t n = text_code_next(s + at, len - at, &code);
		FUZZ_CHECK(code != '<' && !text_code_is_space(code) && !text_code_is_control(code));
		FUZZ_CHECK(code != '&' || entity_len(s + at) > 0);
		at += n;
	}
	FUZZ_CHECK(len > first);
	return len;
}

/* A whole link; returns its bytes. */
static size_t check_link(const char *s)
{
	size_t len = 1 + check_address(s + 1);
	if (s[len] == '|') {
		size_t label = strcspn(s + len + 1, "<>\n");
		FUZZ_CHECK(label > 0);
		for (size_t i = len + 1; i < len + 1 + label; i++)
			FUZZ_CHECK(s[i] != '&' || entity_len(s + i) > 0);
		len += 1 + label;
	}
	FUZZ_CHECK(s[len] == '>');
	return len + 1;
}

void fuzz_check_mrkdwn(const char *mrkdwn)
{
	fuzz_check_utf8(mrkdwn);
	for (const char *s = mrkdwn; *s;) {
		FUZZ_CHECK(*s != '>');
		size_t len = *s == '<' ? check_link(s) : *s == '&' ? entity_len(s) : 1;
		FUZZ_CHECK(len > 0);
		s += len;
	}
}

static void check_at(const char *s)
{
	static const char *const words[] = { "here", "channel", "everyone", "group" };
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(words[i]);
		bool same = strncasecmp(s + 1, words[i], len) == 0;
		FUZZ_CHECK(!same || isalnum((unsigned char)s[1 + len]));
	}
}

void fuzz_check_quiet(const char *mrkdwn)
{
	static const char fence[] = "```";
	for (const char *s = mrkdwn; *s; s++) {
		if (strncmp(s, fence, 3) == 0) {
			s = strstr(s + 3, fence);
			FUZZ_CHECK(s != NULL);
			s += 2;
			continue;
		}
		if (*s == '<') {
			FUZZ_CHECK(strncasecmp(s, "<http", 5) == 0);
			s += strcspn(s, "|>");
		}
		if (*s == '@')
			check_at(s);
		FUZZ_CHECK(strncmp(s, "://", 3) != 0);
	}
}
