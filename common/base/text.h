/* UTF-8 text: validity, cleaning, cutting, display width, case, words, numbers (utf8proc). */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

/* A copy that is valid UTF-8 without NUL: bad bytes and NULs become U+FFFD, other control
 * characters but \n and \t become a blank. */
char *text_clean(TALLOC_CTX *ctx, const char *bytes, size_t len);

bool text_is_utf8(const char *bytes, size_t len);

/* Code points (Slack's "characters"). */
size_t text_chars(const char *s);

/* A copy of at most `max_chars` code points; when cut, the last one is "…"; never inside a
 * combining sequence's base+marks. */
char *text_cut(TALLOC_CTX *ctx, const char *s, size_t max_chars);

/* Bytes of the first character of `s` (not empty) as people see it: a grapheme cluster. */
size_t text_character(const char *s, size_t len);

/* Columns on a fixed-width display: wide (CJK, emoji) 2, combining 0. */
size_t text_width(const char *s);

/* Appends `s`, cut or padded with blanks to exactly `width` columns. */
void text_append_padded(char **buf, const char *s, size_t width, bool right);

/* Whether `s` has anything that is written from right to left. Put it between these then, so that
 * what stands beside it keeps its place. */
bool text_has_rtl(const char *s);
#define TEXT_ISOLATE "\u2068"
#define TEXT_ISOLATE_END "\u2069"

/* A copy without the characters that set the direction of what follows (overrides and the like). */
char *text_unsteered(TALLOC_CTX *ctx, const char *s);

/* Lower case for comparing (Unicode case folding, NFC). Bad UTF-8 is cleaned first. */
char *text_fold(TALLOC_CTX *ctx, const char *s);

bool text_equal_fold(const char *a, const char *b);

/* A copy without white space (Unicode) at both ends. */
char *text_trim(TALLOC_CTX *ctx, const char *s);

/* When `s` begins with the word(s) `prefix` (already folded; s too) and the match ends at a word's
 * end, returns what follows without leading white space; else NULL. */
const char *text_after_word(const char *s, const char *prefix);

/* Whole-string decimal integer within [min,max]; false otherwise. */
bool text_to_int(const char *s, int64_t min, int64_t max, int64_t *ret);

/* Whole-string finite decimal number ("-12.5", "1e6"); false otherwise. Locale-independent. */
bool text_to_number(const char *s, double *ret);

/* HTML to plain text: tags dropped, entities decoded, white space folded. */
char *text_from_html(TALLOC_CTX *ctx, const char *html);

#endif
