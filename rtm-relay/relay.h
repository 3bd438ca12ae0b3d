/*
 * The relay: keeps one connection to Slack open, for ever, and says in the state table how it is.
 * A new connection comes before the old one goes; who is refused waits for new settings.
 */
#ifndef RELAY_RELAY_H
#define RELAY_RELAY_H

#include "bot/bot.h"

struct relay;

/* Starts it, in a thread of its own; systemd is told when it has a connection, or needs none, or
 * was refused one. ERR_INTERNAL when no thread can be made. */
bool relay_start(struct bot_host *host, struct relay **ret, struct err *e) ERR_MUST_CHECK;

/* The settings may have changed (a new generation): other tokens want other connections, and who
 * was refused tries again. */
void relay_changed(struct relay *relay);

/* Closes the connections (a close frame, and a moment), and ends. */
void relay_stop(struct relay *relay);

#endif
