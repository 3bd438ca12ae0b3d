/*
 * Whether bytes that Looker calls a picture are one that shows something. Pure.
 */
#ifndef LOOKER_PICTURE_H
#define LOOKER_PICTURE_H

#include <stddef.h>

/* NULL, or what is wrong with these bytes as a PNG: "it is empty", "it is no picture", "it is cut
 * off", "it is damaged", "it is blank" (tiny, or of one colour). */
const char *looker_picture_fault(const char *png, size_t len);

#endif
