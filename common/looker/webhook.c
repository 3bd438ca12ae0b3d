/*
 * Reads what a schedule sends: the plan's few facts, then the data by its format: one const table.
 * Rows come out in one shape whatever the format was; files are decoded and their first bytes must
 * be those of their kind. It does not know which Looker sent it, nor where it goes.
 */
#include "looker/webhook.h"

#include <sodium.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "looker/plain_rows.h"

#define TEXT_MAX_CHARS 300 /* title, ids */
#define URL_MAX_BYTES 8000
#define CHANNEL_MAX_CHARS 100
#define MESSAGE_MAX_BYTES (16 * 1024) /* of the form: whoever shows it cuts it by characters */

struct reading {
	TALLOC_CTX *ctx;
	size_t rows_max;
	struct looker_webhook *w;
	struct err *e;
};

/* --- data --- */

struct format {
	const char *extension;
	const char *mimetype; /* without ";base64"; NULL: told by the extension alone */
	const char *label;
	const char *magic; /* the first bytes; NULL: any */
	bool binary;	   /* always base64 */
	bool (*read)(struct reading *r, const struct format *f, const char *bytes, size_t len);
};

/* Names and values, as one row has them. */
static bool is_flat(const struct json_object *value)
{
	struct json_object_iterator at, end;
	size_t n = 0;

	if (!json_object_is_type(value, json_type_object))
		return false;
	at = json_object_iter_begin((struct json_object *)value);
	end = json_object_iter_end(value);
	for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at), n++) {
		enum json_type type = json_object_get_type(json_object_iter_peek_value(&at));

		if (type == json_type_object || type == json_type_array)
			return false;
	}
	return n > 0;
}

static struct json_object *in_list(TALLOC_CTX *ctx, struct json_object *value)
{
	struct json_object *list = json_new_array(ctx);

	json_object_array_add(list, json_object_get(value));
	return list;
}

/* The whole result, its rows alone, or a single row. */
static bool read_value(struct reading *r, struct json_object *value)
{
	struct looker_webhook *w = r->w;

	w->kind = LOOKER_WEBHOOK_RESULT;
	if (json_object_is_type(value, json_type_array)) {
		w->format = "JSON";
		return looker_rows_from_json(r->ctx, value, r->rows_max, &w->detail, &w->rows,
					     r->e);
	}
	struct json_object *data = json_array_at(value, "data");
	if (!data && !json_array_at(value, "errors") && is_flat(value))
		return read_value(r, in_list(r->ctx, value));
	if (!data && !json_array_at(value, "errors"))
		return err_set(r->e, ERR_BAD_INPUT,
			       "The data is neither a list of rows nor a result of Looker.");
	w->format = "JSON with details";
	w->rows = json_len(data);
	if (w->rows > r->rows_max)
		json_object_array_del_idx(data, r->rows_max, w->rows - r->rows_max);
	w->detail = value;
	return true;
}

static bool read_json(struct reading *r, const struct format *f, const char *bytes, size_t len)
{
	struct json_object *value;
	struct err why;

	(void)f;
	if (!json_parse(r->ctx, bytes, len, &value, &why))
		return err_set(r->e, ERR_BAD_INPUT, "The data is no JSON: %s.", why.text);
	return read_value(r, value);
}

static bool read_lines(struct reading *r, char separator, const char *label, const char *bytes,
		       size_t len)
{
	r->w->kind = LOOKER_WEBHOOK_RESULT;
	r->w->format = label;
	r->w->detail =
		looker_rows_from_text(r->ctx, bytes, len, separator, r->rows_max, &r->w->rows);
	return true;
}

static bool read_csv(struct reading *r, const struct format *f, const char *bytes, size_t len)
{
	return read_lines(r, ',', f->label, bytes, len);
}

static bool read_tabs(struct reading *r, const struct format *f, const char *bytes, size_t len)
{
	return read_lines(r, '\t', f->label, bytes, len);
}

static bool read_file(struct reading *r, const struct format *f, const char *bytes, size_t len)
{
	struct looker_webhook *w = r->w;

	if (len == 0)
		return err_set(r->e, ERR_BAD_INPUT, "The attached %s is empty.", f->label);
	if (f->magic && (len < strlen(f->magic) || memcmp(bytes, f->magic, strlen(f->magic)) != 0))
		return err_set(r->e, ERR_BAD_INPUT,
			       "The attachment says that it is a %s, but its content is not.",
			       f->label);
	w->kind = LOOKER_WEBHOOK_FILE;
	w->format = f->label;
	w->extension = f->extension;
	w->mimetype = f->mimetype;
	w->bytes = bytes;
	w->len = len;
	return true;
}

/* The mimetype decides where an extension is missing. */
static const struct format formats[] = {
	{ "csv", "text/csv", "CSV", NULL, false, read_csv },
	{ "txt", "text/plain", "text", NULL, false, read_tabs },
	{ "json", "application/json", "JSON", NULL, false, read_json },
	{ "inline_json", NULL, "JSON", NULL, false, read_json },
	{ "json_detail", NULL, "JSON with details", NULL, false, read_json },
	{ "html", "text/html", "HTML", NULL, false, read_file },
	{ "png", "image/png", "PNG", "\x89PNG\r\n\x1a\n", true, read_file },
	{ "pdf", "application/pdf", "PDF", "%PDF-", true, read_file },
	{ "zip", "application/zip", "ZIP", "PK", true, read_file },
	{ "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "XLSX", "PK",
	  true, read_file },
};

static const struct format *format_find(const char *extension, const char *mimetype)
{
	size_t len = strcspn(mimetype, "; ");

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcasecmp(formats[i].extension, extension) == 0)
			return &formats[i];
	for (size_t i = 0; !extension[0] && i < sizeof(formats) / sizeof(formats[0]); i++)
		if (formats[i].mimetype && strlen(formats[i].mimetype) == len &&
		    strncasecmp(formats[i].mimetype, mimetype, len) == 0)
			return &formats[i];
	return NULL;
}

/* Looker breaks its base64 into lines. */
static bool decode(struct reading *r, const char *text, size_t len, const char **ret,
		   size_t *ret_len)
{
	size_t max = len / 4 * 3 + 3;
	char *bytes = mem_array(r->ctx, char, max + 1);

	if (sodium_base642bin((unsigned char *)bytes, max, text, len, " \r\n", ret_len, NULL,
			      sodium_base64_VARIANT_ORIGINAL) != 0)
		return err_set(r->e, ERR_BAD_INPUT, "The attachment cannot be decoded (base64).");
	bytes[*ret_len] = '\0';
	*ret = bytes;
	return true;
}

static bool read_attachment(struct reading *r, const struct json_object *attachment)
{
	const char *extension = json_str_or(attachment, "extension", "");
	const char *mimetype = json_str_or(attachment, "mimetype", "");
	const struct format *f = format_find(extension, mimetype);
	struct json_object *data = json_get(attachment, "data");
	const char *bytes, *said = extension[0] ? extension : mimetype;
	size_t len;

	if (!f)
		return err_set(r->e, ERR_BAD_INPUT,
			       "The format “%s” cannot be posted: choose CSV, JSON, PNG, PDF, "
			       "XLSX, TXT, HTML or the ZIP of CSVs for the schedule.",
			       text_cut(r->ctx, text_clean(r->ctx, said, strlen(said)), 40));
	if (f->read == read_json && data && !json_object_is_type(data, json_type_string))
		return read_value(r, data);
	if (!json_object_is_type(data, json_type_string))
		return err_set(r->e, ERR_BAD_INPUT, "The attached %s has no data.", f->label);
	bytes = json_object_get_string(data);
	len = (size_t)json_object_get_string_len(data);
	if ((f->binary || strstr(mimetype, ";base64")) && !decode(r, bytes, len, &bytes, &len))
		return false;
	return f->read(r, f, bytes, len);
}

/* Format inline_json: a text that holds JSON, or JSON. Cells of actions have parameters there. */
static bool read_data(struct reading *r, const struct json_object *body)
{
	struct json_object *attachment = json_object_at(body, "attachment");
	struct json_object *data = json_get(body, "data");
	bool is_text = json_object_is_type(data, json_type_string);

	r->w->format = "no data";
	if (attachment)
		return read_attachment(r, attachment);
	if (is_text && json_object_get_string_len(data) > 0)
		return read_json(r, NULL, json_object_get_string(data),
				 (size_t)json_object_get_string_len(data));
	if (json_object_is_type(data, json_type_array) || json_array_at(data, "data"))
		return read_value(r, data);
	return true;
}

/* --- facts --- */

static const char *text_at(TALLOC_CTX *ctx, const struct json_object *o, const char *key,
			   size_t max_chars)
{
	const char *s = json_id(ctx, o, key);

	if (!s || !s[0])
		return NULL;
	return text_cut(ctx, text_clean(ctx, s, strlen(s)), max_chars);
}

/* What is no address for people is none. */
static const char *url_at(TALLOC_CTX *ctx, const struct json_object *o)
{
	const char *url = json_str_or(o, "url", "");
	bool http = strncasecmp(url, "https://", 8) == 0 || strncasecmp(url, "http://", 7) == 0;

	return http && strlen(url) <= URL_MAX_BYTES ? text_clean(ctx, url, strlen(url)) : NULL;
}

/* With its line breaks. */
static const char *message_at(TALLOC_CTX *ctx, const struct json_object *form)
{
	const char *text = json_str_or(form, "message", "");
	size_t len = strlen(text);
	const char *clean =
		text_clean(ctx, text, len < MESSAGE_MAX_BYTES ? len : MESSAGE_MAX_BYTES);

	return clean[strspn(clean, " \t\n")] ? clean : NULL;
}

static void read_facts(TALLOC_CTX *ctx, const struct json_object *body, struct looker_webhook *w)
{
	const struct json_object *plan = json_object_at(body, "scheduled_plan");

	w->planned = plan != NULL;
	w->type = text_at(ctx, body, "type", TEXT_MAX_CHARS);
	w->title = text_at(ctx, plan, "title", TEXT_MAX_CHARS);
	w->plan_id = text_at(ctx, plan, "scheduled_plan_id", TEXT_MAX_CHARS);
	w->plan_type = text_at(ctx, plan, "type", TEXT_MAX_CHARS);
	w->query_id = text_at(ctx, plan, "query_id", TEXT_MAX_CHARS);
	w->url = url_at(ctx, plan);
	w->query = json_object_at(plan, "query");
	w->channel =
		text_at(ctx, json_object_at(body, "form_params"), "channel", CHANNEL_MAX_CHARS);
	w->message = message_at(ctx, json_object_at(body, "form_params"));
	w->alert = looker_alert_read(ctx, body);
	if (w->alert && !w->title)
		w->title = w->alert->title;
	if (w->alert && !w->url && w->alert->url && w->alert->url[0] != '/')
		w->url = w->alert->url;
}

bool looker_webhook_read(TALLOC_CTX *ctx, const char *body, size_t len, size_t rows_max,
			 struct looker_webhook **ret, struct err *e)
{
	struct looker_webhook *w = mem_zero(ctx, struct looker_webhook);
	struct reading r = { ctx, rows_max, w, e };
	struct json_object *o;
	struct err why;

	if (len > LOOKER_WEBHOOK_MAX_BYTES)
		return err_set(e, ERR_BAD_INPUT, "The body is larger than %d MiB.",
			       LOOKER_WEBHOOK_MAX_BYTES / 1024 / 1024);
	if (!json_parse(ctx, body, len, &o, &why))
		return err_set(e, ERR_BAD_INPUT, "The JSON cannot be read: %s.", why.text);
	if (!json_object_is_type(o, json_type_object))
		return err_set(e, ERR_BAD_INPUT, "The JSON is no object.");
	read_facts(ctx, o, w);
	if (!read_data(&r, o)) {
		if (!w->alert)
			return false;
		w->kind = LOOKER_WEBHOOK_EMPTY; /* what it is about is known */
	}
	if (!w->planned && w->kind == LOOKER_WEBHOOK_EMPTY && !w->alert)
		return err_set(e, ERR_BAD_INPUT, "No scheduled plan in payload.");
	*ret = w;
	return true;
}
