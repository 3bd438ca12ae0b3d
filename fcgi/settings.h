/* The settings of this process: read at the start, and again at SIGHUP. */
#ifndef FCGI_SETTINGS_H
#define FCGI_SETTINGS_H

#include "bot/bot.h"
#include "config/config.h"
#include "fcgi/options.h"

/* Starts the log, reads, hides secrets in the log, logs each fault (warnings not when `quiet`). The
 * command line wins over settings. NULL when they cannot work. */
struct config *settings_load(TALLOC_CTX *ctx, const struct options *o, bool quiet);

/*
 * Reads the .env file and the NAME_FILEs again. Good ones become the host's next generation; with a
 * fault that keeps the bot from working, all stay as they are. What needs a restart is named. The
 * log says all of it.
 */
void settings_reload(struct bot_host *host, const struct options *o);

#endif
