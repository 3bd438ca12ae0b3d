/* Code points, for the files of base/ that walk through text one by one (fuzzy, text, text_html).
 */
#ifndef BASE_TEXT_CODE_H
#define BASE_TEXT_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_CODE_BAD (-1)

/* The code point at `s` (len > 0) and the bytes it takes; a bad byte is TEXT_CODE_BAD and 1. */
size_t text_code_next(const char *s, size_t len, int32_t *ret);

/* Unicode's white space. */
bool text_code_is_space(int32_t code);

/* C0, DEL, C1. */
bool text_code_is_control(int32_t code);

/* Letters, marks, digits, '_': what words are made of. */
bool text_code_is_word(int32_t code);

#endif
