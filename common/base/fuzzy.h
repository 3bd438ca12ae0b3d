/*
 * Ranking of titles against what a person typed. 0 = no resemblance, 1 = equal. Knows words, word
 * beginnings, their order, and a few typing errors; ignores case.
 */
#ifndef BASE_FUZZY_H
#define BASE_FUZZY_H

#include <stddef.h>

#define FUZZY_GOOD 0.5 /* below this a hit is not worth showing */

/* Both texts folded (text_fold). */
double fuzzy_score(const char *query, const char *title);

/* Typing errors (insert, delete, replace, swap) that turn one ASCII name into the other, for "did
 * you mean"; both are read up to 200 bytes. */
size_t fuzzy_edits(const char *a, const char *b);

struct fuzzy_hit {
	size_t index;
	double score;
};

/* The best `max` of n folded titles with at least `floor`, best first, ties by shorter title and
 * then index; returns how many were written. */
size_t fuzzy_rank(const char *query, const char *const *titles, size_t n, double floor,
		  struct fuzzy_hit *ret, size_t max);

#endif
