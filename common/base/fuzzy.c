/*
 * How much a title resembles what a person typed. Each query word looks for its best title word
 * (equal, beginning, a few typing errors, part); long words count more than short ones. What was
 * typed without the blanks, or with them elsewhere, is caught by comparing all letters at once.
 * Both texts are capped, so that the cost is bounded: at most CHARS_MAX squared steps a comparison.
 */
#include "base/fuzzy.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/text_code.h"

#define CHARS_MAX 200
#define WORDS_MAX (CHARS_MAX / 2)
#define PREFIX_MIN_CHARS 2 /* one letter would be the beginning of everything */
#define PART_MIN_CHARS 4
#define JOINED_MIN_CHARS 6

/* What a word is worth that is not equal. */
#define WORTH_PREFIX 0.75
#define WORTH_PREFIX_TYPO 0.6
#define WORTH_PART 0.6
#define WORTH_JOINED 0.9
#define WORTH_JOINED_PREFIX 0.6

/* How the score is composed; the sum is below 1: only equal texts reach that. */
#define WEIGHT_QUERY 0.75 /* how much of the query is in the title */
#define WEIGHT_TITLE 0.15 /* how much of the title was asked for */
#define WEIGHT_ORDER 0.09 /* in the same order */

struct word {
	const int32_t *codes; /* into struct words.codes */
	size_t len;
	bool exact_only; /* has a digit: 2023 is not a typing error for 2024 */
};

struct words {
	int32_t codes[CHARS_MAX]; /* the letters of all words, without what stood between */
	size_t n_codes;
	struct word words[WORDS_MAX];
	size_t n;
};

static void split(const char *text, struct words *ret)
{
	size_t len = strlen(text);
	struct word *open = NULL;
	ret->n = ret->n_codes = 0;
	for (size_t i = 0, chars = 0; i < len && chars < CHARS_MAX; chars++) {
		int32_t code;
		i += text_code_next(text + i, len - i, &code);
		if (!text_code_is_word(code)) {
			open = NULL;
			continue;
		}
		if (!open) {
			if (ret->n == WORDS_MAX)
				return;
			open = &ret->words[ret->n++];
			*open = (struct word){ .codes = ret->codes + ret->n_codes };
		}
		ret->codes[ret->n_codes++] = code;
		open->len++;
		open->exact_only |= code >= '0' && code <= '9';
	}
}

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;
	return least < c ? least : c;
}

static size_t typos_allowed(size_t len)
{
	return len < 4 ? 0 : len < 6 ? 1 : len < 10 ? 2 : 3;
}

/* Edits (insert, delete, replace, swap of neighbours) from a to b, and in *ret_prefix to that
 * beginning of b which is nearest. Both lengths are at most CHARS_MAX. */
static size_t edits(const int32_t *a, size_t a_len, const int32_t *b, size_t b_len,
		    size_t *ret_prefix)
{
	size_t rows[3][CHARS_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *row = rows[2];
	for (size_t j = 0; j <= b_len; j++)
		last[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t differ = a[i - 1] != b[j - 1];
			row[j] = min3(last[j] + 1, row[j - 1] + 1, last[j - 1] + differ);
			bool swapped =
				i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
			if (swapped && before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
		size_t *oldest = before;
		before = last;
		last = row;
		row = oldest;
	}
	*ret_prefix = a_len;
	for (size_t j = 0; j <= b_len; j++)
		*ret_prefix = last[j] < *ret_prefix ? last[j] : *ret_prefix;
	return last[b_len];
}

static size_t to_codes(const char *s, int32_t ret[CHARS_MAX])
{
	size_t n = 0;
	for (; s[n] && n < CHARS_MAX; n++)
		ret[n] = (unsigned char)s[n];
	return n;
}

size_t fuzzy_edits(const char *a, const char *b)
{
	int32_t a_codes[CHARS_MAX], b_codes[CHARS_MAX];
	size_t prefix;
	size_t a_len = to_codes(a, a_codes), b_len = to_codes(b, b_codes);
	return edits(a_codes, a_len, b_codes, b_len, &prefix);
}

static bool same(const int32_t *a, const int32_t *b, size_t n)
{
	return memcmp(a, b, n * sizeof(*a)) == 0;
}

static bool is_part(const struct word *q, const struct word *t)
{
	if (q->len < PART_MIN_CHARS)
		return false;
	for (size_t i = 0; i + q->len <= t->len; i++)
		if (same(q->codes, t->codes + i, q->len))
			return true;
	return false;
}

static double typo_score(const struct word *q, const struct word *t)
{
	size_t allowed = typos_allowed(q->len);
	if (allowed == 0 || q->exact_only || q->len > t->len + allowed)
		return 0;
	size_t prefix;
	size_t whole = edits(q->codes, q->len, t->codes, t->len, &prefix);
	if (whole <= allowed)
		return 1 - (double)whole / (double)q->len;
	if (prefix < allowed)
		return WORTH_PREFIX_TYPO * (1 - (double)prefix / (double)q->len);
	return 0;
}

/* 0..1: how well title word `t` answers query word `q`. */
static double word_score(const struct word *q, const struct word *t)
{
	if (q->len <= t->len && same(q->codes, t->codes, q->len)) {
		if (q->len == t->len)
			return 1;
		if (q->len < PREFIX_MIN_CHARS)
			return 0;
		return WORTH_PREFIX + (1 - WORTH_PREFIX) * (double)q->len / (double)t->len;
	}
	double typo = typo_score(q, t);
	return typo < WORTH_PART && is_part(q, t) ? WORTH_PART : typo;
}

/* The best title word for `q` that is not taken; *ret_at only when the result is above 0. */
static double best_word(const struct word *q, const struct words *title, const bool *taken,
			size_t *ret_at)
{
	double best = 0;
	for (size_t i = 0; i < title->n; i++) {
		if (taken[i])
			continue;
		double score = word_score(q, &title->words[i]);
		if (score > best) {
			best = score;
			*ret_at = i;
		}
	}
	return best;
}

static double score_words(const struct words *query, const struct words *title)
{
	bool taken[WORDS_MAX] = { false };
	double found = 0, matched = 0;
	size_t hits = 0, ordered = 0, before = 0;
	for (size_t i = 0; i < query->n; i++) {
		const struct word *q = &query->words[i];
		size_t at = 0;
		double score = best_word(q, title, taken, &at);
		if (score <= 0)
			continue;
		taken[at] = true;
		found += score * (double)q->len;
		matched += score * (double)title->words[at].len;
		ordered += hits == 0 || at > before;
		before = at;
		hits++;
	}
	if (hits == 0)
		return 0;
	return WEIGHT_QUERY * found / (double)query->n_codes +
	       WEIGHT_TITLE * matched / (double)title->n_codes +
	       WEIGHT_ORDER * (double)ordered / (double)hits;
}

/* All letters at once: "datawarehouse" for "Data Warehouse". */
static double score_joined(const struct words *query, const struct words *title)
{
	size_t a = query->n_codes, b = title->n_codes;
	if (a >= JOINED_MIN_CHARS && a < b && same(query->codes, title->codes, a))
		return WORTH_JOINED_PREFIX;
	size_t allowed = typos_allowed(a < b ? a : b);
	if (a > b + allowed || b > a + allowed)
		return 0;
	size_t prefix;
	size_t n = edits(query->codes, a, title->codes, b, &prefix);
	bool numbers = false;
	for (size_t i = 0; i < query->n; i++)
		numbers |= query->words[i].exact_only;
	if (n > (numbers ? 0 : allowed))
		return 0;
	return WORTH_JOINED * (1 - (double)n / (double)(a > b ? a : b));
}

static double score(const struct words *query, const char *query_text, const char *title_text)
{
	struct words title;
	if (*query_text && strcmp(query_text, title_text) == 0)
		return 1;
	split(title_text, &title);
	if (query->n == 0 || title.n == 0)
		return 0;
	double by_words = score_words(query, &title);
	double joined = score_joined(query, &title);
	return by_words > joined ? by_words : joined;
}

double fuzzy_score(const char *query, const char *title)
{
	struct words q;
	split(query, &q);
	return score(&q, query, title);
}

static bool is_before(const struct fuzzy_hit *a, const struct fuzzy_hit *b,
		      const char *const *titles)
{
	if (a->score > b->score || a->score < b->score)
		return a->score > b->score;
	size_t a_len = strlen(titles[a->index]), b_len = strlen(titles[b->index]);
	return a_len != b_len ? a_len < b_len : a->index < b->index;
}

size_t fuzzy_rank(const char *query, const char *const *titles, size_t n, double floor,
		  struct fuzzy_hit *ret, size_t max)
{
	struct words q;
	size_t hits = 0;
	split(query, &q);
	for (size_t i = 0; i < n && max > 0; i++) {
		struct fuzzy_hit hit = { .index = i, .score = score(&q, query, titles[i]) };
		if (hit.score <= 0 || hit.score < floor)
			continue;
		if (hits == max && !is_before(&hit, &ret[max - 1], titles))
			continue;
		size_t at = hits < max ? hits++ : max - 1;
		for (; at > 0 && is_before(&hit, &ret[at - 1], titles); at--)
			ret[at] = ret[at - 1];
		ret[at] = hit;
	}
	return hits;
}
