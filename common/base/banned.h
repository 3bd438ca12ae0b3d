/*
 * Included before every file of the project: calls that are never right here do not compile.
 * Text is built with mem_printf/mem_append (base/mem.h), numbers are read with base/text.h,
 * time comes from base/clock.h.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BASE_BANNED(name) this_call_is_banned_see_base_banned_h_##name

#undef strcpy
#define strcpy(...) BASE_BANNED(strcpy)
#undef strcat
#define strcat(...) BASE_BANNED(strcat)
#undef sprintf
#define sprintf(...) BASE_BANNED(sprintf)
#undef strtok
#define strtok(...) BASE_BANNED(strtok)
#undef atoi
#define atoi(...) BASE_BANNED(atoi)
#undef gmtime
#define gmtime(...) BASE_BANNED(gmtime)

#endif
