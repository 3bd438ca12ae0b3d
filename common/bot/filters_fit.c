/*
 * Looker's filter expressions, as far as people type them: does a text parse as a number, date or
 * yes/no expression? One small descent a grammar over lower-case text. Nothing is evaluated, and
 * what Looker knows beyond this subset must be accepted here before anybody can use it.
 */
#include "bot/filters.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

#define YEAR_DIGITS 4

/* The text that is left; the readers move it only when they match. */
struct scan {
	const char *p;
};

static void skip_blanks(struct scan *s)
{
	while (isspace((unsigned char)*s->p))
		s->p++;
}

/* A mark such as "," or ">=", blanks before it skipped. */
static bool take_mark(struct scan *s, const char *mark)
{
	size_t len = strlen(mark);
	struct scan t = *s;

	skip_blanks(&t);
	if (strncmp(t.p, mark, len) != 0)
		return false;
	s->p = t.p + len;
	return true;
}

/* A whole word. */
static bool take_word(struct scan *s, const char *word)
{
	struct scan t = *s;

	if (!take_mark(&t, word) || isalnum((unsigned char)*t.p) || *t.p == '_')
		return false;
	*s = t;
	return true;
}

static bool take_one_of(struct scan *s, const char *const *words)
{
	for (; *words != NULL; words++)
		if (take_word(s, *words))
			return true;
	return false;
}

static bool at_end(struct scan *s)
{
	skip_blanks(s);
	return *s->p == '\0';
}

/* Between `min` and `max` digits and no digit after them. */
static bool take_digits(struct scan *s, size_t min, size_t max)
{
	size_t n = strspn(s->p, "0123456789");

	if (n < min || n > max)
		return false;
	s->p += n;
	return true;
}

/* ---- numbers: 5, not 5, >=5, 1 to 10, [1,10), null, lists of these ---- */

static bool take_number(struct scan *s)
{
	struct scan t = *s;

	skip_blanks(&t);
	if (*t.p == '-' || *t.p == '+')
		t.p++;
	if (!take_digits(&t, 1, 30) && *t.p != '.')
		return false;
	if (*t.p == '.') {
		t.p++;
		if (!take_digits(&t, 1, 30))
			return false;
	}
	if (isalnum((unsigned char)*t.p) || *t.p == '%' || *t.p == '_')
		return false; /* Looker knows no units: "10k" does not parse */
	*s = t;
	return true;
}

static bool take_bound(struct scan *s)
{
	return take_word(s, "inf") || take_word(s, "-inf") || take_number(s);
}

/* [1,10), (1,inf) */
static bool take_interval(struct scan *s)
{
	struct scan t = *s;

	if (!take_mark(&t, "[") && !take_mark(&t, "("))
		return false;
	if (!take_bound(&t) || !take_mark(&t, ",") || !take_bound(&t))
		return false;
	if (!take_mark(&t, "]") && !take_mark(&t, ")"))
		return false;
	*s = t;
	return true;
}

static bool take_comparison(struct scan *s)
{
	static const char *const marks[] = { ">=", "<=", "!=", ">", "<", NULL };

	for (size_t i = 0; marks[i] != NULL; i++) {
		struct scan t = *s;

		if (take_mark(&t, marks[i]) && take_number(&t)) {
			*s = t;
			return true;
		}
	}
	return false;
}

static bool take_number_term(struct scan *s)
{
	if (take_word(s, "not"))
		return take_word(s, "null") || take_interval(s) || take_number(s);
	if (take_word(s, "null") || take_interval(s) || take_comparison(s))
		return true;
	if (!take_number(s))
		return false;
	return !take_word(s, "to") || take_number(s);
}

static bool number_fits(const char *text)
{
	struct scan s = { text };

	do {
		if (!take_number_term(&s))
			return false;
	} while (take_mark(&s, ",") || take_word(&s, "or") || take_word(&s, "and"));
	return at_end(&s);
}

/* ---- dates: 7 days, last month, 2026-05-01 to 2026-06-01, before 2026, lists of these ---- */

static const char *const units[] = {
	"seconds", "second", "minutes",	 "minute",  "hours", "hour",  "days", "day", "weeks",
	"week",	   "months", "quarters", "quarter", "month", "years", "year", NULL,
};
static const char *const days[] = {
	"today",    "yesterday", "tomorrow", "monday", "tuesday", "wednesday",
	"thursday", "friday",	 "saturday", "sunday", NULL,
};
static const char *const turns[] = { "last", "this", "next", NULL };

/* "7 days" */
static bool take_span(struct scan *s)
{
	struct scan t = *s;

	skip_blanks(&t);
	if (!take_digits(&t, 1, 5) || !isspace((unsigned char)*t.p) || !take_one_of(&t, units))
		return false;
	*s = t;
	return true;
}

/* "-05" or "/5" after a year or month */
static bool take_part(struct scan *s, char *separator)
{
	struct scan t = *s;

	if ((*t.p != '-' && *t.p != '/') || (*separator != '\0' && *t.p != *separator))
		return false;
	*separator = *t.p++;
	if (!take_digits(&t, 1, 2))
		return false;
	*s = t;
	return true;
}

/* " 12:30" or " 12:30:15" after a day; also with a T */
static void take_clock(struct scan *s)
{
	struct scan t = *s;

	if (*t.p != ' ' && *t.p != 't')
		return;
	t.p++;
	if (!take_digits(&t, 1, 2) || *t.p++ != ':' || !take_digits(&t, 2, 2))
		return;
	if (*t.p == ':') {
		t.p++;
		if (!take_digits(&t, 2, 2))
			return;
	}
	*s = t;
}

/* "-q1" */
static bool take_quarter(struct scan *s)
{
	if (s->p[0] != '-' || s->p[1] != 'q' || s->p[2] < '1' || s->p[2] > '4')
		return false;
	s->p += 3;
	return true;
}

/* 2026, 2026-05, 2026-05-01, 2026/05/01 12:30, 2026-q1, fy2026, fy2026-q1 */
static bool take_date(struct scan *s)
{
	struct scan t = *s;
	char separator = '\0';
	bool fiscal;

	skip_blanks(&t);
	fiscal = take_mark(&t, "fy");
	if (!take_digits(&t, YEAR_DIGITS, YEAR_DIGITS))
		return false;
	if (!take_quarter(&t) && !fiscal && take_part(&t, &separator) && take_part(&t, &separator))
		take_clock(&t);
	if (isalnum((unsigned char)*t.p) || *t.p == '-' || *t.p == '/' || *t.p == ':')
		return false;
	*s = t;
	return true;
}

/* "last 7 days", "last month", "this year to second" */
static bool take_turn(struct scan *s)
{
	struct scan t = *s;

	if (!take_one_of(&t, turns) || (!take_span(&t) && !take_one_of(&t, units)))
		return false;
	*s = t;
	if (take_word(&t, "to") && take_one_of(&t, units))
		*s = t;
	return true;
}

/* "7 days", "7 days ago", "3 days from now" */
static bool take_relative(struct scan *s)
{
	struct scan t;

	if (!take_span(s))
		return false;
	if (take_word(s, "ago"))
		return true;
	t = *s;
	if (take_word(&t, "from") && take_word(&t, "now"))
		*s = t;
	return true;
}

/* A point or stretch of time. */
static bool take_when(struct scan *s)
{
	return take_one_of(s, days) || take_turn(s) || take_relative(s) || take_date(s);
}

static bool take_date_term(struct scan *s)
{
	struct scan t = *s;

	if (take_word(s, "null"))
		return true;
	if (take_word(s, "not"))
		return take_word(s, "null");
	if (take_word(s, "before") || take_word(s, "after"))
		return take_when(s);
	if (take_date(&t) && take_word(&t, "to")) {
		*s = t;
		return take_date(s);
	}
	if (!take_when(s))
		return false;
	return !take_word(s, "for") || take_span(s);
}

static bool date_fits(const char *text)
{
	struct scan s = { text };

	do {
		if (!take_date_term(&s))
			return false;
	} while (take_mark(&s, ","));
	return at_end(&s);
}

/* ---- the rest, and the table ---- */

static bool yesno_fits(const char *text)
{
	static const char *const words[] = { "yes", "no", "true", "false", NULL };
	struct scan s = { text };

	return take_one_of(&s, words) && at_end(&s);
}

static bool string_fits(const char *text)
{
	(void)text;
	return true;
}

static const struct {
	bool (*fits)(const char *lower);
	const char *word;
	const char *example;
	const char *examples;
} kinds[] = {
	[LOOKER_FILTER_STRING] = { string_fits, "a text", "EMEA", "EMEA or EMEA,APAC or %shoe%" },
	[LOOKER_FILTER_NUMBER] = { number_fits, "a number", "10", "10, >=10 or 1 to 10" },
	[LOOKER_FILTER_DATE] = { date_fits, "a date", "last 7 days",
				 "last 7 days, this month or 2026-05-01" },
	[LOOKER_FILTER_YESNO] = { yesno_fits, "yes or no", "Yes", "Yes or No" },
};

bool filters_fit(enum looker_filter_kind kind, const char *text)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	char *lower = mem_strdup(ctx, text);
	struct scan s = { lower };
	bool ret;

	/* The keywords are ASCII in every language. */
	for (char *p = lower; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	ret = at_end(&s) || kinds[kind].fits(lower);
	talloc_free(ctx);
	return ret;
}

const char *filters_kind_word(enum looker_filter_kind kind)
{
	return kinds[kind].word;
}

const char *filters_kind_example(enum looker_filter_kind kind)
{
	return kinds[kind].example;
}

const char *filters_kind_examples(enum looker_filter_kind kind)
{
	return kinds[kind].examples;
}
