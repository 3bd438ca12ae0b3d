/*
 * An instance whose renderer is off sends nothing, words, or a picture of one colour. Head and end
 * are looked at first; then libpng reads row by row until a pixel differs from the first, which in
 * a picture with content comes within a few rows of its top.
 */
#include "looker/picture.h"

#include <png.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"

#define SIDE_MIN_PIXELS 16 /* smaller shows nothing */
#define SIDE_MAX_PIXELS 20000

#define PIXEL_BYTES 4

struct pixels {
	unsigned char first[PIXEL_BYTES];
	unsigned char row[SIDE_MAX_PIXELS * PIXEL_BYTES];
};

struct source {
	const unsigned char *at, *end;
};

static void read_bytes(png_structp png, png_bytep out, size_t n)
{
	struct source *s = png_get_io_ptr(png);

	if ((size_t)(s->end - s->at) < n)
		png_error(png, "cut off");
	memcpy(out, s->at, n);
	s->at += n;
}

/* Must not return. */
static void give_up(png_structp png, png_const_charp words)
{
	(void)words;
	png_longjmp(png, 1);
}

static void say_nothing(png_structp png, png_const_charp words)
{
	(void)png;
	(void)words;
}

static bool row_has_one_colour(const struct pixels *p, size_t len)
{
	for (size_t i = 0; i < len; i += PIXEL_BYTES)
		if (memcmp(p->row + i, p->first, PIXEL_BYTES) != 0)
			return false;
	return true;
}

/* Whether the whole of it has the colour of its first pixel. An interlaced one, which Looker does
 * not send, is not looked at. Errors leave by longjmp. */
static bool is_one_colour(png_structp png, png_infop info, struct pixels *p)
{
	png_set_user_limits(png, SIDE_MAX_PIXELS, SIDE_MAX_PIXELS);
	png_read_info(png, info);
	if (png_get_interlace_type(png, info) != PNG_INTERLACE_NONE)
		return false;
	png_set_expand(png);
	png_set_strip_16(png);
	png_set_gray_to_rgb(png);
	png_set_add_alpha(png, 0xff, PNG_FILLER_AFTER);
	png_read_update_info(png, info);
	for (png_uint_32 y = 0; y < png_get_image_height(png, info); y++) {
		png_read_row(png, p->row, NULL);
		if (y == 0)
			memcpy(p->first, p->row, PIXEL_BYTES);
		if (!row_has_one_colour(p, png_get_rowbytes(png, info)))
			return false;
	}
	return true;
}

static const char *look_inside(const char *bytes, size_t len)
{
	struct source s = { (const unsigned char *)bytes, (const unsigned char *)bytes + len };
	png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, give_up, say_nothing);
	png_infop info = mem_must(png_create_info_struct(mem_must(png)));
	struct pixels *p = mem_zero(NULL, struct pixels);
	const char *fault = NULL;

	png_set_read_fn(png, &s, read_bytes);
	if (setjmp(png_jmpbuf(png)) != 0)
		fault = "it is damaged";
	else if (is_one_colour(png, info, p))
		fault = "it is blank";
	talloc_free(p);
	png_destroy_read_struct(&png, &info, NULL);
	return fault;
}

static uint32_t big_endian(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

const char *looker_picture_fault(const char *png, size_t len)
{
	static const char magic[] =
		"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"; /* the first chunk's head, too */
	static const char end[] = "IEND\xae\x42\x60\x82";
	const size_t head = sizeof(magic) - 1, tail = sizeof(end) - 1;

	if (len == 0)
		return "it is empty";
	if (len < head + 8 + tail || memcmp(png, magic, head) != 0)
		return "it is no picture";
	if (memcmp(png + len - tail, end, tail) != 0)
		return "it is cut off";
	if (big_endian(png + head) < SIDE_MIN_PIXELS ||
	    big_endian(png + head + 4) < SIDE_MIN_PIXELS)
		return "it is blank";
	return look_inside(png, len);
}
