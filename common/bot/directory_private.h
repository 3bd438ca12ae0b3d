/* How the directory stands in the state table. Private to directory.c and directory_list.c. */
#ifndef BOT_DIRECTORY_PRIVATE_H
#define BOT_DIRECTORY_PRIVATE_H

#include "base/json.h"
#include "bot/directory.h"

#define DIRECTORY_PAGES_MAX 2000

/* In the head: the part of a kind, whose "pages" says how many there are. */
extern const char *const directory_kind_names[DIRECTORY_KINDS];

/* NULL when there is none, or it is another bot's; e->kind is ERR_NONE then. */
struct json_object *directory_head(TALLOC_CTX *ctx, struct bot *bot, struct err *e);

/* Of a page: lines of "id TAB name TAB ... TAB", names folded; a channel's last field is "1" where
 * the bot is a member; a person's names are user name, e-mail address, display name. */
char *directory_page_key(TALLOC_CTX *ctx, int64_t began_ms, enum directory_kind kind, size_t page);

#endif
